"""How many faces there are of each age or gender, and what is known about them."""

import numpy as np
import pandas as pd

from ageline.params import Target
from ageline.store.manifest import GENDERS

KNOWN = ["age", "gender", "ethnicity", "subject"]


def count_ages(folds: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Faces of each whole year of age, from the youngest to the oldest, those that nobody has included.

    Args:
        folds: manifests by name.

    Returns:
        A row per year: age, and a column for each fold.
    """
    years = {name: np.floor(fold.age.dropna()).astype(int) for name, fold in folds.items()}
    everyone = pd.concat(years.values())
    counts = pd.DataFrame({name: ages.value_counts() for name, ages in years.items()})
    span = pd.RangeIndex(everyone.min(), everyone.max() + 1, name="age")
    return counts.reindex(span).fillna(0).astype(int).reset_index()


def count_genders(folds: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Faces of each gender, in the order of a model's classes: gender, and a column for each fold."""
    genders = pd.Index(GENDERS, name="gender")
    counts = pd.DataFrame({name: fold.gender.value_counts() for name, fold in folds.items()})
    return counts.reindex(genders).fillna(0).astype(int).reset_index()


def summarise(folds: dict[str, pd.DataFrame], target: Target) -> pd.DataFrame:
    """A row per fold: faces; mean, median, lowest and highest age (years); faces of which each label is missing.

    With target gender, also the faces of each gender. Ages are those that are known.
    """
    return pd.DataFrame([{"fold": name} | _summary(fold, target) for name, fold in folds.items()])


def _summary(fold: pd.DataFrame, target: Target) -> dict[str, float]:
    genders = {gender: int((fold.gender == gender).sum()) for gender in GENDERS} if target == "gender" else {}
    ages = {
        "faces": len(fold),
        **genders,
        "mean_age": fold.age.mean(),
        "median_age": fold.age.median(),
        "youngest": fold.age.min(),
        "oldest": fold.age.max(),
    }
    return ages | {f"{label}_missing": int(fold[label].isna().sum()) for label in KNOWN}


def count_sizes(folds: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """How many raw photos have which size: width, height (pixels) and faces, the commonest first."""
    sizes = pd.concat(folds.values())[["width", "height"]]
    counts = sizes.value_counts().rename("faces").reset_index()
    return counts.sort_values(["faces", "width", "height"], ascending=[False, True, True], ignore_index=True)
