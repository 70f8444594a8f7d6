"""How labelled photos are laid out in a source. A layout is one module here, named in `LAYOUTS` and in params.py.

`pattern` and `table` are made of what params.yaml says of the photos; `auto` tries the others.
"""

from ageline.errors import AgelineError
from ageline.faces.layouts import appa_real, classes, labels, pattern, table, utkface
from ageline.faces.layouts.layout import Layout, Listed
from ageline.faces.sources import Source
from ageline.params import Data

__all__ = ["LAYOUTS", "Layout", "Listed", "find_layout"]

LAYOUTS = {layout.name: layout for layout in (appa_real.LAYOUT, labels.LAYOUT, utkface.LAYOUT, classes.LAYOUT)}


def find_layout(source: Source, data: Data) -> Layout:
    """The layout that the section `data` of params.yaml names or, for `auto`, the only one that fits.

    Raises:
        AgelineError: the source is not laid out so; for `auto`, none fits or several do; the pattern or the columns are
            not as expected.
    """
    candidates = _candidates(data)
    misfits = {layout.name: layout.misfit(source) for layout in candidates}
    fitting = _without_lesser([layout for layout in candidates if misfits[layout.name] is None])
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(layout.name for layout in fitting)
        raise AgelineError(f"{source.path} fits the layouts {names}. Name the one to use in `data.layout`.")
    looked_for = "\n".join(f"  {layout.name}: {layout.looks_for}. {misfits[layout.name]}" for layout in candidates)
    raise AgelineError(
        f"{source.path} is not laid out as expected:\n{looked_for}\n{_seen(source)}{_advice(source, data)}"
    )


def _candidates(data: Data) -> list[Layout]:
    if data.layout == "auto":
        return list(LAYOUTS.values())
    if data.pattern is not None:
        return [pattern.layout(data.pattern)]
    if data.columns is not None:
        return [table.layout(data.columns)]
    return [LAYOUTS[data.layout]]


def _without_lesser(layouts: list[Layout]) -> list[Layout]:
    lesser = {name for layout in layouts for name in layout.instead_of}
    return [layout for layout in layouts if layout.name not in lesser]


def _seen(source: Source) -> str:
    names = [*source.files, *source.refused]
    return f"Seen: {len(names):,} files, such as {', '.join(names[:3])}."


def _advice(source: Source, data: Data) -> str:
    if data.layout in {"pattern", "table"}:
        return ""
    return "\n" + (
        pattern.suggestion(source) or "Others are described by the layouts pattern and table, see docs/data.md."
    )
