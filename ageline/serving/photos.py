"""Which photos are meant: files, folders with all that is below them, and patterns such as `faces/*.jpg`.

| given | means |
|---|---|
| a file | that file, whatever its suffix |
| a folder | the files below it with the suffix of a photo, by name; nothing hidden; each folder once |
| what does not exist and has `*`, `?` or `[` | what the pattern matches, `**` any depth; each as if given |
| `-` | what each line of stdin names, taken as it stands; empty lines are skipped |

Photos come in the order given. One that is reached twice, also by links, comes once, where it comes first; two copies
of a photo are two. What can't be read, does not exist or is a folder without photos is listed with its problem.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ageline.faces.image import SUFFIXES
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.sources.source import is_hidden, read_plain, without_waiting
from ageline.serving.patterns import expanded, is_folder

STDIN = "-"
MISSING = "no such file or folder"


class Photo(NamedTuple):
    """A photo to look at.

    Attributes:
        file: its path as given, or the given folder and the path below it; may have bytes that are no text.
        start: where in `file` the part below the given folder begins, or the name of a file that was given itself.
        problem: why there is nothing to look at.
    """

    file: str
    start: int
    problem: Problem | None = None

    @property
    def below(self) -> str:
        """The path below the given folder."""
        return self.file[self.start :]


class Stamp(NamedTuple):
    """By which a changed file is known."""

    size: int
    changed: int  # nanoseconds since 1970


class Listing:
    """The photos of what was given.

    Attributes:
        photos: in their order.
        folders: that were given, or matched.
        skipped: how many files in folders have other suffixes.
        repeated: how many paths lead to a photo that came before.
    """

    def __init__(self, given: Iterable[str], stdin: BinaryIO) -> None:
        self.photos: list[Photo] = []
        self.folders: list[str] = []
        self.skipped = self.repeated = 0
        self._seen: set[bytes] = set()
        for path in given:
            names = lines_of(stdin) if path == STDIN else expanded(path)
            for name in names:
                self._add(name)

    def is_original(self, path: str | Path) -> bool:
        """Whether a path leads to one of the photos."""
        return _identity(path) in self._seen

    def _add(self, name: str) -> None:
        if os.path.isdir(name):  # noqa: PTH112, a Path would drop the name's own "./"
            self.folders.append(name)
            self._add_folder(name)
        elif problem := _problem_of(name):
            self._add_photo(Photo(name, 0, problem))
        else:
            self._add_photo(Photo(name, len(name) - len(os.path.basename(name))))  # noqa: PTH119

    def _add_folder(self, folder: str) -> None:
        found = 0
        for photo in self._below(folder):
            found += 1
            self._add_photo(photo)
        if not found:
            self._add_photo(Photo(folder, len(folder), Problem("no photo in this folder")))

    def _below(self, folder: str) -> Iterator[Photo]:
        """The photos below a folder, not by calls within calls: the system takes folders 2,000 deep."""
        start, entered = len(os.path.join(folder, "")), set[tuple[int, int]]()  # noqa: PTH118
        open_folders = [self._entries(folder, start, entered)]
        while open_folders:
            entry = next(open_folders[-1], None)
            if entry is None:
                open_folders.pop()
            elif isinstance(entry, Photo):
                yield entry
            elif is_folder(entry):
                open_folders.append(self._entries(entry.path, start, entered))
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:  # noqa: PTH122, a million Paths take a minute
                yield Photo(entry.path, start)
            else:
                self.skipped += 1

    def _entries(self, folder: str, start: int, entered: set[tuple[int, int]]) -> Iterator["os.DirEntry[str] | Photo"]:
        """What a folder shows, by name; nothing where it was entered before, as by a link back up."""
        try:
            status = os.stat(folder)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in entered:
                return iter(())
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                shown = [entry for entry in entries if not is_hidden(entry.name)]
        except OSError as error:
            return iter([Photo(folder, start, Problem("folder not readable", error.strerror or str(error)))])
        return iter(sorted(shown, key=lambda entry: entry.name))

    def _add_photo(self, photo: Photo) -> None:
        identity = _identity(photo.file)
        if identity in self._seen:
            self.repeated += 1
        else:
            self._seen.add(identity)
            self.photos.append(photo)


def lines_of(stdin: BinaryIO) -> Iterator[str]:
    """The paths that lines of stdin name, also where they are no text."""
    for line in stdin:
        name = line.rstrip(b"\r\n")
        if name.strip():
            yield os.fsdecode(name)


def read_photo(path: str) -> tuple[bytes, Stamp]:
    """The bytes of a photo, and the stamp that the file had then.

    Raises:
        Unusable: it can't be read, is no plain file, or is larger than any photo.
    """
    try:
        data, status = read_plain(path, without_waiting)
        return data, Stamp(status.st_size, status.st_mtime_ns)
    except FileNotFoundError:
        raise Unusable(MISSING) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte, which a line of stdin may hold
        raise Unusable(NOT_READABLE, getattr(error, "strerror", None) or str(error)) from None


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a file; None where it can't be looked at."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return Stamp(status.st_size, status.st_mtime_ns)


def _problem_of(name: str) -> Problem | None:
    try:
        os.lstat(name)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a zero byte
        return Problem(MISSING)
    except OSError as error:
        return Problem(NOT_READABLE, error.strerror or str(error))
    return None


def _identity(path: str | Path) -> bytes:
    """The same for all paths to one file; a tenth of the memory that a million paths would take."""
    try:
        real = os.path.realpath(path, strict=True)
    except (OSError, ValueError):  # nothing there, links in a circle, a zero byte
        real = os.fspath(path)
    return hashlib.blake2b(os.fsencode(real), digest_size=16).digest()
