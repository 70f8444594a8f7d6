"""Figures of predicted genders: which was taken for which, and at which ages that happens."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, GREY, SEQUENTIAL, SMALL, write_count
from ageline.store.manifest import GENDERS

_COIN = 0.5  # accuracy of tossing one


@styled()
def draw_confusion(confusion: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """Faces of each labelled gender by the predicted one, each row adding up to 100%."""
    figure, axes = new_axes(
        "Predicted against labelled gender", "predicted gender", "labelled gender", size=(5.8, 4.6), note=note
    )
    shares = confusion.share.to_numpy().reshape(len(GENDERS), len(GENDERS))
    image = axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    counts = confusion.n.to_numpy().reshape(shares.shape)
    for row, column in np.ndindex(shares.shape):
        _write_cell(axes, row, column, int(counts[row, column]), float(shares[row, column]))
    axes.set_xticks(range(len(GENDERS)), GENDERS)
    axes.set_yticks(range(len(GENDERS)), GENDERS)
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label="share of the faces labelled so", shrink=0.8, format="{x:.0%}")
    write_count(axes, int(metrics["n_test"]))
    axes.set_title(_summary(metrics), loc="left", fontsize=SMALL, color=GREY)
    return figure


@styled()
def draw_accuracy_by_age(table: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """The accuracy of each age bin of `table_by_age` with its interval and the number of faces."""
    figure, axes = new_axes(
        "Accuracy by age", "true age (years) and test faces", "accuracy",
        faces=int(table.n.sum()), size=(max(7.2, 0.62 * len(table)), 4.5), note=note,
    )  # fmt: skip
    lowest = min(0.9, float(np.nanmin(table.accuracy_low)))
    axes.axhline(metrics["accuracy"], color=GREY, linewidth=1, linestyle="--", label="all test faces")
    if lowest < _COIN:
        axes.axhline(_COIN, color=GREY, linewidth=1, linestyle=":", label="tossing a coin")
    _draw_intervals(axes, table)
    ticks = [f"{label}\nn = {faces:,}" for label, faces in zip(table.age_bin, table.n, strict=True)]
    axes.set_xticks(range(len(table)), ticks, fontsize=SMALL)
    axes.set(xlim=(-0.6, len(table) - 0.4), ylim=(max(0.0, np.floor(lowest * 20 - 1) / 20), 1.02))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.grid(visible=False, axis="x")
    axes.legend(loc="lower right", fontsize=SMALL)
    axes.set_title(
        "share of faces whose gender is predicted right, with its 95% Wilson interval",
        loc="left", fontsize=SMALL, color=GREY,
    )  # fmt: skip
    return figure


def _summary(metrics: Mapping[str, float]) -> str:
    return (
        f"accuracy {metrics['accuracy']:.1%} [{metrics['accuracy_low']:.1%}, {metrics['accuracy_high']:.1%}],"
        f" mean of the two rows {metrics['balanced_accuracy']:.1%}"
    )


def _write_cell(axes: Axes, row: int, column: int, faces: int, share: float) -> None:
    text = f"{faces:,}\nno such faces" if np.isnan(share) else f"{faces:,}\n{share:.1%}"
    axes.text(column, row, text, ha="center", va="center", fontsize=12, color="white" if share > _COIN else "black")


def _draw_intervals(axes: Axes, table: pd.DataFrame) -> None:
    known = table[table.n > 0]
    reach = np.stack([known.accuracy - known.accuracy_low, known.accuracy_high - known.accuracy])
    axes.errorbar(
        known.index, known.accuracy, reach, fmt="o", color=BLUE, capsize=3, linewidth=1.2, label="faces of an age"
    )
    for position, accuracy in zip(known.index, known.accuracy, strict=True):
        axes.annotate(
            f"{accuracy:.0%}",
            (position, accuracy),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
