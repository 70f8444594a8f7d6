"""Sheets of faces for people to look at: what the set holds, and where its labels are likely to be wrong."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ageline.figures import draw_sheet, save
from ageline.store import FaceSet


def draw_samples(path: Path, faces: FaceSet, number: int, note: str) -> None:
    """Faces spread evenly over all ages, the youngest and the oldest included."""
    by_age = faces.manifest.sort_values(["age", "face_id"]).index.to_numpy()
    chosen = by_age[np.linspace(0, len(faces) - 1, min(number, len(faces))).round().astype(int)]
    _draw(path, faces, chosen, "A sample of the training faces, by age", note)


def draw_extremes(path: Path, faces: FaceSet, number: int, note: str) -> None:
    """The youngest and the oldest faces: a child labelled 80 and an adult labelled 1 show here first."""
    by_age = faces.manifest.sort_values(["age", "face_id"]).index.to_numpy()
    youngest = by_age[: min(number, (len(faces) + 1) // 2)]
    oldest = by_age[max(len(youngest), len(faces) - number) :]
    title = f"The {len(youngest)} youngest and the {len(oldest)} oldest training faces"
    _draw(path, faces, np.concatenate([youngest, oldest]), title, note)


def _draw(path: Path, faces: FaceSet, positions: Iterable[int], title: str, note: str) -> None:
    chosen = np.fromiter(positions, int)
    captions = [f"age {age:g}" for age in faces.manifest.age.iloc[chosen]]
    save(draw_sheet(faces.pixels(chosen), captions, title, note=note), path)
