"""Sheets of faces for people to look at: what the set holds, and where its labels are likely to be wrong."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.figures import caption, draw_sheet, save
from ageline.params import Target
from ageline.store.faceset import FaceSet

Positions = npt.NDArray[np.int64]


def draw_samples(path: Path, faces: FaceSet, number: int, target: Target, note: str) -> None:
    """Faces spread evenly over all ages or, with target gender, all genders and their ages; both ends are included."""
    keys = ["age", "face_id"] if target == "age" else ["gender", "age", "face_id"]
    ordered = faces.manifest.sort_values(keys).index.to_numpy()
    chosen = ordered[np.linspace(0, len(faces) - 1, min(number, len(faces))).round().astype(int)]
    by = "gender and age" if target == "gender" and faces.manifest.age.notna().any() else target
    _draw(path, faces, chosen, target, f"A sample of the training faces, by {by}", note)


def draw_extremes(path: Path, faces: FaceSet, number: int, target: Target, note: str) -> None:
    """The youngest and the oldest faces: a child labelled 80 and an adult labelled 1 show here first.

    Where no age is known the sheet says so, for whoever looks for it.
    """
    youngest, oldest = find_extremes(faces.manifest, number)
    title = f"The {len(youngest)} youngest and the {len(oldest)} oldest training faces"
    if faces.manifest.age.isna().any():
        title = f"{title} of known age" if len(youngest) else "The youngest and the oldest training faces of known age"
    _draw(path, faces, np.concatenate([youngest, oldest]), target, title, note)


def find_extremes(manifest: pd.DataFrame, number: int) -> tuple[Positions, Positions]:
    """The positions of the `number` youngest and the `number` oldest faces of known age, each face once."""
    by_age = manifest[manifest.age.notna()].sort_values(["age", "face_id"]).index.to_numpy()
    youngest = by_age[: min(number, (len(by_age) + 1) // 2)]
    return youngest, by_age[max(len(youngest), len(by_age) - number) :]


def _draw(path: Path, faces: FaceSet, positions: Iterable[int], target: Target, title: str, note: str) -> None:
    chosen = np.fromiter(positions, int)
    labels = faces.manifest.iloc[chosen]
    captions = [caption(target, gender, age) for gender, age in zip(labels.gender, labels.age, strict=True)]
    pixels = faces.pixels(chosen) if len(chosen) else np.empty((0, 1, 1, 3), np.uint8)
    save(draw_sheet(pixels, captions, title, note=note), path)
