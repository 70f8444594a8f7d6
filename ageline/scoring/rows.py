"""Groups of faces below one another, each with its name, a dot with whiskers, and its count; for any number of groups.

Names stand horizontally at the left, so that long ones and many of them stay legible.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_panels
from ageline.figures.style import GREY, INK, SMALL
from ageline.scoring.whiskers import draw_whiskers

ROW = 0.27  # inches
_LONGEST = 30  # letters of a name: more would leave no room for the dots
_VALUE, _COUNT = 54, 108  # points: columns behind the panel end here


def new_row_panels(title: str, tables: Sequence[pd.DataFrame], note: str) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each table, as high as its rows take; `note` says where the faces come from."""
    sizes = [len(table) for table in tables]
    height = 1.7 + 0.45 * (len(tables) - 1) + ROW * sum(sizes)
    figure, panels = new_panels(title, rows=len(tables), size=(7.2, height), note=note)
    panels[0].get_gridspec().set_height_ratios([size + 0.6 for size in sizes])  # type: ignore[union-attr]
    return figure, panels


def draw_rows(
    axes: Axes,
    names: Sequence[str],
    counts: npt.ArrayLike,
    measured: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    texts: Sequence[str],
) -> None:
    """Draw a row for each group, the first at the top.

    Args:
        axes: to draw on, values along x.
        names: of the groups.
        counts: faces of each group, written at the right.
        measured: the values of the groups and the ends of their intervals, `[n]` each, NaN where unknown.
        texts: each value, as it is written at the right.
    """
    positions = np.arange(len(names))
    draw_whiskers(axes, positions, *measured, across=True)
    axes.set_yticks(positions, list(map(_shortened, names)), color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    for position, text, faces in zip(range(len(names)), texts, np.asarray(counts), strict=True):
        _write(axes, position, text, _VALUE, INK)
        _write(axes, position, f"n = {faces:,}", _COUNT, GREY)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _write(axes: Axes, position: int, text: str, right: float, color: str) -> None:
    """Put `text` behind the panel, ending so many points to the right of it."""
    axes.annotate(
        text, (1, position), xycoords=("axes fraction", "data"), xytext=(right, 0), textcoords="offset points",
        ha="right", va="center", fontsize=SMALL, color=color, annotation_clip=False,
    )  # fmt: skip
