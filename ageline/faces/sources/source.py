"""What a source is, once listed: its files by name, and the entries that are never read.

A file knows how to read itself and is small, so a worker process is sent its own files and not the list of all.
"""

import os
import posixpath
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from ageline.faces.problems import Problem, Unusable

MAX_BYTES = 100_000_000  # of one file; the largest photo that `image` takes is far smaller in any usual format
REPLACED = Problem("replaced by a later member of the same name")


class File(Protocol):
    """A file of a source: picklable, and readable from any process that sees the same files."""

    def read(self) -> bytes:
        """All of its bytes.

        Raises:
            Unusable: it is larger than `MAX_BYTES`, or not readable.
        """


@dataclass
class Source:
    """A folder or archive of photos.

    Attributes:
        path: of the folder or archive.
        files: by name: a relative path with `/`. Hidden files (`.name`, `__MACOSX`) are left out.
        refused: names of what can't be read without leaving the source or is no plain file, and why. A name that an
            archive holds several times is numbered, so that each has its row.
    """

    path: Path
    files: dict[str, File] = field(default_factory=dict)
    refused: dict[str, Problem] = field(default_factory=dict)

    def add(self, name: str, file: File) -> None:
        """Add a file under the name that the source gives it, however strange."""
        if is_hidden(name):
            return
        normal = posixpath.normpath(name)
        problem = _problem_of(name)
        if problem:
            self.refuse(name, problem)
            return
        # As when unpacked, the later one counts.
        earlier = REPLACED if normal in self.files else self.refused.pop(normal, None)
        self.files[normal] = file
        if earlier:
            self.refuse(name, earlier)

    def refuse(self, name: str, problem: Problem) -> None:
        """Add a name that stands for nothing readable."""
        if not is_hidden(name):
            self.refused[self._free(printable(name))] = problem

    def _free(self, name: str) -> str:
        """The name itself or, where another entry has it, with a number."""
        if name not in self.files and name not in self.refused:
            return name
        numbered = (f"{name} ({number})" for number in count(len(self.refused) + 2))
        return next(free for free in numbered if free not in self.files and free not in self.refused)

    def read(self, name: str) -> bytes:
        """The bytes of the file of that name; see `File.read`."""
        return self.files[name].read()

    def ordered(self) -> "Source":
        """The same source, its names in ascending order."""
        return Source(self.path, dict(sorted(self.files.items())), dict(sorted(self.refused.items())))


def leaves(name: str) -> bool:
    """Whether a path relative to the source leads out of it."""
    normal = posixpath.normpath(name)
    return posixpath.isabs(normal) or normal == ".." or normal.startswith("../") or normal[1:3] in {":/", ":\\"}


def is_hidden(name: str) -> bool:
    """Whether a path is one of the files that systems leave behind, such as `.DS_Store` or `__MACOSX/._a.jpg`."""
    return any(part == "__MACOSX" or (part.startswith(".") and part not in {".", ".."}) for part in name.split("/"))


def check_size(size: int) -> None:
    """Refuse a file that is, or says that it is, too large.

    Raises:
        Unusable: more than `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        raise Unusable("file too large", f"{size:,} bytes, expected at most {MAX_BYTES:,}")


def without_waiting(path: str, flags: int) -> int:
    """An opener for `open` that does not wait for a pipe's writer: what was a file when listed may be a pipe now."""
    return os.open(path, flags | os.O_NONBLOCK)


def _problem_of(name: str) -> Problem | None:
    if leaves(name):
        return Problem("name leaves the source")
    if printable(name) != name:
        return Problem("name is not UTF-8")
    return None


def printable(name: str) -> str:
    """A name with bytes that are no text, which Python keeps as surrogates, spelled out in hex."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_plain(path: str, opener: Callable[[str, int], int]) -> tuple[bytes, os.stat_result]:
    """The bytes of a plain file, and its status when they were read.

    Raises:
        Unusable: it is no plain file, or larger than any photo.
        OSError: it can't be read.
    """
    with open(path, "rb", opener=opener) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable("not a plain file")
        check_size(status.st_size)
        return file.read(MAX_BYTES), status
