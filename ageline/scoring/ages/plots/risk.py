"""The figure of whether the model knows when it errs."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, GREY, INK, percent, write_reading


@styled()
def draw_risk_coverage(table: pd.DataFrame, note: str) -> Figure:
    """The mae of the surest share of the faces, from the surest few to all.

    Args:
        table: `risk_coverage`, with columns share, n and mae.
        note: where the faces come from.
    """
    figure, axes = new_axes(
        "Error of the surest faces",
        "share of the faces, the surest first",
        "mean error (years)",
        faces=int(table.n.max()),
        note=note,
    )
    axes.plot(table.share, table.mae, "o-", color=BLUE, markersize=4, linewidth=1.5, clip_on=False, zorder=4)
    axes.set(xlim=(0, 1), ylim=(0, 1.2 * max(1.0, float(table.mae.max()))))
    axes.xaxis.set_major_formatter(percent)
    _mark(axes, table, 0.5, "surest half")
    _mark(axes, table, 1.0, "all")
    write_reading(axes, "rising: the model knows when it errs; flat: it does not")
    return figure


def _mark(axes: Axes, table: pd.DataFrame, share: float, name: str) -> None:
    for mae in table.mae[(table.share - share).abs() < 1e-6].dropna():
        axes.plot([share, share], [0, mae], color=GREY, linewidth=1, linestyle="--", zorder=1)
        rises = mae >= table.mae.iloc[0]  # then there is room above the curve, at its left, else below it
        axes.annotate(
            f"{name}: {mae:.1f}", (share, mae), xytext=(-5, 6 if rises else -6), textcoords="offset points", color=INK,
            ha="right", va="bottom" if rises else "top",
        )  # fmt: skip
