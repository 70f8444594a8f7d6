"""Figures of the errors at each age: how far predictions are off, and in which direction.

Few ages have wide bars with their numbers on them. Many, such as single years, have dots, and their counts in a panel.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ageline.figures import new_panels, styled
from ageline.figures.style import BLUE, GREY, INK, ORANGE, SMALL, write_count, write_reading
from ageline.scoring.ages.plots.axis import share_ages
from ageline.scoring.ages.till import OF_AGE
from ageline.scoring.whiskers import draw_whiskers

_WIDE = 13  # bars whose numbers have room beside one another
_WIDTH = 8.0  # inches
_OFF = "mean distance from the true age, with its 95% interval"
_DIRECTION = "above 0: taken for older; below 0: for younger"


@styled()
def draw_error_by_age(table: pd.DataFrame, note: str) -> Figure:
    """The mae and the bias of each age bin of the table `by_age`, with the number of faces."""
    names = [str(name) for name in table.age_bin]
    if len(table) > _WIDE:
        return _draw_many(table, names, "Error by age", note)
    figure, (above, below) = new_panels("Error by age", rows=2, size=(max(7.2, 0.6 * len(table)), 5.6), note=note)
    write_count(above, int(table.n.sum()))
    _draw_mae_bars(above, table)
    _draw_bias_bars(below, table.bias)
    _label_bars(below, table.bias)
    ticks = [f"{name}\nn = {faces:,}" for name, faces in zip(names, table.n, strict=True)]
    below.set_xticks(range(len(table)), ticks, fontsize=SMALL)
    below.set_xlabel("true age (years) and test faces")
    for axes in (above, below):
        axes.grid(visible=False, axis="x")
        axes.margins(x=0.01)
    return figure


@styled()
def draw_error_by_year(table: pd.DataFrame, note: str) -> Figure:
    """The mae and the bias of each single year of the table `by_year`, and the number of faces; 18 stands out."""
    figure = _draw_many(table, [f"{age:g}" for age in table.age], "Error by single year of age", note)
    ages = table.age.to_numpy(np.float64)
    if ages.min() < OF_AGE <= ages.max():
        _mark_adults(figure.axes, float(np.searchsorted(ages, OF_AGE)) - 0.5)
    return figure


def _draw_many(table: pd.DataFrame, names: Sequence[str], title: str, note: str) -> Figure:
    figure, panels = new_panels(title, rows=3, size=(_WIDTH, 6.4), note=note)
    panels[0].get_gridspec().set_height_ratios([3, 2, 1])  # type: ignore[union-attr]
    positions = np.arange(len(table))
    write_count(panels[0], int(table.n.sum()))
    draw_whiskers(panels[0], positions, table.mae, table.mae_low, table.mae_high)
    panels[0].set_ylim(0, 1.15 * max(1.0, float(np.nanmax([0.0, *table.mae, *table.mae_high]))))
    _say(panels[0], "mean error (years)", _OFF)
    _draw_bias_bars(panels[1], table.bias)
    panels[2].bar(positions, table.n, color=GREY, width=0.7)
    panels[2].set_ylim(0, 1.1 * max(1, int(table.n.max())))
    panels[2].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _say(panels[2], "test faces", "")
    share_ages(panels, names, "true age (years)")
    return figure


def _mark_adults(panels: Sequence[Axes], position: float) -> None:
    for axes in panels:
        axes.axvline(position, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
    for text, side, gap in (("minors", "right", -4), ("adults", "left", 4)):
        panels[0].annotate(
            text, (position, 1), xycoords=panels[0].get_xaxis_transform(), xytext=(gap, -2),
            textcoords="offset points", ha=side, va="top", fontsize=SMALL, color=GREY,
        )  # fmt: skip


def _say(axes: Axes, quantity: str, reading: str) -> None:
    axes.set_ylabel(quantity)
    write_reading(axes, reading)


def _draw_mae_bars(axes: Axes, table: pd.DataFrame) -> None:
    positions = np.arange(len(table))
    # Pale, so that whiskers are seen on it, on light and on dark ground alike.
    axes.bar(positions, table.mae.fillna(0), color=to_rgba(BLUE, 0.4), edgecolor=BLUE, width=0.7)
    draw_whiskers(axes, positions, table.mae, table.mae_low, table.mae_high, color=INK, marker="none")
    axes.set_xticks(positions, ["" if np.isnan(mae) else f"{mae:.1f}" for mae in table.mae], color=INK)
    _say(axes, "mean error (years)", _OFF)


def _draw_bias_bars(axes: Axes, bias: pd.Series) -> None:
    known = bias.fillna(0).to_numpy(np.float64)
    axes.bar(np.arange(len(known)), known, color=_directions(known), width=0.7)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.update_datalim([(0, 0), (0, 1)])  # without any bias, an axis of a year, not of hundredths
    _say(axes, "bias (years)", _DIRECTION)


def _directions(bias: npt.NDArray[np.float64]) -> list[str]:
    return [ORANGE if value > 0 else BLUE for value in bias]


def _label_bars(axes: Axes, bias: pd.Series) -> None:
    texts = ["" if np.isnan(value) else f"{round(value, 1) + 0.0:+.1f}" for value in bias]
    axes.bar_label(axes.containers[0], texts, padding=2, fontsize=SMALL, color=INK)  # type: ignore[arg-type]
    axes.margins(y=0.2)
