"""What a run has done so far, beside the file that it will write: `.NAME.journal`.

    {"format": 1, "run": {...}}                                          what a run that goes on must have in common
    {"stamp": [size, changed], "entry": {"file": "a.jpg", "age": 42.1}}  a line for each photo that is done

A line is written after its photo is done, so whoever is killed loses at most the last few; half a line is dropped. No
entry is kept in memory, only where its line is.
"""

import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
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


class Journal:
    """The entries of photos, in the order of their list, whenever each was done.

    Args:
        path: of the journal.
        photos: all that the run is about.
        run: what an answer depends on, such as the model; JSON.
        resume: go on from the journal that is there; otherwise, and where none is, begin.

    Raises:
        AgelineError: it is to go on from another run's.
    """

    def __init__(self, path: Path, photos: Sequence[Photo], run: Mapping[str, Any], *, resume: bool) -> None:
        self._path = path
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
        """Whether there is a journal to go on from; its photos are done unless they changed."""
        header = _line_of(self._file.readline())
        if header is None:
            return False
        self._check(header, run)
        numbers = {photo.file: number for number, photo in enumerate(photos)}
        end = self._file.tell()
        while (line := _line_of(self._file.readline())) is not None:
            number = numbers.get(line["entry"]["file"])
            if number is not None:
                stays = line["stamp"] is not None and Stamp(*line["stamp"]) == stamp_of(photos[number].file)
                self._places[number] = end if stays else NOT_DONE
            end = self._file.tell()
        self._file.truncate(end)
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


def _line_of(text: bytes) -> dict[str, Any] | None:
    """A line that was written whole; None at the end, of half a line, and of what a crashed disk left."""
    if not text.endswith(b"\n"):
        return None
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
