"""The figure of how many predictions are how close."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, INK, ORANGE, percent, write_reading
from ageline.scoring.ages.metrics import CLOSE


@styled()
def draw_cumulative(table: pd.DataFrame, faces: int, note: str) -> Figure:
    """The cumulative score: which share of the faces is off by at most so many years.

    Args:
        table: `cumulative`, with columns years, share, share_low and share_high.
        faces: test faces.
        note: where the faces come from.
    """
    figure, axes = new_axes(
        "Faces within so many years", "error of at most (years)", "share of the test faces", faces=faces, note=note
    )
    axes.fill_between(table.years, table.share_low, table.share_high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(table.years, table.share, "o-", color=BLUE, markersize=4, linewidth=1.5, clip_on=False)
    _mark_close(axes, table)
    axes.set(xlim=(0, max(1.0, float(table.years.max()))), ylim=(0, 1))
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.yaxis.set_major_formatter(percent)
    write_reading(axes, "the shaded band: its 95% interval")
    return figure


def _mark_close(axes: Axes, table: pd.DataFrame) -> None:
    """Where cs5 of metrics.json stands on the curve."""
    for share in table.share[table.years == CLOSE].dropna():
        axes.plot([CLOSE, CLOSE, 0], [0, share, share], color=ORANGE, linewidth=1, linestyle="--", zorder=1)
        axes.plot(CLOSE, share, "o", color=ORANGE, markersize=7, zorder=5, clip_on=False)
        right = share > 0.15  # below the curve there is room
        axes.annotate(
            f"{share:.0%} within 5 years", (CLOSE, share), xytext=(10, -8) if right else (-10, 10), color=INK,
            textcoords="offset points", ha="left" if right else "right", va="top" if right else "bottom",
        )  # fmt: skip
