"""The decision at the till: from which predicted age a face passes without being asked for an ID.

A minor is under 18 years. A face passes where predicted >= threshold.

| name | definition | unit |
|---|---|---|
| threshold | the smallest that the validation minors support, see `choose_threshold` | years |
| minor_pass | share of the minors that pass at it | share |

None of this verifies an age: it says how often a guess from a photo lets a minor pass.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.scoring.intervals import clopper_pearson_interval, share_columns
from ageline.scoring.reach import DECIMALS

OF_AGE = 18  # years
YEARS = range(13, 18)  # single ages of minors who may look of age
_OUTCOMES = ("under 13", *map(str, YEARS), "18-24", "25+")
_FIRST = (-np.inf, *YEARS, OF_AGE, 25)  # age in years of each row of outcomes


class Choice(NamedTuple):
    """The threshold that validation supports.

    Attributes:
        threshold: in years; None where no threshold is supported.
        bound: (k + 1) / (n + 1) for k of n validation minors that pass, minor_pass at most; None without a threshold.
        sentence: what was chosen and why, or what it would take.
    """

    threshold: int | None
    sentence: str


def choose_threshold(validation: pd.DataFrame | None, thresholds: Sequence[int], minor_pass: float) -> Choice:
    """The smallest threshold for which (k + 1) / (n + 1) <= minor_pass, where k of the n validation minors pass.

    A new minor drawn like the n then passes with a chance of at most `minor_pass`, over draws of all n + 1. For let
    K(T) of the n + 1 be predicted as T or older, and S be the smallest threshold with K(S) <= minor_pass * (n + 1). S
    depends on the n + 1 as a set only, so the new one, which may be any of them, passes S with a chance of at most
    minor_pass. Since K(T) <= k(T) + 1, the threshold chosen is S or higher, which no more minors pass. This is
    conformal risk control (Angelopoulos et al. 2022, arXiv 2208.02814) of a loss of 0 or 1. Were every age a threshold,
    a face would pass that is predicted above the ceil((n + 1) * (1 - minor_pass))-th smallest age of the n.

    Args:
        validation: a checked predictions table of the validation fold; None where there is none.
        thresholds: whole years, ascending, such as range(18, 31).
        minor_pass: the chance allowed, above 0.
    """
    predicted = _of_minors(validation)
    minors, needed = len(predicted), ceil(1 / Fraction(str(minor_pass))) - 1
    if validation is None:
        return Choice(None, _without_validation(needed, minor_pass))
    if minors < needed:
        return Choice(None, _too_few(minors, needed, minor_pass))
    allowed = floor((minors + 1) * Fraction(str(minor_pass)))
    for threshold in thresholds:
        passing = _passing(predicted, threshold)
        if passing + 1 <= allowed:
            return _chosen(threshold, passing, minors, minor_pass)
    return Choice(None, _too_many(thresholds[-1], passing, minors, minor_pass))


def table_of_thresholds(
    predictions: pd.DataFrame, validation: pd.DataFrame | None, thresholds: Sequence[int], chosen: int | None
) -> pd.DataFrame:
    """Who passes and who is asked at each threshold; `chosen` is that of `choose_threshold`.

    Returns:
        Columns threshold, minors, minors_pass, minor_pass, minor_pass_low, minor_pass_high (95% Clopper-Pearson
        interval), adults, adults_asked, adult_ask, adult_ask_low, adult_ask_high, validation_bound ((k + 1) / (n + 1),
        null without validation minors) and chosen. Shares are null where there are no minors, or no adults.
    """
    rows = [
        {
            "threshold": threshold,
            **_minor_columns(predictions, threshold),
            **_adult_columns(predictions, threshold),
            "validation_bound": _bound(validation, threshold),
            "chosen": threshold == chosen,
        }
        for threshold in thresholds
    ]
    return pd.DataFrame(rows)


def table_by_year_of_minors(predictions: pd.DataFrame, thresholds: Sequence[int]) -> pd.DataFrame:
    """Who passes at each threshold among minors of each age from 13 to 17, in completed years.

    Returns:
        Columns threshold, age, n, passed, pass_rate, pass_rate_low and pass_rate_high (95% Clopper-Pearson interval).
    """
    ages = np.floor(predictions.true)
    rows = []
    for threshold in thresholds:
        for age in YEARS:
            predicted = predictions.predicted[ages == age]
            passed, count = int((predicted >= threshold).sum()), len(predicted)
            shares = share_columns("pass_rate", passed, count, clopper_pearson_interval)
            rows.append({"threshold": threshold, "age": age, "n": count, "passed": passed, **shares})
    return pd.DataFrame(rows)


def table_of_outcomes(predictions: pd.DataFrame, threshold: int | None) -> pd.DataFrame | None:
    """What becomes of the faces of each age at a threshold; None without a threshold or without intervals.

    Returns:
        Columns age ("under 13", "13" to "17", "18-24", "25+": completed years), n, passed (predicted >= threshold),
        too_young (not passed, and the interval ends below 18) and asked (all others).
    """
    if threshold is None or "high" not in predictions or predictions.high.isna().all():
        return None
    passed = predictions.predicted >= threshold
    too_young = ~passed & (predictions.high < OF_AGE)
    counts = pd.DataFrame({"n": 1, "passed": passed, "asked": ~passed & ~too_young, "too_young": too_young}).astype(int)
    ages = np.searchsorted(_FIRST, predictions.true, side="right") - 1
    table = counts.groupby(ages).sum().reindex(range(len(_OUTCOMES)), fill_value=0)
    return table.reset_index(drop=True).assign(age=_OUTCOMES)[["age", *counts]]


def measure_till(predictions: pd.DataFrame, threshold: int | None) -> dict[str, float | int]:
    """The threshold and, where there are minors, the share of them that passes, rounded to 4 decimals."""
    if threshold is None:
        return {}
    share = _minor_columns(predictions, threshold)["minor_pass"]
    return {"threshold": threshold} | ({} if np.isnan(share) else {"minor_pass": round(share, DECIMALS)})


def _of_minors(predictions: pd.DataFrame | None) -> npt.NDArray[np.float64]:
    """The predicted ages of the minors, `[minors]`."""
    if predictions is None:
        return np.empty(0)
    return predictions.predicted[predictions.true < OF_AGE].to_numpy(np.float64)


def _passing(predicted: npt.NDArray[np.float64], threshold: int) -> int:
    return int((predicted >= threshold).sum())


def _bound(validation: pd.DataFrame | None, threshold: int) -> float:
    predicted = _of_minors(validation)
    return (_passing(predicted, threshold) + 1) / (len(predicted) + 1) if len(predicted) else np.nan


def _minor_columns(predictions: pd.DataFrame, threshold: int) -> dict[str, float]:
    predicted = _of_minors(predictions)
    minors, passing = len(predicted), _passing(predicted, threshold)
    shares = share_columns("minor_pass", passing, minors, clopper_pearson_interval)
    return {"minors": minors, "minors_pass": passing, **shares}


def _adult_columns(predictions: pd.DataFrame, threshold: int) -> dict[str, float]:
    predicted = predictions.predicted[predictions.true >= OF_AGE]
    adults, asked = len(predicted), int((predicted < threshold).sum())
    shares = share_columns("adult_ask", asked, adults, clopper_pearson_interval)
    return {"adults": adults, "adults_asked": asked, **shares}


def _chosen(threshold: int, passing: int, minors: int, minor_pass: float) -> Choice:
    said = (
        f"The threshold is {threshold} years: {passing:,} of the {minors:,} validation minors pass it, few enough that"
        f" another minor like them passes with a chance of at most {_percent(minor_pass)}, on average over such choices"
        " of validation faces; for these alone it may be more."
    )
    return Choice(threshold, said)


def _without_validation(needed: int, minor_pass: float) -> str:
    return (
        f"No threshold is chosen: to let at most {_percent(minor_pass)} of minors pass takes {needed:,} validation"
        f" faces under {OF_AGE}, and there is no validation fold. Give one (with `ageline score`, a column of splits,"
        " see --split and --calibrate)."
    )


def _too_few(minors: int, needed: int, minor_pass: float) -> str:
    found = f"there are {minors:,}" if minors else "there are none"
    return (
        f"No threshold is chosen: to let at most {_percent(minor_pass)} of minors pass takes {needed:,} validation"
        f" faces under {OF_AGE}, and {found}. Give the validation fold more of them, or raise evaluate.minor_pass."
    )


def _too_many(last: int, passing: int, minors: int, minor_pass: float) -> str:
    bound = (passing + 1) / (minors + 1)
    return (
        f"No threshold is chosen: even at {last} years {passing:,} of the {minors:,} validation minors pass, which"
        f" bounds the chance that a minor passes by {_percent(bound)} only, and evaluate.minor_pass is"
        f" {_percent(minor_pass)}. Raise it, or the last of evaluate.thresholds."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
