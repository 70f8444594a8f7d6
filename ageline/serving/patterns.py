"""Patterns such as `faces/**/*.jpg`, where no shell expanded them."""

import glob
import os
import re
from collections.abc import Iterator

from ageline.faces.sources.source import is_hidden

_ANY_DEPTH = re.compile(r"(?:(?<=/)|^)\*\*(?:/+|$)")


def expanded(path: str) -> list[str]:
    """What a pattern matches, by name; the path itself where it is none, or matches nothing."""
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    return sorted(set(_matches(path))) or [path]


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # of links in a circle
        return False


def _matches(pattern: str) -> Iterator[str]:
    """Python's own `**` follows links that lead back up, each as often as there are ways to it, which never ends."""
    found = _ANY_DEPTH.search(pattern)
    if not found:
        yield from glob.iglob(pattern)  # noqa: PTH207, as a Path can't have a drive or a "./"
        return
    head, rest = pattern[: found.start()], pattern[found.end() :]
    for start in glob.iglob(head) if head else [""]:  # noqa: PTH207
        for folder in _folders(start):
            yield from _matches(glob.escape(folder) + (rest or "*"))


def _folders(start: str) -> Iterator[str]:
    """A folder and all below it, each once, with a slash at the end; nothing hidden."""
    entered, waiting = set[tuple[int, int]](), [start]
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder or ".")  # noqa: PTH116
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder or ".") as entries:
                below = [entry.name for entry in entries if not is_hidden(entry.name) and is_folder(entry)]
        except OSError:  # gone meanwhile, or closed
            continue
        yield folder
        waiting += [f"{folder}{name}/" for name in sorted(below, reverse=True)]
