"""The look of every figure: quiet, legible to colour-blind readers, the same bytes each time.

    with styled():
        figure, axes = new_axes("Faces per age", "age (years)", "faces", faces=1204, note="data/sample (synthetic)")
        axes.bar(ages, counts, color=BLUE)
    save(figure, "reports/eda/ages.png")

Nothing here touches matplotlib's global state, `pyplot` or a display; `@styled()` also decorates a function.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.store.files import written_whole

# Okabe and Ito (2008), "Color universal design": told apart with every common colour vision.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREY = "#666666"
LIGHT = "#E4E4E4"
INK = "#333333"
PAPER = "white"  # what a figure is drawn on
SEQUENTIAL = "cividis_r"

DPI = 150
SMALL = 8.0  # points: counts, notes, captions
_QUIET = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.dpi": DPI,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the same on every machine
    "font.size": 9,
    "grid.color": LIGHT,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.parse_math": False,  # a name with two dollar signs in it is no formula
    "text.color": INK,  # black is what an SVG leaves unsaid, so that no report could replace it
    "xtick.color": GREY,
    "ytick.color": GREY,
}


@contextmanager
def styled() -> Iterator[None]:
    """A context, or a decorator, in which matplotlib draws as this project does, whatever a matplotlibrc says."""
    with matplotlib.style.context(_QUIET, after_reset=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from font", UserWarning)  # shown as a box, as everywhere
        yield


@styled()
def new_panels(
    title: str, rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (7.2, 4.5), note: str = ""
) -> tuple[Figure, list[Axes]]:
    """A figure with a title, and its empty panels row by row.

    Args:
        title: shown in bold, at the top.
        rows: of panels.
        columns: of panels.
        size: width and height in inches, at 150 pixels an inch.
        note: where the data comes from, shown small at the bottom.
    """
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    if note:
        figure.supxlabel(note, x=0.99, ha="right", fontsize=SMALL, color=GREY)
    panels = figure.subplots(rows, columns, squeeze=False)
    return figure, list(panels.flat)


@styled()
def new_axes(
    title: str,
    x_label: str,
    y_label: str,
    *,
    faces: int | None = None,
    size: tuple[float, float] = (7.2, 4.5),
    note: str = "",
) -> tuple[Figure, Axes]:
    """A figure of one panel with labelled axes (say the unit, such as "age (years)") and the number of faces shown."""
    figure, (axes,) = new_panels(title, size=size, note=note)
    axes.set(xlabel=x_label, ylabel=y_label)
    if faces is not None:
        write_count(axes, faces)
    return figure, axes


@styled()
def write_count(axes: Axes, faces: int, kind: str = "face") -> None:
    """Say above the panel, at its right, how many faces, or faces of one kind such as "minor", it shows."""
    axes.set_title(f"n = {faces:,} {kind}{'s' * (faces != 1)}", loc="right", fontsize=SMALL, color=GREY)


@styled()
def write_reading(axes: Axes, text: str) -> None:
    """Say above the panel, at its left, in small letters, how it is to be read."""
    axes.set_title(text, loc="left", fontsize=SMALL, color=GREY)


def percent(share: float, _: float = 0.0) -> str:
    """A share as a tick says it: 0.025 is 2.5%, where "{:.0%}" would say 2%."""
    return f"{round(100 * share, 3):g}%"


def save(figure: Figure, path: str | Path) -> None:
    """Write a PNG, whole or not at all; the same figure gives the same bytes."""
    with styled(), written_whole(path) as partial:
        # Without Software=None the file names matplotlib's version, and DVC would see a change where there is none.
        # Photos hardly get smaller at higher levels, and take five times as long.
        options = {"compress_level": 1}
        figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs=options)
