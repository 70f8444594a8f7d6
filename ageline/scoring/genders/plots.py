"""Figures of predicted genders: which was taken for which, and at which ages that happens."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, GREY, SMALL
from ageline.store.manifest import GENDERS

_COIN = 0.5  # accuracy of tossing one
_PALE = LinearSegmentedColormap.from_list("pale", ["white", BLUE])


@styled()
def draw_confusion(confusion: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """Faces of each labelled gender by the predicted one, each row adding up to 100%."""
    figure, axes = new_axes(
        "Predicted against labelled gender", "predicted gender", "labelled gender",
        faces=int(metrics["n_test"]), size=(5.8, 4.8), note=note,
    )  # fmt: skip
    shares = confusion.share.to_numpy().reshape(len(GENDERS), len(GENDERS))
    counts = confusion.n.to_numpy().reshape(shares.shape)
    axes.imshow(shares, cmap=_PALE, vmin=0, vmax=1, aspect="auto")
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
    figure.legend(loc="outside lower left", ncols=3, fontsize=SMALL)
    axes.set_title(_summary(metrics), loc="left", fontsize=SMALL, color=GREY)
    return figure


def _summary(metrics: Mapping[str, float]) -> str:
    low, high = metrics["accuracy_low"], metrics["accuracy_high"]
    return f"accuracy {metrics['accuracy']:.1%}, 95% interval {low:.1%} to {high:.1%}"


def _write_cell(axes: Axes, row: int, column: int, faces: int, share: float) -> None:
    text = f"{faces:,}\nno such faces" if np.isnan(share) else f"{faces:,}\n{share:.1%}"
    axes.text(column, row, text, ha="center", va="center", fontsize=12, color="white" if share > _COIN else "black")


def _draw_intervals(axes: Axes, table: pd.DataFrame) -> None:
    known = table[table.n > 0]
    reach = np.stack([known.accuracy - known.accuracy_low, known.accuracy_high - known.accuracy]).clip(min=0)
    axes.errorbar(
        known.index, known.accuracy, reach, fmt="o", color=BLUE, capsize=3, linewidth=1.2, clip_on=False, zorder=4,
        label="faces of this age, with their 95% Wilson interval",
    )  # fmt: skip


def _draw_scale(axes: Axes, lowest: float) -> None:
    """Percent from a little below `lowest` to 100, with room above for a line of numbers."""
    bottom = max(0.0, np.floor(lowest * 20 - 0.5) / 20)
    axes.set_ylim(bottom, 1 + 0.1 * (1 - bottom))
    axes.set_yticks([tick for tick in axes.get_yticks() if bottom <= round(tick, 6) <= 1])
    axes.yaxis.set_major_formatter("{x:.0%}")


def _write_accuracies(axes: Axes, table: pd.DataFrame) -> None:
    """Each bin's accuracy in a line above the dots, its age and faces below the axis."""
    top = axes.get_ylim()[1]
    for position, accuracy in enumerate(table.accuracy):
        if not np.isnan(accuracy):
            axes.text(position, top, f"{accuracy:.0%}", ha="center", va="top", fontsize=SMALL)
    ticks = [f"{label}\nn = {faces:,}" for label, faces in zip(table.age_bin, table.n, strict=True)]
    axes.set_xticks(range(len(table)), ticks, fontsize=SMALL)
    axes.set_xlim(-0.6, len(table) - 0.4)
