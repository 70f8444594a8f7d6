"""Files and folders are written whole or not at all; several of them all or none."""

import subprocess
import sys

import pytest

from ageline.errors import AgelineError
from ageline.store.files import locked, remove_partials, written_together, written_whole


def fill(folder, text):
    folder.mkdir()
    (folder / "a.txt").write_text(text)


def fill_halfway(folder):
    fill(folder, "half")
    raise ZeroDivisionError


def content(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_file_and_a_folder_replace_what_was_there(tmp_path):
    for text in ("old", "new"):
        with written_whole(tmp_path / "file") as partial:
            partial.write_text(text)
        with written_whole(tmp_path / "deep/folder") as partial:
            fill(partial, text)
    assert content(tmp_path) == {"deep/folder/a.txt": "new", "file": "new"}


def test_what_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "file") as partial:
        fill_halfway(partial)
    assert content(tmp_path) == {"file": "old"}


def test_who_writes_nothing_loses_nothing(tmp_path):
    fill(tmp_path / "a", "old")
    with pytest.raises(FileNotFoundError), written_together(tmp_path / "a", tmp_path / "b") as (partial, _):
        fill(partial, "new")
    assert content(tmp_path) == {"a/a.txt": "old"}


def test_several_are_replaced_or_none(tmp_path):
    fill(tmp_path / "a", "old")
    (tmp_path / "c").write_text("old")
    with pytest.raises(ZeroDivisionError), written_together(tmp_path / "a", tmp_path / "b", tmp_path / "c") as (a, *_):
        fill_halfway(a)
    assert content(tmp_path) == {"a/a.txt": "old", "c": "old"}
    with written_together(tmp_path / "a", tmp_path / "b", tmp_path / "c") as (a, b, c):
        fill(a, "new")
        fill(b, "new")
        c.write_text("new")
    assert content(tmp_path) == {"a/a.txt": "new", "b/a.txt": "new", "c": "new"}


def test_a_link_to_a_folder_is_replaced_and_not_followed(tmp_path):
    fill(tmp_path / "elsewhere", "old")
    (tmp_path / "link").symlink_to("elsewhere")
    with written_whole(tmp_path / "link") as partial:
        fill(partial, "new")
    assert content(tmp_path) == {"elsewhere/a.txt": "old", "link/a.txt": "new"}
    assert not (tmp_path / "link").is_symlink()


def test_what_killed_writers_left_is_removed_and_nothing_of_others(tmp_path):
    fill(tmp_path / ".partial-0123abcd-train", "half")
    fill(tmp_path / ".partial-0123abcd-.partial-4567cdef-train", "half")
    (tmp_path / ".partial-89ab4567-val").write_text("half")
    others = (".partial-0123abcd-retrain", ".partial-mine-train", "train")
    for name in others:
        (tmp_path / name).write_text("kept")
    remove_partials(tmp_path / "train", tmp_path / "val", tmp_path / "nowhere/test")
    assert sorted(content(tmp_path)) == sorted(others)


HOLD = """
import sys
from pathlib import Path
from ageline.store.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_by_one_process_and_goes_with_it(tmp_path):
    path = tmp_path / "new/lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(AgelineError, match=r"writing to .*/new and holds lock there\. Wait for its end"),
            locked(path),
        ):
            pass
        holder.kill()
    assert path.exists()
    with locked(path):
        pass
    assert list(path.parent.iterdir()) == []
