"""What a run has done so far, beside the file that it will write: `.NAME.journal`.

    {"format": 1, "run": {...}}                                          what a run that goes on must have in common
    {"stamp": [size, changed], "entry": {"file": "a.jpg", "age": 42.1}}  a line for each photo that is done

A line is written after its photo is done, so whoever is killed loses at most the last few; half a line is dropped, as
is what is no entry, with all behind it. No entry is kept in memory, only where its line is.
"""

import json
import os
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ageline.errors import AgelineError, shown
from ageline.serving.photos import Photo, Stamp, stamp_of

FORMAT = 1
NOT_DONE = -1

Entry = dict[str, Any]  # what is said of a photo; ageline.serving.predicting has its keys


def journal_beside(out: Path) -> Path:
    """The journal of who writes `out`."""
    return out.with_name(f".{out.name}.journal")


def is_begun(path: Path) -> bool:
    """Whether there is a journal that a run can go on from."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return _line_of(file.readline()) is not None


class Journal:
    """The entries of photos, in the order of their list, whenever each was done.

    Args:
        path: of the journal.
        photos: all that the run is about.
        run: what an answer depends on, such as the model; JSON.
        resume: go on from the journal that is there; otherwise, and where none is, begin.
        is_whole: whether an entry that is there already stays, by the number of its photo in `photos`, or None; without
            it each does. One that does not never comes back, whatever the photos of a later run.

    Raises:
        AgelineError: it is to go on from another run's.
    """

    def __init__(
        self,
        path: Path,
        photos: Sequence[Photo],
        run: Mapping[str, Any],
        *,
        resume: bool,
        is_whole: Callable[[int | None, Entry], bool] = lambda _, __: True,
    ) -> None:
        self._path, self._is_whole = path, is_whole
        self._places = array("q", [NOT_DONE]) * len(photos)
        self._file: BinaryIO = path.open("r+b" if resume and path.exists() else "w+b")
        try:
            if not (resume and self._take_up(photos, run)):
                self._file.truncate(0)
                self._write({"format": FORMAT, "run": dict(run)})
            self.flush()
        except BaseException:
            self._file.close()
            raise
        self.taken_up = self.done

    @property
    def done(self) -> int:
        """How many photos have an entry."""
        return len(self._places) - self._places.count(NOT_DONE)

    def has(self, number: int) -> bool:
        """Whether photo `number` of the list is done."""
        return self._places[number] != NOT_DONE

    def add(self, number: int, entry: Entry, stamp: Stamp | None) -> None:
        """Note what is said of photo `number`; without a stamp it is done again when the run goes on."""
        self._places[number] = self._write({"stamp": stamp, "entry": entry})

    def flush(self) -> None:
        """Hand what was noted to the system, which keeps it when this process is killed."""
        self._file.flush()

    def entries(self) -> Iterator[Entry]:
        """The entries of all photos, in the order of their list."""
        for place in self._places:
            self._file.seek(place)
            yield json.loads(self._file.readline())["entry"]

    def close(self) -> None:
        """Leave the journal for a run that goes on."""
        self._file.close()

    def remove(self) -> None:
        """Close and remove it: all that it has is elsewhere now."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any]) -> int:
        place = self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(line).encode() + b"\n")
        return place

    def _take_up(self, photos: Sequence[Photo], run: Mapping[str, Any]) -> bool:
        """Whether there is a journal to go on from; its photos are done unless they changed or lack something."""
        header = _line_of(self._file.readline())
        if header is None:
            return False
        self._check(header, run)
        numbers = {photo.file: number for number, photo in enumerate(photos)}
        end, lost = self._file.tell(), set[str]()
        while (noted := _noted_in(self._file.readline())) is not None:
            entry, stamp = noted
            number = numbers.get(entry["file"])
            whole = self._is_whole(number, entry)
            (lost.discard if whole else lost.add)(entry["file"])
            if number is not None:
                stays = whole and stamp is not None and stamp == stamp_of(entry["file"])
                self._places[number] = end if stays else NOT_DONE
            end = self._file.tell()
        self._file.truncate(end)
        for file in sorted(lost):
            self._write({"stamp": None, "entry": {"file": file}})
        return True

    def _check(self, header: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        before = header.get("run")
        if header.get("format") != FORMAT or not isinstance(before, dict):
            raise AgelineError(
                f"{self._path} is of another version of Ageline. Run without --resume, which begins anew."
            )
        others = [
            f"{key} was {before.get(key)} and is {run.get(key)}"
            for key in dict.fromkeys([*run, *before])
            if before.get(key) != run.get(key)
        ]
        if others:
            raise AgelineError(
                f"The run that {self._path} is of can't go on, for the answers would be of two kinds:"
                f" {shown('; '.join(others))}. Run with --resume and what it had, or without --resume to begin anew."
            )


def _noted_in(text: bytes) -> tuple[Entry, Stamp | None] | None:
    """What `Journal.add` wrote as this line; None of any other."""
    match _line_of(text):
        case {"stamp": None, "entry": {"file": str()} as entry}:
            return entry, None
        case {"stamp": [int(size), int(changed)], "entry": {"file": str()} as entry}:
            return entry, Stamp(size, changed)
    return None


def _line_of(text: bytes) -> dict[str, Any] | None:
    """A line that was written whole; None at the end, of half a line, and of what a crashed disk left."""
    if not text.endswith(b"\n"):
        return None
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
