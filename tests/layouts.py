"""What a layout lists of a source, as the tests of layouts compare it."""

from ageline.faces.layouts import Listed, find_layout
from ageline.faces.sources import Source
from ageline.params import Data


def describe(layout: str, pattern: str | None = None, columns: tuple[str, ...] | None = None) -> Data:
    """The section `data` of params.yaml for a layout."""
    return Data(source="raw", layout=layout, pattern=pattern, columns=columns)


def list_faces(source: Source, layout: str = "auto", *, pattern: str | None = None, columns=None) -> list[Listed]:
    """What the layout, which has to fit, lists."""
    return find_layout(source, describe(layout, pattern, columns)).list_faces(source)


def rows(source: Source, layout: str = "auto", **description) -> list[tuple[str, str | float | None]]:
    """What is listed: the age, or the problem, by source."""
    return [
        (row.source, str(row.problem) if row.problem else row.age) for row in list_faces(source, layout, **description)
    ]
