"""The findings as pictures: pairs whose labels differ, and the most flawed photos."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.figures import draw_sheet, save

PAIRS = 20
FLAWED = 10  # photos of each flaw
WORST_FIRST = {"blank": True, "blurred": True, "black_bars": False, "too_small": True}  # whether a low value is worse

Pixels = npt.NDArray[np.uint8]
ReadFaces = Callable[[Sequence[int]], Pixels]


def draw_duplicates(path: Path, duplicates: pd.DataFrame, read: ReadFaces, note: str) -> None:
    """Two faces of each group, the groups of the largest age gap first.

    Args:
        path: of the PNG.
        duplicates: see `groups.find_duplicates`.
        read: gives the faces at some of its index, uint8 RGB `[n, height, width, 3]`.
        note: where the faces come from.
    """
    grouped = duplicates[duplicates.duplicated("group", keep=False)]
    ordered = grouped.sort_values(["age_gap", "group", "age"], ascending=[False, True, True])
    groups = ordered.groupby("group", sort=False)
    # The youngest and the oldest of each group, in the order that they have.
    chosen = ordered[(groups.cumcount() == 0) | (groups.cumcount(ascending=False) == 0)].head(2 * PAIRS)
    captions = [f"{kind.replace('_', ' ')}, age {age:g}" for kind, age in zip(chosen.kind, chosen.age, strict=True)]
    _draw(path, chosen.index.to_list(), captions, read, "One photo twice, the largest differences in age first", note)


def draw_flaws(path: Path, flaws: pd.DataFrame, read: ReadFaces, note: str) -> None:
    """The photos that are the most blank, blurred, barred and small; arguments as of `draw_duplicates`."""
    worst = [
        flaws[flaws.finding == name].sort_values("value", ascending=ascending).head(FLAWED)
        for name, ascending in WORST_FIRST.items()
    ]
    chosen = pd.concat(worst)
    captions = [
        f"{name.replace('_', ' ')} {value:.3g}" for name, value in zip(chosen.finding, chosen.value, strict=True)
    ]
    _draw(path, chosen.index.to_list(), captions, read, "Blank, blurred, barred and small photos", note)


def _draw(path: Path, places: Sequence[int], captions: Sequence[str], read: ReadFaces, title: str, note: str) -> None:
    faces = read(places) if places else np.empty((0, 8, 8, 3), np.uint8)
    save(draw_sheet(faces, captions, title, note=note), path)
