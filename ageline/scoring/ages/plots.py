"""Figures of the errors: what was predicted for which age, at which ages it goes wrong, and for which faces most."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_axes, new_panels, styled
from ageline.figures.style import BLUE, GREY, LIGHT, ORANGE, SEQUENTIAL, SMALL, write_count
from ageline.scoring.ages.metrics import CLOSE
from ageline.scoring.ages.predictions import errors
from ageline.scoring.sheets import draw_listed_faces
from ageline.store import FaceSet

_MANY = 2000  # faces: more are shown by density, for points would hide one another


@styled()
def draw_predicted_against_true(predictions: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """Each test face by its true and predicted age, against the diagonal on which the two are equal."""
    figure, axes = new_axes(
        "Predicted against true age",
        "true age (years)",
        "predicted age (years)",
        faces=len(predictions),
        size=(5.8 if len(predictions) <= _MANY else 6.9, 5.8),
        note=note,
    )
    ages = predictions[["true", "predicted"]].to_numpy()
    low, high = min(0.0, float(ages.min())), float(ages.max()) + 4
    _draw_diagonal(axes, low, high)
    if len(predictions) <= _MANY:
        _draw_points(axes, predictions)
    else:
        _draw_density(figure, axes, predictions, (low, high))
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    axes.legend(loc="upper left", fontsize=SMALL)
    axes.set_title(_summary(metrics), loc="left", fontsize=SMALL, color=GREY)
    return figure


@styled()
def draw_error_by_age(table: pd.DataFrame, note: str) -> Figure:
    """The mae and the bias of each age bin of `ageline.scoring.ages.metrics.table_by_age`, with the number of faces."""
    width = max(7.2, 0.55 * len(table))
    figure, (above, below) = new_panels("Error by age", rows=2, size=(width, 5.6), note=note)
    write_count(above, int(table.n.sum()))
    _draw_mae_bars(above, table)
    _draw_bias_bars(below, table)
    ticks = [f"{label}\nn = {faces:,}" for label, faces in zip(table.age_bin, table.n, strict=True)]
    below.set_xticks(range(len(table)), ticks, fontsize=SMALL)
    below.set_xlabel("true age (years) and test faces")
    for axes in (above, below):
        axes.grid(visible=False, axis="x")
        axes.margins(x=0.01)
    return figure


def draw_worst_faces(predictions: pd.DataFrame, faces: FaceSet, count: int, note: str) -> Figure:
    """The `count` faces with the largest errors, the worst first: often a wrong label, a hard photo or a rare age."""
    worst = predictions.loc[errors(predictions).abs().sort_values(ascending=False, kind="stable").index[:count]]
    captions = [f"true {true:.0f}, predicted {age:.0f}" for true, age in zip(worst.true, worst.predicted, strict=True)]
    return draw_listed_faces(worst, faces, captions, "Worst faces", note=note)


def _summary(metrics: Mapping[str, float]) -> str:
    return (
        f"mae {metrics['mae']:.2f} years [{metrics['mae_low']:.2f}, {metrics['mae_high']:.2f}],"
        f" bias {metrics['bias']:+.2f}, within 5 years {metrics['cs5']:.0%}"
    )


def _draw_diagonal(axes: Axes, low: float, high: float) -> None:
    ends = np.array([low, high])
    axes.fill_between(ends, ends - CLOSE, ends + CLOSE, color=LIGHT, linewidth=0, zorder=0.5, label="within 5 years")
    axes.plot(ends, ends, color=GREY, linewidth=1, label="predicted = true", zorder=3)


def _draw_points(axes: Axes, predictions: pd.DataFrame) -> None:
    axes.scatter(
        predictions.true, predictions.predicted, s=16, color=BLUE, alpha=0.6, linewidths=0, clip_on=False, zorder=4,
        label="a face",
    )  # fmt: skip


def _draw_density(figure: Figure, axes: Axes, predictions: pd.DataFrame, limits: tuple[float, float]) -> None:
    cells = axes.hexbin(
        predictions.true, predictions.predicted, extent=(*limits, *limits), gridsize=50, bins="log", mincnt=1,
        cmap=SEQUENTIAL, linewidths=0.1,
    )  # fmt: skip
    figure.colorbar(cells, ax=axes, label="faces in a cell", shrink=0.6, format="{x:,.0f}")


def _draw_mae_bars(axes: Axes, table: pd.DataFrame) -> None:
    positions = np.arange(len(table))
    axes.bar(positions, table.mae.fillna(0), color=BLUE, width=0.7)
    whiskers = np.stack([table.mae - table.mae_low, table.mae_high - table.mae])
    shown = np.isfinite(whiskers).all(axis=0)
    axes.errorbar(
        positions[shown], table.mae[shown], whiskers[:, shown], fmt="none", color="#333333", capsize=3, linewidth=1
    )
    axes.set_xticks(positions, ["" if np.isnan(mae) else f"{mae:.1f}" for mae in table.mae], color="black")
    axes.set_ylabel("mae (years)")
    axes.set_title(
        "mean distance from the true age, with its 95% bootstrap interval", loc="left", fontsize=SMALL, color=GREY
    )


def _draw_bias_bars(axes: Axes, table: pd.DataFrame) -> None:
    bias = table.bias.fillna(0)
    bars = axes.bar(np.arange(len(table)), bias, color=np.where(bias > 0, ORANGE, BLUE), width=0.7)
    texts = ["" if np.isnan(value) else f"{value:+.1f}" for value in table.bias]
    axes.bar_label(bars, texts, padding=2, fontsize=SMALL)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.margins(y=0.2)
    axes.set_ylabel("bias (years)")
    axes.set_title("above 0: taken for older; below 0: for younger", loc="left", fontsize=SMALL, color=GREY)
