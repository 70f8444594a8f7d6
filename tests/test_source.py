"""A source is a folder, a .zip or a .tar; what lies outside of it is never read."""

import io
import os
import stat
import tarfile
import zipfile

import pytest

from ageline.errors import AgelineError
from ageline.faces.problems import Unusable
from ageline.faces.sources import open_source
from ageline.faces.sources.source import MAX_BYTES


def fill(folder, **files):
    for name, data in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def make_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def make_tar(path, members):
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def refused(source):
    return {name: str(problem) for name, problem in source.refused.items()}


MEMBERS = [("b/2.jpg", b"two"), ("a.jpg", b"one"), (".DS_Store", b"x"), ("__MACOSX/._a.jpg", b"x"), ("b/.x.jpg", b"x")]


@pytest.fixture(params=["folder", "zip", "stored zip", "tar"])
def source_of_two(request, tmp_path):
    if request.param == "zip":
        return make_zip(tmp_path / "raw.zip", MEMBERS)
    if request.param == "stored zip":
        return make_zip(tmp_path / "raw.zip", MEMBERS, zipfile.ZIP_STORED)
    if request.param == "tar":
        return make_tar(tmp_path / "raw.tar", MEMBERS)
    for name, data in MEMBERS:
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_bytes(data)
    return tmp_path / "raw"


def test_files_are_listed_by_name_and_hidden_ones_left_out(source_of_two):
    source = open_source(source_of_two)
    assert list(source.files) == ["a.jpg", "b/2.jpg"]
    assert [source.read(name) for name in source.files] == [b"one", b"two"]
    assert source.refused == {}


def test_a_file_too_large_is_not_read(tmp_path):
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(Unusable, match="file too large: 100,000,001 bytes, expected at most 100,000,000"):
        open_source(tmp_path).read("huge.jpg")


def test_a_link_is_followed_inside_the_folder_only(tmp_path):
    fill(tmp_path, secret=b"outside", raw__a=b"inside", raw__deep__b=b"")
    for name, target in {
        "in": "a",
        "in_again": tmp_path / "raw/a",
        "out": "../secret",
        "out_absolute": "/etc/passwd",
        "dangling": "nothing",
        "folder": "deep",
        "folder_out": "..",
    }.items():
        (tmp_path / "raw" / name).symlink_to(target)
    source = open_source(tmp_path / "raw")
    assert list(source.files) == ["a", "deep/b", "in", "in_again"]
    assert source.read("in") == source.read("in_again") == b"inside"
    assert refused(source) == {
        "dangling": "link to no file",
        "folder": "link to no file",
        "folder_out": "link leaves the source: copy the photo in place of the link",
        "out": "link leaves the source: copy the photo in place of the link",
        "out_absolute": "link leaves the source: copy the photo in place of the link",
    }


def test_a_file_that_became_a_link_to_the_outside_is_not_read(tmp_path):
    fill(tmp_path, secret=b"outside", raw__a=b"inside")
    source = open_source(tmp_path / "raw")
    (tmp_path / "raw/a").unlink()
    (tmp_path / "raw/a").symlink_to("../secret")
    with pytest.raises(Unusable, match="link leaves the source"):
        source.read("a")


def test_links_into_the_cache_of_dvc_come_with_the_remedy(tmp_path):
    fill(tmp_path, cache__files__md5__ab__cd=b"photo")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.jpg").symlink_to(tmp_path / "cache/files/md5/ab/cd")
    assert "dvc config cache.type reflink,copy" in refused(open_source(tmp_path / "raw"))["a.jpg"]


def test_a_folder_that_is_itself_a_link_is_a_source(tmp_path):
    fill(tmp_path, real__a=b"one")
    (tmp_path / "raw").symlink_to("real")
    assert open_source(tmp_path / "raw").read("a") == b"one"


