"""Predicted genders counted: by age, by gender, by ethnicity, which was taken for which, and the gaps between groups.

A gap is that between the most and the least accurate group of a grouping. Which two these are is seen in the same faces
that the gap is measured on, so it is larger, the more groups there are, than the gap of two that were named beforehand;
its interval does not allow for that.
"""

from collections.abc import Mapping, Sequence
from math import hypot

import pandas as pd

from ageline.scoring.bins import faces_by_bin
from ageline.scoring.genders.metrics import balanced_accuracy, correct
from ageline.scoring.groups import Group, compare, faces_by_value
from ageline.scoring.intervals import share_columns, wilson_interval
from ageline.scoring.reach import DECIMALS
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
    return _table_of_accuracy(aged, "age_bin", faces_by_bin(aged.age, age_bins))


def table_by_ethnicity(predictions: pd.DataFrame) -> pd.DataFrame | None:
    """The accuracy of each ethnicity, that of faces without one last as "unknown".

    Args:
        predictions: checked, with the column ethnicity, null where it is not known.

    Returns:
        Columns ethnicity, n (faces), accuracy, accuracy_low, accuracy_high and balanced_accuracy; None where no face
        has an ethnicity.
    """
    groups = faces_by_value(predictions, "ethnicity")
    return _table_of_accuracy(predictions, "ethnicity", groups) if groups else None


def table_of_gaps(aged: pd.DataFrame, age_bins: Sequence[float]) -> pd.DataFrame | None:
    """The largest gap in accuracy between age bins, genders (as labelled) and ethnicities of at least 50 faces each.

    Args:
        aged: checked predictions with their age, and with their ethnicity where that is known.
        age_bins: the first age in years of each bin.

    Returns:
        Columns grouping (age_bin, gender or ethnicity), worst and best (the two groups), gap (share of faces), gap_low
        and gap_high (of `difference_interval`). A grouping with fewer than two such groups has no row; None where no
        grouping has.
    """
    groupings: Mapping[str, Sequence[Group]] = {
        "age_bin": faces_by_bin(aged.age, age_bins),
        "gender": faces_by_value(aged, "true"),
        "ethnicity": faces_by_value(aged, "ethnicity"),
    }
    return compare(groupings, correct(aged), _gap)


def difference_interval(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """The 95% interval of one share minus another, of different faces, each share given as (hits, count).

    Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 17, method 10: from the Wilson interval of each.
    """
    share, other = first[0] / first[1], second[0] / second[1]
    (low, high), (other_low, other_high) = wilson_interval(*first), wilson_interval(*second)
    gap = share - other
    return gap - hypot(share - low, other_high - other), gap + hypot(high - share, other - other_low)


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


def _table_of_accuracy(predictions: pd.DataFrame, key: str, groups: Sequence[Group]) -> pd.DataFrame:
    rows = [
        {
            key: name,
            **_share(correct(predictions[inside]), "accuracy"),
            "balanced_accuracy": balanced_accuracy(predictions[inside]),
        }
        for name, inside in groups
    ]
    return pd.DataFrame(rows).round(DECIMALS)


def _gap(right: Mapping[str, pd.Series]) -> dict[str, str | float]:
    """The gap between the groups of smallest and largest accuracy; of equal ones the first and the last."""
    accuracy = {name: float(faces.mean()) for name, faces in right.items()}
    worst, *_, best = sorted(accuracy, key=lambda name: accuracy[name])
    low, high = difference_interval(*((int(right[name].sum()), len(right[name])) for name in (best, worst)))
    shares = {"gap": accuracy[best] - accuracy[worst], "gap_low": low, "gap_high": high}
    return {"worst": worst, "best": best, **{name: round(share, DECIMALS) + 0.0 for name, share in shares.items()}}


def _share(right: pd.Series, name: str) -> dict[str, float | int]:
    return {"n": len(right), **share_columns(name, int(right.sum()), len(right), wilson_interval)}
