"""Sheets of faces for people to look at: what the set holds, and where its labels are likely to be wrong."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.figures import draw_sheet, save
from ageline.store import FaceSet

Positions = npt.NDArray[np.int64]


def draw_samples(path: Path, faces: FaceSet, number: int, note: str) -> None:
    """Faces spread evenly over all ages, the youngest and the oldest included."""
    by_age = faces.manifest.sort_values(["age", "face_id"]).index.to_numpy()
    chosen = by_age[np.linspace(0, len(faces) - 1, min(number, len(faces))).round().astype(int)]
    _draw(path, faces, chosen, "A sample of the training faces, by age", note)


def draw_extremes(path: Path, faces: FaceSet, number: int, note: str) -> None:
    """The youngest and the oldest faces: a child labelled 80 and an adult labelled 1 show here first."""
    youngest, oldest = find_extremes(faces.manifest, number)
    title = f"The {len(youngest)} youngest and the {len(oldest)} oldest training faces"
    _draw(path, faces, np.concatenate([youngest, oldest]), title, note)


def find_extremes(manifest: pd.DataFrame, number: int) -> tuple[Positions, Positions]:
    """The positions of the `number` youngest and the `number` oldest faces, each face once."""
    by_age = manifest.sort_values(["age", "face_id"]).index.to_numpy()
    youngest = by_age[: min(number, (len(by_age) + 1) // 2)]
    return youngest, by_age[max(len(youngest), len(by_age) - number) :]


def _draw(path: Path, faces: FaceSet, positions: Iterable[int], title: str, note: str) -> None:
    chosen = np.fromiter(positions, int)
    captions = [f"age {age:g}" for age in faces.manifest.age.iloc[chosen]]
    save(draw_sheet(faces.pixels(chosen), captions, title, note=note), path)
