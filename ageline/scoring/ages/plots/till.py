"""The figure of the decision at the till: what a threshold lets through, and what it asks of adults.

A face passes where its predicted age is the threshold or above; nobody else does.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from ageline.figures import new_panels, styled
from ageline.figures.style import BLUE, GREY, INK, ORANGE, SMALL, percent, write_count, write_reading
from ageline.scoring.whiskers import draw_whiskers


@styled()
def draw_till(table: pd.DataFrame, minor_pass: float, note: str) -> Figure:
    """How many minors pass and how many adults are asked for an ID at each threshold; a kind without faces is left out.

    Args:
        table: `till`, a row per threshold.
        minor_pass: the share of minors that may pass, as the threshold was chosen for.
        note: where the faces come from.
    """
    kinds = [kind for kind in ("minors", "adults") if table[kind].max() > 0]
    size = (7.2, 1.4 + 2.4 * max(1, len(kinds)))
    figure, panels = new_panels("The decision at the till", rows=max(1, len(kinds)), size=size, note=note)
    for kind, axes in zip(kinds, panels, strict=False):
        (_draw_minors if kind == "minors" else _draw_adults)(axes, table, minor_pass)
        _mark_chosen(axes, table)
        axes.xaxis.set_major_locator(MultipleLocator(1))
        axes.yaxis.set_major_formatter(percent)
    panels[-1].set_xlabel("threshold (years): who is predicted to be younger does not pass")
    _explain(figure, panels[0])
    return figure


def _draw_minors(axes: Axes, table: pd.DataFrame, minor_pass: float) -> None:
    _draw_share(axes, table, "minor_pass", ORANGE)
    axes.axhline(minor_pass, color=GREY, linewidth=1, linestyle="--", zorder=1, label=f"limit {100 * minor_pass:g}%")
    bound = table.validation_bound.astype(float)
    if bound.notna().any():
        axes.plot(table.threshold, bound, color=INK, linewidth=1, linestyle=":", label="bound from validation")
    axes.set_ylim(0, 1.1 * max(minor_pass, float(table[["minor_pass_high", "validation_bound"]].max().max())))
    axes.set_ylabel("minors that pass")
    write_count(axes, int(table.minors.max()), "minor")
    write_reading(axes, _at_chosen(table, "minor_pass", "of the minors pass"))


def _draw_adults(axes: Axes, table: pd.DataFrame, _: float) -> None:
    _draw_share(axes, table, "adult_ask", BLUE)
    axes.set_ylim(0, 1.1 * max(0.01, float(table.adult_ask_high.max())))
    axes.set_ylabel("adults asked")
    write_count(axes, int(table.adults.max()), "adult")
    write_reading(axes, _at_chosen(table, "adult_ask", "of the adults are asked for an ID"))


def _draw_share(axes: Axes, table: pd.DataFrame, share: str, color: str) -> None:
    band = table[f"{share}_low"], table[f"{share}_high"]
    if len(table) == 1:  # a band of one point is none
        draw_whiskers(axes, table.threshold, table[share], *band, color=color)
    axes.fill_between(table.threshold, *band, color=color, alpha=0.2, linewidth=0, label="95% interval")
    axes.plot(table.threshold, table[share], "o-", color=color, markersize=4, linewidth=1.5, clip_on=False, zorder=4)


def _mark_chosen(axes: Axes, table: pd.DataFrame) -> None:
    for threshold in table.threshold[table.chosen.astype(bool)]:
        axes.axvline(threshold, color=INK, linewidth=1, zorder=1, label=f"chosen: {threshold:g}")


def _at_chosen(table: pd.DataFrame, share: str, event: str) -> str:
    for _, row in table[table.chosen.astype(bool)].iterrows():
        interval = f"95% interval {row[f'{share}_low']:.1%} to {row[f'{share}_high']:.1%}"
        return f"threshold {row.threshold:g}: {row[share]:.1%} {event} ({interval})"
    return "no threshold is chosen"


def _explain(figure: Figure, axes: Axes) -> None:
    """Beside the title, what the lines of the first panel are; those of the second are the same."""
    lines, names = axes.get_legend_handles_labels()
    if not lines:
        write_reading(axes, "no faces")
        return
    figure.legend(
        lines, names, loc="outside upper right", ncols=4, fontsize=SMALL, labelcolor=INK, columnspacing=1.3,
        handlelength=1.6, handletextpad=0.5,
    )  # fmt: skip
