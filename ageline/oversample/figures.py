"""What oversampling changed: faces of each age or gender before and after, and originals beside their copies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ageline.figures import caption, draw_sheet, new_axes, save, styled
from ageline.figures.style import BLUE, GREY, ORANGE
from ageline.params import Target
from ageline.store.faceset import FaceSet

_SHOWN = 8  # originals on the sheet


@dataclass(frozen=True)
class _Look:
    """How ages, or genders, are shown.

    Attributes:
        label: of their axis.
        minimum: the key of params.yaml that says how many faces each should have.
        width: of a bar, as a share of the room for it.
        headroom: above the highest bar, as a share of it, for the legend; 0 leaves that to matplotlib.
        copies: the title of the sheet of copies.
    """

    label: str
    minimum: str
    width: float
    headroom: float
    copies: str


_LOOKS = {
    "age": _Look("age (years)", "augment.min_per_age", 1.0, 0.0, "Faces of rare ages and their copies"),
    "gender": _Look("gender", "augment.min_per_class", 0.5, 0.35, "Faces of a gender with too few, and their copies"),
}


@styled()
def draw_balance(path: Path, balance: pd.DataFrame, minimum: int, note: str) -> None:
    """Training faces of each year of age, or gender, with the copies on top, and up to where they were to bring it."""
    target = balance.columns[0]
    look = _LOOKS[target]
    figure, axes = new_axes(
        f"Training faces of each {target}, before and after",
        look.label,
        "faces",
        faces=int(balance.after.sum()),
        note=note,
    )
    kinds = balance[target]
    axes.bar(kinds, balance.before, width=look.width, color=BLUE, edgecolor="white", lw=0.3, label="faces")
    axes.bar(
        kinds, balance.copies, bottom=balance.before, width=look.width, color=ORANGE, edgecolor="white", lw=0.3,
        label="copies",
    )  # fmt: skip
    if minimum:
        axes.axhline(minimum, color=GREY, lw=0.8, ls="--", label=f"{look.minimum}, {minimum} faces")
    if look.headroom:
        axes.set_ylim(0, (1 + look.headroom) * max(1, minimum, balance.after.max()))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right")
    save(figure, path)


def draw_copies_sheet(path: Path, faces: FaceSet, copies: FaceSet, target: Target, note: str) -> None:
    """Some copied faces, each followed by its copies."""
    shown = _first_copies(copies.manifest, target)
    pixels, captions = [], []
    for original, group in shown.groupby("copy_of", sort=False):
        position = int(np.flatnonzero(faces.manifest.face_id == original)[0])
        pixels += [faces.pixels([position])[0], *copies.pixels(group.index.to_numpy())]
        captions += [
            caption(target, group.gender.iloc[0], group.age.iloc[0]),
            *(f"copy {copy}" for copy in group["copy"]),
        ]
    images = np.stack(pixels) if pixels else np.empty((0, 1, 1, 3), np.uint8)
    save(draw_sheet(images, captions, _LOOKS[target].copies, note=note), path)


def _first_copies(copies: pd.DataFrame, target: Target) -> pd.DataFrame:
    """The rows of some originals' copies, spread evenly over the ages or, with target gender, over both genders."""
    order = ["age"] if target == "age" else ["gender", "age"]
    originals = copies.sort_values([*order, "face_id"]).copy_of.drop_duplicates()
    chosen = originals.iloc[np.linspace(0, len(originals) - 1, min(_SHOWN, len(originals))).round().astype(int)]
    return copies[copies.copy_of.isin(chosen)].sort_values([*order, "copy_of", "copy"])
