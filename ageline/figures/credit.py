"""Where the faces of a figure come from, as the figure says it."""

from pathlib import PurePath

BUILT_IN_SOURCE = "data/sample"  # what the stage `sample` writes


def is_synthetic(source: str) -> bool:
    """Whether `data.source` is the sample, which shows no people."""
    return source == BUILT_IN_SOURCE


def credit(source: str) -> str:
    """The line under a figure, given `data.source`.

    The sample is no people, and says so wherever it is shown. Of another folder only the name is shown: its path is
    this machine's, and a figure has to be the same everywhere.
    """
    if is_synthetic(source):
        return f"{source} (synthetic faces, drawn by code)"
    return PurePath(source).name
