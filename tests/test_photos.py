"""Which photos are meant by what is given."""

import os
from io import BytesIO
from pathlib import Path

import pytest

from ageline.faces.problems import Unusable
from ageline.serving.photos import Listing, Stamp, read_photo, stamp_of


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A current folder to put files in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str | bytes) -> None:
    """Empty files, and the folders they lie in."""
    for name in map(os.fsdecode, names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def listed(*given: str, stdin: bytes = b"") -> list[str]:
    """What each photo is called, with its problem in brackets."""
    photos = Listing(given, BytesIO(stdin)).photos
    return [f"{photo.file} [{photo.problem}]" if photo.problem else photo.file for photo in photos]


def test_a_file_is_a_photo_whatever_its_suffix():
    make("a.jpg", "upload")
    assert listed("upload", "./a.jpg") == ["upload", "./a.jpg"]


def test_a_folder_is_the_photos_below_it_by_name():
    make("f/b.png", "f/a/z.JPG", "f/c.jpeg", "f/a.jpg")
    assert listed("f") == listed("f/") == ["f/a/z.JPG", "f/a.jpg", "f/b.png", "f/c.jpeg"]


def test_other_files_are_counted_and_hidden_ones_are_not_there():
    make("f/a.jpg", "f/labels.csv", "f/README", "f/.b.jpg", "f/.cache/c.jpg", "f/__MACOSX/d.jpg")
    listing = Listing(["f"], BytesIO())
    assert [photo.file for photo in listing.photos] == ["f/a.jpg"]
    assert listing.skipped == 2


def test_a_folder_without_photos_and_what_is_not_there_have_their_problem():
    make("f/labels.csv")
    assert listed("f", "nosuch.jpg") == ["f [no photo in this folder]", "nosuch.jpg [no such file or folder]"]


def test_the_part_below_the_given_folder_is_known():
    make("far/away/f/a/z.jpg", "far/away/b.jpg")
    photos = Listing(["far/away/f", "far/away/f/", "far/away/b.jpg"], BytesIO()).photos
    assert [photo.below for photo in photos] == ["a/z.jpg", "b.jpg"]


def test_patterns_that_no_shell_expanded():
    make("f/b.jpg", "f/a.jpg", "f/deep/c.jpg", "f/d.txt", "[1].jpg")
    assert listed("f/*.jpg") == ["f/a.jpg", "f/b.jpg"]
    assert listed("f/**/*.jpg") == ["f/a.jpg", "f/b.jpg", "f/deep/c.jpg"]
    assert listed("f/?.txt") == ["f/d.txt"]
    assert listed("[1].jpg") == ["[1].jpg"]
    assert listed("*.webp") == ["*.webp [no such file or folder]"]


def test_patterns_enter_each_folder_once_also_by_links_back_up():
    make("f/x.jpg", "f/deep/y.jpg", "f/deep/[1]/z.jpg", "f/.hidden/h.jpg")
    Path("f/a").symlink_to(".")
    Path("f/b").symlink_to(".")
    assert listed("f/**/*.jpg") == listed("f*/**/*.jpg") == ["f/deep/[1]/z.jpg", "f/deep/y.jpg", "f/x.jpg"]
    assert listed("**/deep/**/*.jpg") == ["f/deep/[1]/z.jpg", "f/deep/y.jpg"]
    assert listed("f/deep/**") == ["f/deep/[1]/z.jpg", "f/deep/y.jpg"]


def test_what_the_system_does_not_let_one_look_for_is_not_called_missing():
    assert listed(f"{'a' * 300}.jpg") == [f"{'a' * 300}.jpg [file not readable: File name too long]"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_photo_in_a_folder_that_may_not_be_entered():
    make("closed/a.jpg")
    Path("closed").chmod(0)
    assert listed("closed/a.jpg") == ["closed/a.jpg [file not readable: Permission denied]"]


def test_a_list_on_stdin_is_taken_as_it_stands():
    make("a b.jpg", "*.jpg", b"\xff.jpg", "f/c.jpg")
    stdin = b"a b.jpg\n\n  \n*.jpg\r\n\xff.jpg\nf\n-\nz\0.jpg\n"
    assert listed("-", stdin=stdin) == [
        *("a b.jpg", "*.jpg", "\udcff.jpg", "f/c.jpg"),
        "- [no such file or folder]",
        "z\0.jpg [no such file or folder]",
    ]


def test_a_list_without_a_name_lists_nothing():
    assert listed("-", stdin=b"\n") == []


def test_one_photo_comes_once_and_two_copies_are_two():
    make("f/a.jpg")
    os.link("f/a.jpg", "f/b.jpg")
    Path("f/c.jpg").symlink_to("a.jpg")
    listing = Listing(["f/b.jpg", "f", "./f/../f/a.jpg", str(Path("f/a.jpg").absolute())], BytesIO())
    assert [photo.file for photo in listing.photos] == ["f/b.jpg", "f/a.jpg"]
    assert listing.repeated == 4


def test_links_in_a_circle_and_links_to_nothing():
    make("f/a.jpg")
    Path("f/up").symlink_to("..")
    Path("f/self.jpg").symlink_to("self.jpg")
    for name in ("lost", "lost too"):
        Path(f"f/{name}.jpg").symlink_to("nosuch")
    assert listed("f") == ["f/a.jpg", "f/lost too.jpg", "f/lost.jpg", "f/self.jpg"]
    for name, problem in (("lost", "no such file"), ("self", "file not readable: Too many levels of symbolic links")):
        with pytest.raises(Unusable, match=problem):
            read_photo(f"f/{name}.jpg")


def test_folders_within_folders_deeper_than_calls_go(monkeypatch, tmp_path):
    for _ in range(1200):
        Path("d").mkdir()
        monkeypatch.chdir("d")
    make("a.jpg")
    monkeypatch.chdir(tmp_path)
    assert listed("d") == ["d/" * 1200 + "a.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_stops_nothing():
    make("f/a/b.jpg", "f/c.jpg")
    Path("f/a").chmod(0)
    assert listed("f") == ["f/a [folder not readable: Permission denied]", "f/c.jpg"]


def test_what_is_read_has_a_stamp_that_changes_with_it():
    Path("a.jpg").write_bytes(b"one")
    os.utime("a.jpg", ns=(0, 1_000_000_001))
    assert read_photo("a.jpg") == (b"one", Stamp(3, 1_000_000_001))
    assert stamp_of("a.jpg") == Stamp(3, 1_000_000_001)
    assert stamp_of("nosuch") is stamp_of("a\0") is None


def test_what_is_no_plain_file_is_not_waited_for():
    os.mkfifo("pipe.jpg")
    Path("folder.jpg").mkdir()
    with pytest.raises(Unusable, match=r"^not a plain file"):
        read_photo("pipe.jpg")
    for name in ("folder.jpg", "a\0.jpg"):
        with pytest.raises(Unusable):
            read_photo(name)


def test_a_file_larger_than_any_photo_is_not_read():
    with Path("a.jpg").open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(Unusable, match="file too large: 100,000,001 bytes"):
        read_photo("a.jpg")
