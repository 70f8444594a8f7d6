"""The distributions that decide what a model can learn: ages or genders of each fold, how large raw photos are."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ageline.figures import draw_sheet, new_axes, new_panels, save, styled
from ageline.figures.style import BLUE, GREY, LIGHT, ORANGE, SMALL, write_count
from ageline.store.manifest import GENDERS

COLORS = dict(zip(GENDERS, (ORANGE, BLUE), strict=True))


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
def draw_genders(path: Path, counts: pd.DataFrame, note: str) -> None:
    """Faces of each gender, a panel for each fold, which says what share the larger one has.

    That share is the accuracy of always answering the larger one: what a model's accuracy has to be held against.
    """
    folds = [name for name in counts.columns if name != "gender"]
    figure, panels = new_panels("Faces of each gender", columns=len(folds), size=(7.2, 3.6), note=note)
    for fold, axes in zip(folds, panels, strict=True):
        bars = axes.bar(counts.gender, counts[fold], width=0.6, color=[COLORS[name] for name in counts.gender])
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=SMALL)
        axes.set(ylim=(0, max(1, 1.12 * counts[fold].max())), xlabel=_larger(counts.set_index("gender")[fold]))
        axes.set_title(fold, loc="left")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=False, axis="x")
        write_count(axes, int(counts[fold].sum()))
    panels[0].set_ylabel("faces")
    save(figure, path)


def _larger(counts: pd.Series) -> str:
    """The larger gender's share, and what accuracy that is."""
    if not counts.any():
        return ""
    return f"{counts.max() / counts.sum():.1%} {counts.idxmax()}: the accuracy\nof always answering {counts.idxmax()}"


@styled()
def draw_ages_by_gender(path: Path, folds: Mapping[str, pd.DataFrame], note: str) -> None:
    """Faces of each known year of age, a panel for each fold: of one gender upwards, of the other downwards.

    Where no age is known the figure says so, for whoever looks for it.
    """
    known = {name: fold[fold.age.notna()] for name, fold in folds.items()}
    everyone = pd.concat(known.values()).age
    if everyone.empty:
        save(draw_sheet(np.empty((0, 1, 1, 3), np.uint8), [], "Faces of known age, by gender", note=note), path)
        return
    rows = len(folds)
    figure, panels = new_panels("Faces of each age, by gender", rows=rows, size=(7.2, 1.2 + 1.9 * rows), note=note)
    for (name, fold), axes in zip(known.items(), panels, strict=True):
        _draw_two_ways(axes, fold)
        axes.set(ylabel=f"{name} (faces)", xlim=(everyone.min() - 1, everyone.max() + 1))
        write_count(axes, len(fold))
    panels[0].legend(loc="upper right")
    panels[-1].set_xlabel("age (years)")
    save(figure, path)


def _draw_two_ways(axes: Axes, fold: pd.DataFrame) -> None:
    for gender, direction in zip(GENDERS, (1, -1), strict=True):
        years = np.floor(fold.age[fold.gender == gender]).value_counts().sort_index()
        axes.bar(
            years.index, direction * years, width=1.0, color=COLORS[gender], edgecolor="white", lw=0.3, label=gender
        )
    axes.axhline(0, color=GREY, lw=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(lambda faces, _: f"{abs(faces):g}")


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
