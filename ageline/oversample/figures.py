"""What oversampling changed: faces of each age before and after, and originals beside their copies."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ageline.figures import draw_sheet, new_axes, save, styled
from ageline.figures.style import BLUE, GREY, ORANGE
from ageline.store import FaceSet

_SHOWN = 8  # originals on the sheet


@styled()
def draw_balance(path: Path, balance: pd.DataFrame, min_per_age: int, note: str) -> None:
    """Training faces of each year of age, with the copies on top."""
    figure, axes = new_axes(
        "Training faces of each age, before and after",
        "age (years)",
        "faces",
        faces=int(balance.after.sum()),
        note=note,
    )
    axes.bar(balance.age, balance.before, width=1.0, color=BLUE, edgecolor="white", lw=0.3, label="faces")
    axes.bar(
        balance.age, balance.copies, bottom=balance.before, width=1.0, color=ORANGE, edgecolor="white", lw=0.3,
        label="copies",
    )  # fmt: skip
    axes.axhline(min_per_age, color=GREY, lw=0.8, ls="--", label=f"augment.min_per_age, {min_per_age} faces")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right")
    save(figure, path)


def draw_copies_sheet(path: Path, faces: FaceSet, copies: FaceSet, note: str) -> None:
    """Some copied faces, each followed by its copies."""
    shown = _first_copies(copies.manifest)
    pixels, captions = [], []
    for original, group in shown.groupby("copy_of", sort=False):
        position = int(np.flatnonzero(faces.manifest.face_id == original)[0])
        pixels += [faces.pixels([position])[0], *copies.pixels(group.index.to_numpy())]
        captions += [f"age {group.age.iloc[0]:g}", *(f"copy {copy}" for copy in group["copy"])]
    images = np.stack(pixels) if pixels else np.empty((0, 1, 1, 3), np.uint8)
    save(draw_sheet(images, captions, "Faces of rare ages and their copies", note=note), path)


def _first_copies(copies: pd.DataFrame) -> pd.DataFrame:
    """The rows of some originals' copies, spread evenly over the ages."""
    originals = copies.sort_values(["age", "face_id"]).copy_of.drop_duplicates()
    chosen = originals.iloc[np.linspace(0, len(originals) - 1, min(_SHOWN, len(originals))).round().astype(int)]
    return copies[copies.copy_of.isin(chosen)].sort_values(["age", "copy_of", "copy"])
