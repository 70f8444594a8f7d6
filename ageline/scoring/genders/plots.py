"""Figures of predicted genders: which was taken for which, and at which ages that happens."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, GREY, INK, SMALL, percent, write_count, write_reading
from ageline.scoring.rows import draw_rows, new_row_panels
from ageline.store.manifest import GENDERS

_DARKEST = 0.55  # of a cell that holds all faces of its row: a contrast of at least 4.6 to 1 with the text
_COIN = 0.5  # accuracy of tossing one


@styled()
def draw_confusion(confusion: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """Faces of each labelled gender by the predicted one, each row adding up to 100%."""
    figure, axes = new_axes(
        "Predicted against labelled gender", "predicted gender", "labelled gender",
        faces=int(metrics["n_test"]), size=(5.8, 4.8), note=note,
    )  # fmt: skip
    shares = confusion.share.to_numpy().reshape(len(GENDERS), len(GENDERS))
    counts = confusion.n.to_numpy().reshape(shares.shape)
    axes.set(xlim=(-0.5, len(GENDERS) - 0.5), ylim=(len(GENDERS) - 0.5, -0.5))
    for row, column in np.ndindex(shares.shape):
        _write_cell(axes, row, column, int(counts[row, column]), float(shares[row, column]))
    axes.set_xticks(range(len(GENDERS)), GENDERS)
    axes.set_yticks(range(len(GENDERS)), GENDERS)
    axes.grid(visible=False)
    axes.set_title(_summary(metrics), loc="left", fontsize=SMALL, color=GREY)
    return figure


@styled()
def draw_accuracy_by_age(table: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """The accuracy of each age bin of `table_by_age` with its interval and the number of faces."""
    figure, axes = new_axes(
        "Accuracy by age", "true age (years) and test faces", "faces whose gender is predicted right",
        faces=int(table.n.sum()), size=(max(7.2, 0.75 * len(table)), 4.8), note=note,
    )  # fmt: skip
    lowest = min(0.9, float(table.accuracy_low.min()))
    axes.axhline(metrics["accuracy"], color=GREY, linewidth=1, linestyle="--", label="all test faces")
    if lowest < _COIN:
        axes.axhline(_COIN, color=GREY, linewidth=1, linestyle=":", label="tossing a coin")
    _draw_intervals(axes, table)
    _draw_scale(axes, lowest)
    _write_accuracies(axes, table)
    axes.grid(visible=False, axis="x")
    figure.legend(loc="outside upper right", ncols=3, fontsize=SMALL, labelcolor=INK, columnspacing=1.3)
    axes.set_title(_summary(metrics), loc="left", fontsize=SMALL, color=GREY)
    return figure


@styled()
def draw_accuracy_by_group(tables: Sequence[pd.DataFrame], accuracy: float, note: str) -> Figure:
    """The accuracy of the faces of each gender and each ethnicity, as far as they are known, against that of all faces.

    Args:
        tables: by_gender, by_ethnicity or both; the first columns are the group, which names the grouping, n, the share
            of its faces whose gender is predicted right, and the ends of that share's interval.
        accuracy: of all test faces.
        note: where the faces come from.
    """
    figure, panels = new_row_panels("Accuracy by group", tables, note)
    for axes, table in zip(panels, tables, strict=True):
        _draw_groups(axes, table, accuracy)
    lowest = min(axes.get_xlim()[0] for axes in panels)
    for axes in panels:
        axes.set_xlim(lowest, 1)
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("gender predicted right, with its 95% interval; dashed: all faces")
    write_count(panels[0], int(tables[0].n.sum()))
    return figure


def _draw_groups(axes: Axes, table: pd.DataFrame, accuracy: float) -> None:
    share, low, high = (table.iloc[:, column] for column in (2, 3, 4))
    texts = ["" if np.isnan(right) else f"{right:.0%}" for right in share]
    draw_rows(axes, [str(name) for name in table.iloc[:, 0]], table.n, (share, low, high), texts)
    axes.axvline(accuracy, color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.set_xlim(max(0.0, float(np.floor(np.nanmin([0.9, accuracy, *low]) * 20 - 0.5)) / 20), 1)
    axes.xaxis.set_major_formatter(percent)
    axes.grid(visible=False, axis="y")
    write_reading(axes, str(table.columns[0]))


def _summary(metrics: Mapping[str, float]) -> str:
    low, high = metrics["accuracy_low"], metrics["accuracy_high"]
    return f"accuracy {metrics['accuracy']:.1%}, 95% interval {low:.1%} to {high:.1%}"


def _write_cell(axes: Axes, row: int, column: int, faces: int, share: float) -> None:
    text = f"{faces:,}\nno such faces" if np.isnan(share) else f"{faces:,}\n{share:.1%}"
    # The ground shows through, so that a cell suits light and dark ground, and its text is legible on the darkest.
    strength = _DARKEST * np.nan_to_num(share)
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=BLUE, alpha=strength, linewidth=0))
    axes.text(column, row, text, ha="center", va="center", fontsize=12, color=INK)


def _draw_intervals(axes: Axes, table: pd.DataFrame) -> None:
    known = table[table.n > 0]
    reach = np.stack([known.accuracy - known.accuracy_low, known.accuracy_high - known.accuracy]).clip(min=0)
    axes.errorbar(
        known.index, known.accuracy, reach, fmt="o", color=BLUE, capsize=3, linewidth=1.2, clip_on=False, zorder=4,
        label="this age, with its 95% interval",
    )  # fmt: skip


def _draw_scale(axes: Axes, lowest: float) -> None:
    """Percent from a little below `lowest` to 100, with room above for a line of numbers."""
    bottom = max(0.0, np.floor(lowest * 20 - 0.5) / 20)
    axes.set_ylim(bottom, 1 + 0.1 * (1 - bottom))
    axes.set_yticks([tick for tick in axes.get_yticks() if bottom <= round(tick, 6) <= 1])
    axes.yaxis.set_major_formatter(percent)


def _write_accuracies(axes: Axes, table: pd.DataFrame) -> None:
    """Each bin's accuracy in a line above the dots, its age and faces below the axis."""
    top = axes.get_ylim()[1]
    for position, accuracy in enumerate(table.accuracy):
        if not np.isnan(accuracy):
            axes.text(position, top, f"{accuracy:.0%}", ha="center", va="top", fontsize=SMALL)
    ticks = [f"{label}\nn = {faces:,}" for label, faces in zip(table.age_bin, table.n, strict=True)]
    axes.set_xticks(range(len(table)), ticks, fontsize=SMALL)
    axes.set_xlim(-0.6, len(table) - 0.4)
