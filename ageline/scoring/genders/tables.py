"""Predicted genders counted: by age, by gender, and which was taken for which."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ageline.scoring.bins import faces_by_bin
from ageline.scoring.genders.metrics import balanced_accuracy, correct
from ageline.scoring.intervals import wilson_interval
from ageline.scoring.predictions import DECIMALS
from ageline.store.manifest import GENDERS


def table_by_age(aged: pd.DataFrame, age_bins: Sequence[float]) -> pd.DataFrame:
    """The accuracy of each age bin, youngest first, bins without faces included.

    Args:
        aged: checked predictions with their age.
        age_bins: the first age in years of each bin.

    Returns:
        Columns age_bin (such as "18-24", or "unknown" for faces without an age, where there are any), n (faces),
        accuracy, accuracy_low, accuracy_high and balanced_accuracy, null in a bin without faces.
    """
    rows = [
        {
            "age_bin": name,
            **_share(correct(aged[inside]), "accuracy"),
            "balanced_accuracy": balanced_accuracy(aged[inside]),
        }
        for name, inside in faces_by_bin(aged.age, age_bins)
    ]
    return pd.DataFrame(rows).round(DECIMALS)


def table_by_gender(predictions: pd.DataFrame) -> pd.DataFrame:
    """How the faces of each gender fare.

    Returns:
        Columns gender, n (faces with this label), recall (share of them predicted so), recall_low, recall_high,
        n_predicted (faces predicted so, right or not) and precision (share of these that are labelled so); shares of
        nothing are null.
    """
    right = correct(predictions)
    rows = [
        {
            "gender": gender,
            **_share(right[predictions.true == gender], "recall"),
            "n_predicted": int((predictions.predicted == gender).sum()),
            "precision": right[predictions.predicted == gender].mean(),
        }
        for gender in GENDERS
    ]
    return pd.DataFrame(rows).round(DECIMALS)


def table_of_confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Columns true, predicted, n (faces) and share (of the faces labelled `true`; null where there are none)."""
    rows = []
    for true in GENDERS:
        labelled = predictions.predicted[predictions.true == true]
        rows += [
            {
                "true": true,
                "predicted": gender,
                "n": int((labelled == gender).sum()),
                "share": (labelled == gender).mean(),
            }
            for gender in GENDERS
        ]
    return pd.DataFrame(rows).round(DECIMALS)


def _share(right: pd.Series, name: str) -> dict[str, float | int]:
    if not len(right):
        return {"n": 0, name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    low, high = wilson_interval(int(right.sum()), len(right))
    return {"n": len(right), name: float(right.mean()), f"{name}_low": low, f"{name}_high": high}
