"""A folder of photos. A link is followed to a file inside the folder and nowhere else."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ageline.errors import AgelineError
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.sources.source import Source, is_hidden, read_plain, without_waiting

REMEDIES = {  # of a folder that can't be listed, by what the system says
    errno.ENAMETOOLONG: "Move what lies so deep further up; the system opens paths of up to 4,096 bytes.",
    errno.ENOENT: "It was there a moment ago: run again when nothing writes to the source.",
}


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file below a folder.

    Attributes:
        root: the folder, free of links.
        name: relative to it.
    """

    root: str
    name: str

    def read(self) -> bytes:
        # Looked at again: the folder may have changed since it was listed, and a pipe would be waited on for ever.
        try:
            path = _resolved(os.path.join(self.root, self.name))  # noqa: PTH118, a Path costs as much as the read
            if not path.startswith(self.root + os.sep):
                raise Unusable("link leaves the source", _advice(path))
            return read_plain(path, _itself)[0]
        except OSError as error:
            raise Unusable(NOT_READABLE, error.strerror or str(error)) from error


def list_folder(path: Path) -> Source:
    """List all files below a folder, which itself may be a link.

    Raises:
        AgelineError: a folder in it can't be read.
    """
    root = os.path.realpath(path)
    source = Source(path)
    for entry in _walk(root):
        name = os.path.relpath(entry.path, root).replace(os.sep, "/")
        problem = _problem(entry, root)
        if problem:
            source.refuse(name, problem)
        else:
            source.add(name, FolderFile(root, name))
    return source


def _walk(root: str) -> Iterator[os.DirEntry[str]]:
    """Everything below `root` that is not itself a folder."""
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_hidden(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield entry
        except OSError as error:
            remedy = REMEDIES.get(error.errno or 0, "Make it readable, or move it away.")
            raise AgelineError(f"{_short(folder)} can't be listed ({error.strerror}). {remedy}") from error


def _problem(entry: os.DirEntry[str], root: str) -> Problem | None:
    if entry.is_file(follow_symlinks=False):
        return None
    if not entry.is_symlink():
        return Problem("not a plain file")
    try:
        target = _resolved(entry.path)
    except OSError as error:
        return Problem("link to no file", error.strerror or str(error))
    if not target.startswith(root + os.sep):
        return Problem("link leaves the source", _advice(target))
    if not os.path.isfile(target):  # noqa: PTH113
        return Problem("link to no file")
    return None


def _advice(target: str) -> str:
    if "/files/md5/" in target:
        return "into DVC's cache; let DVC copy: `dvc config cache.type reflink,copy`, then `dvc checkout --relink`"
    return "copy the photo in place of the link"


def _resolved(path: str) -> str:
    """The path free of links.

    Raises:
        OSError: of links in a circle, or more in a row than the system follows; `realpath` calls itself for each.
    """
    try:
        os.stat(path)  # noqa: PTH116, as above
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
    return os.path.realpath(path)


def _itself(path: str, flags: int) -> int:
    return without_waiting(path, flags | os.O_NOFOLLOW)


def _short(path: str) -> str:
    return path if len(path) <= 300 else f"{path[:150]} ... {path[-150:]}"
