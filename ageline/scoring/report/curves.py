"""Learning curves: how error and loss went down, epoch by epoch."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ageline.figures import new_panels, styled
from ageline.figures.style import BLUE, GREY, LIGHT, ORANGE, SMALL

_PANEL = 1.75  # inches high
_NAMES = {"mae": "mean error (years)", "accuracy": "accuracy", "loss": "loss", "learning_rate": "learning rate"}


@styled()
def draw_curves(history: pd.DataFrame) -> Figure:
    """The metric, the loss where it is another, and the learning rate, over the epochs; phases are set apart."""
    shown = [name for name in ("mae", "accuracy", "loss", "learning_rate") if name in history]
    if "mae" in history and history.mae.equals(history.loss):  # trained on what is measured
        shown.remove("loss")
    figure, panels = new_panels("Learning curves", rows=len(shown), size=(7.2, 0.6 + _PANEL * len(shown)))
    for axes, name in zip(panels, shown, strict=True):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _draw_panel(axes, history, name)
        _draw_phases(axes, history)
    panels[-1].set_xlabel("epoch")
    if len(shown) > 1:
        panels[0].legend(loc="best", fontsize=SMALL)
    _name_phases(panels[0], history)
    return figure


def _draw_panel(axes: Axes, history: pd.DataFrame, name: str) -> None:
    axes.set_ylabel(_NAMES[name])
    if name == "learning_rate":
        axes.plot(history.epoch, history[name], color=GREY)
        return
    mark = "." if len(history) < 40 else ""
    axes.plot(history.epoch, history[name], color=ORANGE, linestyle="--", label="training faces", marker=mark)
    if f"val_{name}" in history:
        axes.plot(history.epoch, history[f"val_{name}"], color=BLUE, label="validation faces", marker=mark)


def _draw_phases(axes: Axes, history: pd.DataFrame) -> None:
    """A line before the first epoch of each phase but the first."""
    first = history.groupby("phase", sort=False).epoch.min()
    for epoch in first.iloc[1:]:
        axes.axvline(epoch - 0.5, color=LIGHT, linewidth=1.5)


def _name_phases(axes: Axes, history: pd.DataFrame) -> None:
    named = history.groupby("phase", sort=False).epoch.agg(["min", "max"])
    text = ", ".join(f"{phase} {low}-{high}" for phase, (low, high) in zip(named.index, named.to_numpy(), strict=True))
    axes.set_title(f"phases and their epochs: {text}", loc="left", fontsize=SMALL, color=GREY)
