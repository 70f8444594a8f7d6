"""The axis of ages that panels below one another share."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ageline.figures.style import SMALL

_LETTERS = 90  # small ones that have room beside one another on a wide figure


def share_ages(panels: Sequence[Axes], names: Sequence[str], label: str) -> None:
    """The same ages along all panels, named below the last; every so many where all would not find room.

    Args:
        panels: from top to bottom, with the ages at 0, 1, 2 and so on.
        names: of the ages.
        label: of the axis.
    """
    longest = max(map(len, names), default=1)
    every = -(-len(names) * (longest + 1) // _LETTERS)
    shown = range(0, len(names), max(1, every))
    for axes in panels:
        axes.set_xlim(-0.7, len(names) - 0.3)
        axes.set_xticks(shown, [""] * len(shown))
        axes.grid(visible=False, axis="x")
    panels[-1].set_xticks(shown, [names[position] for position in shown], fontsize=SMALL)
    panels[-1].set_xlabel(label)
