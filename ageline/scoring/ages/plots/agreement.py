"""The figure of what was predicted for which age."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgba
from matplotlib.figure import Figure

from ageline.figures import new_axes, styled
from ageline.figures.style import BLUE, GREY, INK, LIGHT, SMALL, write_reading
from ageline.scoring.ages.metrics import CLOSE

_MANY = 2000  # faces: more are shown by density, for points would hide one another
_CELLS = 50  # along each side
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)  # faces in a cell, from which it is darker


@styled()
def draw_predicted_against_true(predictions: pd.DataFrame, metrics: Mapping[str, float], note: str) -> Figure:
    """Each test face by its true and predicted age, against the diagonal on which the two are equal."""
    many = len(predictions) > _MANY
    figure, axes = new_axes(
        "Predicted against true age",
        "true age (years)",
        "predicted age (years)",
        faces=len(predictions),
        size=(6.9 if many else 6.0, 6.0),
        note=note,
    )
    ages = predictions[["true", "predicted"]].to_numpy()
    low, high = min(0.0, float(ages.min())), float(ages.max()) + 4
    _draw_diagonal(axes, low, high)
    if many:
        _draw_density(figure, axes, predictions, (low, high))
    else:
        _draw_points(axes, predictions)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    write_reading(axes, _summary(metrics))
    return figure


def _summary(metrics: Mapping[str, float]) -> str:
    known = "mae_low" in metrics
    interval = f" (95% interval {metrics['mae_low']:.2f} to {metrics['mae_high']:.2f})" if known else ""
    return (
        f"mean error {metrics['mae']:.2f} years{interval}\n"
        f"{metrics['cs5']:.0%} within 5 years, bias {metrics['bias']:+.2f} years"
    )


def _draw_diagonal(axes: Axes, low: float, high: float) -> None:
    ends = np.array([low, high])
    axes.fill_between(ends, ends - CLOSE, ends + CLOSE, color=LIGHT, linewidth=0, zorder=0.5, label="within 5 years")
    axes.plot(ends, ends, color=GREY, linewidth=1, label="predicted = true", zorder=3)
    axes.figure.legend(loc="outside upper right", ncols=2, fontsize=SMALL, labelcolor=INK)


def _draw_points(axes: Axes, predictions: pd.DataFrame) -> None:
    axes.scatter(
        predictions.true, predictions.predicted, s=16, color=BLUE, alpha=0.75, linewidths=0, clip_on=False, zorder=4
    )


def _draw_density(figure: Figure, axes: Axes, predictions: pd.DataFrame, limits: tuple[float, float]) -> None:
    """One color in a few strengths, which is seen on light and on dark ground alike."""
    cells = axes.hexbin(
        predictions.true, predictions.predicted, extent=(*limits, *limits), gridsize=_CELLS, mincnt=1, linewidths=0
    )
    fullest = float(np.max(np.asarray(cells.get_array()), initial=1))
    steps = [*(step for step in _STEPS if step <= fullest), fullest + 1]
    cells.set_cmap(ListedColormap([to_rgba(BLUE, alpha) for alpha in np.linspace(0.25, 1, len(steps) - 1)]))
    cells.set_norm(BoundaryNorm(steps, len(steps) - 1))
    bar = figure.colorbar(cells, ax=axes, label="faces in a cell", shrink=0.6, spacing="uniform", drawedges=False)
    bar.set_ticks(steps[:-1], labels=[f"{step:,}" for step in steps[:-1]])
