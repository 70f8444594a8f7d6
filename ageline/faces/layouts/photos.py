"""Which photo a name in a CSV stands for."""

import posixpath
from collections import defaultdict

from ageline.faces.problems import Problem
from ageline.faces.sources import Source
from ageline.faces.sources.source import leaves

FACE_CROP = "_face.jpg"  # APPA-REAL's crop of 000001.jpg is 000001.jpg_face.jpg


class Photos:
    """The photos that a CSV can name: those in a folder, and in each folder directly in it.

    Of a photo and its face crop the photo is meant, with `crops_first` the crop; where one is missing, the other.
    """

    def __init__(self, source: Source, folder: str, crops_first: bool = False) -> None:
        self._source = source
        self._folder = folder
        self._endings = (FACE_CROP, "") if crops_first else ("", FACE_CROP)
        self._one_down: dict[str, list[str]] = defaultdict(list)
        prefix = f"{folder}/" if folder else ""
        for path in dict.fromkeys([*source.files, *source.refused]):  # a replaced member is in both
            _, slash, rest = path.removeprefix(prefix).partition("/")
            if path.startswith(prefix) and slash:
                self._one_down[rest].append(path)

    def find(self, name: str) -> tuple[str, Problem | None]:
        """The path of a photo in the source; or `name` itself, or a path that can't be read, and the problem."""
        name = name.replace("\\", "/")  # a path written on Windows
        if leaves(posixpath.join(self._folder, name)):
            return name, Problem("name leaves the source")
        paths = next((paths for ending in self._endings if (paths := self._paths(name + ending))), [])
        if not paths:
            return name, Problem("no such file")
        if len(paths) > 1:
            return name, Problem("several files of that name", ", ".join(paths))
        return paths[0], None if paths[0] in self._source.files else self._source.refused[paths[0]]

    def _paths(self, name: str) -> list[str]:
        beside = posixpath.normpath(posixpath.join(self._folder, name))
        if beside in self._source.files or beside in self._source.refused:
            return [beside]
        return self._one_down.get(posixpath.normpath(name), [])
