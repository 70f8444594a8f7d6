"""The findings as pictures: pairs whose labels differ, and the most flawed photos."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.figures import caption, draw_sheet, save
from ageline.params import Target

PAIRS = 20
FLAWED = 10  # photos of each flaw
WORST_FIRST = {"blank": True, "blurred": True, "black_bars": False, "too_small": True}  # whether a low value is worse

Pixels = npt.NDArray[np.uint8]
ReadFaces = Callable[[Sequence[int]], Pixels]


def draw_duplicates(path: Path, duplicates: pd.DataFrame, target: Target, read: ReadFaces, note: str) -> None:
    """Two faces of each group, those whose labels differ most in front: by age; with target gender, first by gender.

    Args:
        path: of the PNG.
        duplicates: see `groups.find_duplicates`.
        target: what is learned.
        read: gives the faces at some of its index, uint8 RGB `[n, height, width, 3]`.
        note: where the faces come from.
    """
    grouped = duplicates[duplicates.duplicated("group", keep=False)]
    ordered, title = _ORDERS[target](grouped)
    groups = ordered.groupby("group", sort=False)
    # The first and the last of each group, which differ most, in the order that they have.
    chosen = ordered[(groups.cumcount() == 0) | (groups.cumcount(ascending=False) == 0)].head(2 * PAIRS)
    labels = [caption(target, gender, age) for gender, age in zip(chosen.gender, chosen.age, strict=True)]
    captions = [f"{kind.replace('_', ' ')}, {label}" for kind, label in zip(chosen.kind, labels, strict=True)]
    _draw(path, chosen.index.to_list(), captions, read, title, note)


def _by_age(grouped: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    ordered = grouped.sort_values(["age_gap", "group", "age"], ascending=[False, True, True])
    return ordered, "One photo twice, the largest differences in age first"


def _by_gender(grouped: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    genders = grouped.assign(genders=grouped.groupby("group").gender.transform("nunique"))
    keys = ["genders", "age_gap", "group", "gender", "age"]
    ordered = genders.sort_values(keys, ascending=[False, False, True, True, True])
    return ordered, "One photo twice, under two genders first, then by difference in age"


_ORDERS: dict[Target, Callable[[pd.DataFrame], tuple[pd.DataFrame, str]]] = {"age": _by_age, "gender": _by_gender}


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