def test_a_pipe_is_not_waited_on(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(open_source(tmp_path)) == {"pipe.jpg": "not a plain file"}


def test_a_file_that_became_a_pipe_is_not_waited_on(tmp_path):
    fill(tmp_path, a=b"")
    source = open_source(tmp_path)
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(Unusable, match="not a plain file"):
        source.read("a")


def test_a_file_that_is_gone_is_unusable(tmp_path):
    fill(tmp_path, a=b"")
    source = open_source(tmp_path)
    (tmp_path / "a").unlink()
    with pytest.raises(Unusable, match="file not readable: No such file"):
        source.read("a")


def test_a_name_that_is_not_text_is_refused(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.jpg")).write_bytes(b"")
    assert refused(open_source(tmp_path)) == {"\\xff.jpg": "name is not UTF-8"}


STRANGERS = [("../x.jpg", b""), ("/etc/x.jpg", b""), ("a/../../x.jpg", b""), ("a/../ok.jpg", b"ok")]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_members_whose_names_leave_the_archive_are_refused(tmp_path, make):
    source = open_source(make(tmp_path / f"raw.{make.__name__[5:]}", STRANGERS))
    assert list(source.files) == ["ok.jpg"]
    assert refused(source) == dict.fromkeys(["../x.jpg", "/etc/x.jpg", "a/../../x.jpg"], "name leaves the source")


def test_links_and_devices_in_a_tar_are_refused(tmp_path):
    with tarfile.open(tmp_path / "raw.tar", "w") as archive:
        for name, kind in {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "dev": tarfile.CHRTYPE}.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert refused(open_source(tmp_path / "raw.tar")) == {
        "dev": "not a plain file",
        "hard": "link in an archive: to /etc/passwd",
        "soft": "link in an archive: to /etc/passwd",
    }


def test_a_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    make_zip(tmp_path / "raw.zip", [(link, "/etc/passwd")])
    assert refused(open_source(tmp_path / "raw.zip")) == {"link.jpg": "link in an archive"}


def test_a_zip_packed_otherwise_is_refused(tmp_path):
    make_zip(tmp_path / "raw.zip", [("a.jpg", b"one")], zipfile.ZIP_LZMA)
    assert "compressed in an unknown way" in refused(open_source(tmp_path / "raw.zip"))["a.jpg"]


def test_of_two_members_of_one_name_the_later_counts_and_the_earlier_is_told(tmp_path):
    source = open_source(make_tar(tmp_path / "raw.tar", [("a.jpg", b"old"), ("./a.jpg", b"new")]))
    assert source.read("a.jpg") == b"new"
    assert refused(source) == {"./a.jpg": "replaced by a later member of the same name"}


def test_a_member_that_unpacks_to_more_than_it_says_is_not_unpacked(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", [("a.jpg", b"\0" * 1_000_000)])
    data = path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(Unusable, match="archive member damaged: 11 of 10 bytes"):
        open_source(path).read("a.jpg")


def test_a_member_that_says_it_is_huge_is_not_unpacked(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", [("a.jpg", b"\0" * 1_000_000)])
    data = path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (2_000_000_000).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(Unusable, match="file too large: 2,000,000,000 bytes"):
        open_source(path).read("a.jpg")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_of_a_zip_is_unusable(tmp_path, compression):
    path = make_zip(tmp_path / "raw.zip", [("a.jpg", bytes(range(256)))], compression)
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(Unusable, match="archive member damaged"):
        open_source(path).read("a.jpg")


def test_a_tar_damaged_in_the_middle_is_an_error_and_not_half_of_the_photos(tmp_path):
    path = make_tar(tmp_path / "raw.tar", [("a.jpg", b"one"), ("b.jpg", b"two"), ("c.jpg", b"three")])
    data = bytearray(path.read_bytes())
    data[1024:1034] = b"\xff" * 10
    path.write_bytes(data)
    with pytest.raises(AgelineError, match=r"raw\.tar is not a readable tar: damaged at byte 1,024"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("raw.zip", b"", "raw.zip is not a readable zip: File is not a zip file. Make it anew"),
        ("raw.zip", b"PK\3\4 and then nothing", "raw.zip is not a readable zip"),
        ("raw.tar", b"", "raw.tar is not a readable tar: empty file"),
        ("raw.tar", b"no tar" * 200, "raw.tar is not a readable tar"),
        ("raw.tar.gz", b"", "raw.tar.gz is a compressed tar.* Unpack it, or make it a .zip or a plain .tar"),
        ("raw.csv", b"", "raw.csv is no folder, .zip or .tar, expected one of these"),
    ],
)
def test_a_file_that_is_no_archive_of_photos_is_an_error(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AgelineError, match=message):
        open_source(tmp_path / name)


def test_a_source_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(
        AgelineError, match=r"nowhere does not exist, expected a folder.*`data\.source` in params\.yaml"
    ):
        open_source(tmp_path / "nowhere")


def test_an_empty_folder_is_an_error(tmp_path):
    fill(tmp_path, **{".DS_Store": b""})
    with pytest.raises(AgelineError, match="holds no files, expected labelled photos"):
        open_source(tmp_path)


@pytest.mark.parametrize("size", [-512, -1024, 2**62, 2**80])
def test_a_tar_with_an_impossible_size_is_an_error_and_never_waited_for(tmp_path, size):
    member = tarfile.TarInfo("a.jpg")
    member.size = size
    path = tmp_path / "raw.tar"
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(4 * tarfile.BLOCKSIZE))
    with pytest.raises(AgelineError, match=r"raw\.tar is not a readable tar: .*Make it anew, without compression\."):
        open_source(path)
