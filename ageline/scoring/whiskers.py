"""Dots with whiskers: a measured value and the interval it may lie in, where both are known."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from ageline.figures.style import BLUE


def draw_whiskers(
    axes: Axes,
    positions: npt.ArrayLike,
    values: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    across: bool = False,
    color: str = BLUE,
    marker: str = "o",
) -> None:
    """Draw a dot for each known value and its whiskers where the interval is known too.

    Args:
        axes: to draw on.
        positions: of the dots along the other axis, `[n]`.
        values: NaN where nothing is known, `[n]`.
        low: the lower ends, NaN where there is no interval, `[n]`.
        high: the upper ends, `[n]`.
        across: values run along x, not y.
        color: one of `ageline.figures.style`.
        marker: of the values, "none" for whiskers alone.
    """
    place, value = np.asarray(positions, np.float64), np.asarray(values, np.float64)
    # An end that was rounded may lie on the wrong side of its value by the last digit.
    reach = np.stack([value - np.asarray(low, np.float64), np.asarray(high, np.float64) - value]).clip(min=0)
    known, bounded = np.isfinite(value), np.isfinite(value) & np.isfinite(reach).all(axis=0)
    look: dict[str, Any] = {"color": color, "clip_on": False, "zorder": 4}
    x, y = (value, place) if across else (place, value)
    if not known.any():  # lines without points, unclipped, would have the layout collapse
        return
    axes.plot(x[known], y[known], marker=marker, linestyle="none", markersize=5, **look)
    if bounded.any():
        error: dict[str, Any] = {"xerr" if across else "yerr": reach[:, bounded]}
        axes.errorbar(x[bounded], y[bounded], **error, fmt="none", capsize=3, elinewidth=1.2, **look)
