"""How labelled photos are laid out in a source. A layout is one module here, named in `LAYOUTS` and in params.py."""

from ageline.errors import AgelineError
from ageline.faces.layouts import labels, utkface
from ageline.faces.layouts.layout import Layout, Listed
from ageline.faces.sources import Source

__all__ = ["LAYOUTS", "Layout", "Listed", "find_layout"]

LAYOUTS = {layout.name: layout for layout in (labels.LAYOUT, utkface.LAYOUT)}


def find_layout(source: Source, name: str) -> Layout:
    """The layout of that name or, for `auto`, the only one that fits.

    Raises:
        AgelineError: the source is not laid out so; for `auto`, none fits or several do.
    """
    candidates = list(LAYOUTS.values()) if name == "auto" else [LAYOUTS[name]]
    misfits = {layout.name: layout.misfit(source) for layout in candidates}
    fitting = [layout for layout in candidates if misfits[layout.name] is None]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(layout.name for layout in fitting)
        raise AgelineError(f"{source.path} fits the layouts {names}. Name the one to use in `data.layout`.")
    looked_for = "\n".join(f"  {layout.name}: {layout.looks_for}. {misfits[layout.name]}" for layout in candidates)
    raise AgelineError(f"{source.path} is not laid out as expected:\n{looked_for}\nSeen: {_seen(source)}.")


def _seen(source: Source) -> str:
    names = [*source.files, *source.refused]
    return f"{len(names):,} files, such as {', '.join(names[:3])}"
