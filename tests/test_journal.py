"""The journal of a run that may be killed."""

import json
import os
from pathlib import Path

import pytest

from ageline.errors import AgelineError
from ageline.serving.journal import Journal, journal_beside
from ageline.serving.photos import Photo, stamp_of

RUN = {"model": "0a1b", "faces": "whole"}
OPEN: list[Journal] = []  # to be closed, as the system does for who is killed
FILES = ("a.jpg", "b.jpg", "c.jpg")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        Path(name).write_text(name)
    yield
    while OPEN:
        OPEN.pop().close()


def journal(*names: str, resume: bool = True, **run: str) -> Journal:
    photos = [Photo(name, 0) for name in names or FILES]
    OPEN.append(Journal(Path(".out.journal"), photos, RUN | run, resume=resume))
    return OPEN[-1]


def note(journal: Journal, number: int, name: str, age: float = 31.0) -> None:
    journal.add(number, {"file": name, "age": age}, stamp_of(name))


def killed_after(*names: str) -> None:
    """A run that was killed when these photos were done."""
    begun = journal()
    for name in names:
        note(begun, FILES.index(name), name)
    begun.close()


def test_it_lies_hidden_beside_the_file():
    assert journal_beside(Path("far/results.csv")) == Path("far/.results.csv.journal")


def test_entries_come_in_the_order_of_the_photos_whenever_they_were_done():
    whole = journal()
    for number in (2, 0, 1):
        note(whole, number, FILES[number], age=30.0 + number)
    assert [entry["age"] for entry in whole.entries()] == [30.0, 31.0, 32.0]
    whole.remove()
    assert not Path(".out.journal").exists()


def test_what_is_done_is_not_done_again():
    killed_after("a.jpg", "c.jpg")
    again = journal()
    assert (again.taken_up, [again.has(number) for number in range(3)]) == (2, [True, False, True])
    note(again, 1, "b.jpg", 40.0)
    assert list(again.entries()) == [
        {"file": "a.jpg", "age": 31.0},
        {"file": "b.jpg", "age": 40.0},
        {"file": "c.jpg", "age": 31.0},
    ]


def test_other_photos_in_another_order_have_their_own_entries():
    killed_after("a.jpg", "c.jpg")
    again = journal("c.jpg", "b.jpg")
    assert [again.has(number) for number in range(2)] == [True, False]


def test_a_photo_that_changed_is_done_again():
    killed_after(*FILES)
    Path("a.jpg").write_text("longer")
    os.utime("b.jpg", ns=(1, 1))
    Path("c.jpg").unlink()
    assert journal().taken_up == 0


def test_what_had_no_stamp_is_done_again():
    first = journal()
    first.add(0, {"file": "a.jpg", "error": "file not readable: Permission denied"}, None)
    first.close()
    assert journal().taken_up == 0


@pytest.mark.parametrize(
    "end", [b"", b'{"stamp": [5,', b'{"stamp": [5, 1], "entry": {"file": "b.jpg"}}', b"\0" * 99 + b"\n"]
)
def test_half_a_line_is_dropped_and_the_next_begins_where_it_did(end):
    killed_after("a.jpg")
    whole = Path(".out.journal").read_bytes()
    Path(".out.journal").write_bytes(whole + end)
    again = journal()
    assert again.taken_up == 1
    note(again, 1, "b.jpg")
    again.close()
    assert Path(".out.journal").read_bytes().startswith(whole + b'{"stamp": [')
    assert journal().taken_up == 2


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"stamp": [5, 1]}',
        b'{"stamp": [5, 1], "entry": []}',
        b'{"stamp": [5, 1], "entry": {}}',
        b'{"stamp": [5, 1], "entry": {"file": []}}',
        b'{"entry": {"file": "b.jpg"}}',
        b'{"stamp": [5], "entry": {"file": "b.jpg"}}',
        b'{"stamp": 5, "entry": {"file": "b.jpg"}}',
    ],
)
def test_a_line_that_is_no_entry_is_dropped_with_all_behind_it(line):
    killed_after("a.jpg")
    whole = Path(".out.journal").read_bytes()
    Path(".out.journal").write_bytes(whole + line + b"\n" + whole.splitlines(keepends=True)[1])
    assert journal().taken_up == 1
    assert Path(".out.journal").read_bytes() == whole


def test_an_entry_that_is_not_whole_is_done_again_and_never_comes_back():
    killed_after("a.jpg", "b.jpg", "c.jpg")
    photos = [Photo(name, 0) for name in ("b.jpg", "a.jpg")]
    again = Journal(Path(".out.journal"), photos, RUN, resume=True, is_whole=lambda number, _: number == 1)
    assert [again.has(number) for number in range(2)] == [False, True]
    again.close()
    again = journal()
    assert [again.has(number) for number in range(3)] == [True, False, False]


@pytest.mark.parametrize("header", [b"", b'{"format": 1, "ru'])
def test_a_run_killed_before_its_header_was_written_begins_anew(header):
    Path(".out.journal").write_bytes(header)
    assert journal().taken_up == 0
    assert json.loads(Path(".out.journal").read_text()) == {"format": 1, "run": RUN}


def test_without_resume_it_begins_anew():
    killed_after(*FILES)
    assert journal(resume=False).taken_up == 0


def test_answers_of_two_kinds_are_not_mixed():
    killed_after("a.jpg")
    with pytest.raises(
        AgelineError, match=r"can't go on.*: model was 0a1b and is ffff\. Run with --resume and what it had"
    ):
        journal(model="ffff")
    assert journal().taken_up == 1


def test_a_journal_of_a_later_version_is_left_alone():
    Path(".out.journal").write_text('{"format": 2}\n')
    with pytest.raises(AgelineError, match=r"another version of Ageline\. Run without --resume"):
        journal()
    assert Path(".out.journal").read_text() == '{"format": 2}\n'


def test_a_name_that_is_no_text_comes_back():
    Path("\udcff.jpg").write_text("")
    first = journal("\udcff.jpg")
    note(first, 0, "\udcff.jpg")
    first.close()
    assert [entry["file"] for entry in journal("\udcff.jpg").entries()] == ["\udcff.jpg"]
