"""The distributions that decide what a model can learn: ages of each fold, and how large the raw photos are."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ageline.figures import new_axes, new_panels, save, styled
from ageline.figures.style import BLUE, GREY, LIGHT, ORANGE, write_count


@styled()
def draw_ages(path: Path, counts: pd.DataFrame, min_per_age: int, note: str) -> None:
    """Faces of each year of age, a panel for each fold; training ages with under `min_per_age` faces stand out."""
    folds = [name for name in counts.columns if name != "age"]
    figure, panels = new_panels("Faces of each age", rows=len(folds), size=(7.2, 1.2 + 1.9 * len(folds)), note=note)
    for fold, axes in zip(folds, panels, strict=True):
        rare = (counts[fold] < min_per_age) & (fold == "train")
        axes.bar(counts.age, counts[fold], width=1.0, color=np.where(rare, ORANGE, BLUE), edgecolor="white", lw=0.3)
        axes.set(ylabel=f"{fold} (faces)", xlabel="age (years)" if fold == folds[-1] else "")
        write_count(axes, int(counts[fold].sum()))
    if min_per_age and "train" in folds:
        _draw_limit(panels[folds.index("train")], min_per_age)
    save(figure, path)


def _draw_limit(axes: Axes, min_per_age: int) -> None:
    line = axes.axhline(min_per_age, color=GREY, lw=0.8, ls="--")
    line.set_label(f"rare: under {min_per_age} faces (augment.min_per_age)")
    axes.legend(loc="upper right")


@styled()
def draw_sizes(path: Path, folds: Mapping[str, pd.DataFrame], ingested: tuple[int, int], note: str) -> None:
    """Width against height of the raw photos, and the size to which ingest brought them."""
    sizes = pd.concat(folds.values())[["width", "height"]].value_counts().reset_index(name="faces")
    figure, axes = new_axes(
        "Sizes of the raw photos", "width (pixels)", "height (pixels)", faces=int(sizes.faces.sum()), note=note
    )
    area = 12 + 200 * sizes.faces / sizes.faces.max()
    axes.scatter(sizes.width, sizes.height, s=area, color=BLUE, alpha=0.5, lw=0, label="raw photos, area by number")
    axes.scatter(ingested[1], ingested[0], marker="+", s=120, color=ORANGE, label="ingested (ingest.image_size)")
    longest = 1.1 * max(sizes.width.max(), sizes.height.max())
    axes.plot([0, longest], [0, longest], color=LIGHT, lw=0.8, zorder=0)
    axes.set(xlim=(0, longest), ylim=(0, longest))
    axes.legend(loc="upper left")
    save(figure, path)
