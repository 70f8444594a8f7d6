"""Figures of the intervals: whether they hold the true age as often as they promise, and for whom."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_axes, new_panels, styled
from ageline.figures.style import BLUE, GREY, INK, SMALL, percent, write_count, write_reading
from ageline.scoring.ages.plots.axis import share_ages
from ageline.scoring.whiskers import draw_whiskers

_WIDE = 9  # bins whose numbers have room beside one another


@styled()
def draw_coverage_by_level(table: pd.DataFrame, faces: int, note: str) -> Figure:
    """How often intervals of each level hold the true age, against how often they should: their reliability.

    Args:
        table: `coverage_by_level`, with columns level, coverage, coverage_low, coverage_high and width.
        faces: test faces.
        note: where the faces come from.
    """
    figure, axes = new_axes(
        "Reliability of the intervals", "promised: level of the interval", "measured: intervals that hold the true age",
        faces=faces, size=(6.0, 6.0), note=note,
    )  # fmt: skip
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, zorder=1)
    draw_whiskers(axes, table.level, table.coverage, table.coverage_low, table.coverage_high)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.xaxis.set_major_formatter(percent)
    axes.yaxis.set_major_formatter(percent)
    write_reading(
        axes,
        "above the line: wider than need be; below: narrower than promised\n"
        "whiskers: the 95% interval of what was measured",
    )
    return figure


@styled()
def draw_coverage_by_age(table: pd.DataFrame, level: float, note: str) -> Figure:
    """How often the intervals of each predicted age hold the true age, and how wide they are.

    Args:
        table: `coverage_by_age`, with columns age_bin, n, coverage, coverage_low, coverage_high, width, calibrated_on.
        level: of the intervals, such as 0.9.
        note: where the faces come from.
    """
    width = 7.2 if len(table) <= _WIDE else 8.0
    figure, panels = new_panels("Coverage of the intervals by predicted age", rows=2, size=(width, 5.8), note=note)
    above, below = panels
    write_count(above, int(table.n.sum()))
    _draw_coverage(above, table, level)
    _draw_widths(below, table)
    share_ages(panels, [str(name) for name in table.age_bin], "predicted age (years)")
    if len(table) <= _WIDE:
        _write_numbers(above, below, table)
    return figure


def _draw_coverage(axes: Axes, table: pd.DataFrame, level: float) -> None:
    axes.axhline(level, color=GREY, linewidth=1, linestyle="--", zorder=1)
    draw_whiskers(axes, range(len(table)), table.coverage, table.coverage_low, table.coverage_high)
    lowest = float(np.nanmin([level, *table.coverage, *table.coverage_low]))
    axes.set_ylim(max(0.0, np.floor(lowest * 10 - 0.5) / 10), 1)
    axes.yaxis.set_major_formatter(percent)
    axes.set_ylabel("true age inside")
    write_reading(
        axes, f"share of intervals that hold the true age, and its 95% interval; dashed: the promised {percent(level)}"
    )


def _draw_widths(axes: Axes, table: pd.DataFrame) -> None:
    axes.bar(range(len(table)), table.width.fillna(0), color=BLUE, width=0.7)
    axes.set_ylabel("width (years)")
    write_reading(axes, "mean width of the intervals")


def _write_numbers(above: Axes, below: Axes, table: pd.DataFrame) -> None:
    positions = range(len(table))
    shares = ["" if np.isnan(share) else f"{share:.0%}" for share in table.coverage]
    above.set_xticks(positions, shares, color=INK)
    widths = ["" if np.isnan(width) else f"{width:.1f}" for width in table.width]
    below.bar_label(below.containers[0], widths, padding=2, fontsize=SMALL, color=INK)  # type: ignore[arg-type]
    below.margins(y=0.15)
    rows = zip(table.age_bin, table.n, table.calibrated_on, strict=True)
    ticks = [f"{name}\nn = {faces:,.0f}\nv = {_count(calibrated)}" for name, faces, calibrated in rows]
    below.set_xticks(positions, ticks, fontsize=SMALL)
    below.set_xlabel("predicted age (years), test faces (n), validation faces that the interval rests on (v)")


def _count(faces: float | None) -> str:
    return "unknown" if pd.isna(faces) else f"{faces:,.0f}"
