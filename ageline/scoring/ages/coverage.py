"""How often intervals hold the true age and how wide they are: over all faces, by level and by predicted age.

| name | definition | unit |
|---|---|---|
| coverage | share of faces with low <= true age <= high | share |
| width | mean of high - low | years |

Faces without an interval, NaN, are not counted. Whose the intervals are does not matter: ours or another system's.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pandas as pd

from ageline.scoring.ages.conformal import Calibration
from ageline.scoring.ages.predictions import errors
from ageline.scoring.bins import bin_labels
from ageline.scoring.intervals import share_columns, wilson_interval
from ageline.scoring.reach import DECIMALS, bins_by_prediction

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_CHANCE = 1.96  # standard deviations below which a shortfall is put down to chance


def measure_coverage(predictions: pd.DataFrame) -> dict[str, float]:
    """Coverage and width of the intervals, rounded to 4 decimals; nothing where no face has one."""
    known = with_intervals(predictions)
    if known.empty:
        return {}
    coverage, width = float(_held(known).mean()), float((known.high - known.low).mean())
    return {"coverage": round(coverage, DECIMALS), "width": round(width, DECIMALS)}


def table_by_level(
    calibration: Calibration, predictions: pd.DataFrame, levels: Sequence[float] = LEVELS
) -> pd.DataFrame:
    """What intervals of each level hold, which is `level` where they are right.

    Returns:
        Columns level, coverage, coverage_low, coverage_high (95% Wilson interval) and width (mean, years); all but
        level are null where the validation faces are too few for it.
    """
    given = [predictions.assign(**calibration.intervals(predictions, level)) for level in levels]
    rows = [{"level": level, **_coverage_columns(faces)} for level, faces in zip(levels, given, strict=True)]
    return pd.DataFrame(rows)


def table_by_predicted_age(
    predictions: pd.DataFrame, calibrated_on: pd.Series | None, age_bins: Sequence[float]
) -> pd.DataFrame:
    """What the intervals hold in each bin of predicted age, youngest first, bins without faces included.

    By predicted age, not by true age: an interval is chosen by what is known of a face before its age is.

    Args:
        predictions: with low and high.
        calibrated_on: validation faces behind each face's interval; None where that is not known.
        age_bins: the first age in years of each bin.

    Returns:
        Columns age_bin, n (faces with an interval), coverage, coverage_low, coverage_high, width (mean, years) and
        calibrated_on. Without faces all but n are null.
    """
    known = with_intervals(predictions)
    bins = bins_by_prediction(known.predicted, age_bins)
    behind = pd.Series(pd.NA, known.index) if calibrated_on is None else calibrated_on[known.index]
    rows = []
    for place, name in enumerate(bin_labels(age_bins)):
        inside = bins == place
        first = behind[inside].iloc[0] if inside.any() else pd.NA  # alike for all faces of a bin
        columns = _coverage_columns(known[inside])
        rows.append({"age_bin": name, "n": int(inside.sum()), **columns, "calibrated_on": first})
    return pd.DataFrame(rows).astype({"calibrated_on": "Int64"})


def explain_shortfall(predictions: pd.DataFrame, level: float, calibration: Calibration | None = None) -> str | None:
    """A sentence where coverage is below `level` by more than the choice of faces explains, with the reason found.

    Args:
        predictions: with low and high.
        level: that the intervals are meant for.
        calibration: of the intervals; without it no reason is looked for.

    Returns:
        None where the 95% Wilson interval of coverage reaches `level`, or no face has an interval.
    """
    known = with_intervals(predictions)
    coverage = _coverage_columns(known)
    if known.empty or coverage["coverage_high"] >= level:
        return None
    said = (
        f"The {100 * level:.4g}% intervals hold the true age of only {coverage['coverage']:.1%} of the"
        f" {len(known):,} faces (95% interval {coverage['coverage_low']:.1%} to {coverage['coverage_high']:.1%})"
    )
    return f"{said}." if calibration is None else f"{said}: {_reason(known, level, calibration)}."


def with_intervals(predictions: pd.DataFrame) -> pd.DataFrame:
    """The faces that have an interval."""
    if not {"low", "high"} <= set(predictions):
        return predictions.head(0).assign(low=np.nan, high=np.nan)
    return predictions[predictions.low.notna() & predictions.high.notna()]


def _held(known: pd.DataFrame) -> pd.Series:
    return (known.low <= known.true) & (known.true <= known.high)


def _coverage_columns(predictions: pd.DataFrame) -> dict[str, float]:
    known = with_intervals(predictions)
    width = float((known.high - known.low).mean()) if len(known) else np.nan
    return {**share_columns("coverage", int(_held(known).sum()), len(known), wilson_interval), "width": width}


def _reason(known: pd.DataFrame, level: float, calibration: Calibration) -> str:
    validation = calibration.validation
    if level - float(_held(known).mean()) <= _CHANCE * _deviation(known, level, calibration):
        return (
            f"no more than chance explains, for they rest on {len(validation):,} validation faces; more of them would"
            " steady it"
        )
    distance, before = (float(errors(faces).abs().quantile(level)) for faces in (known, validation))
    if distance <= before:
        return "no reason found, for the errors are no larger than on the validation fold"
    return (
        f"these faces are harder than the validation fold, on which they rest: {100 * level:.4g}% of the absolute"
        f" errors are within {distance:.1f} years, there within {before:.1f}; the mean true age is"
        f" {known.true.mean():.1f}, there {validation.true.mean():.1f}"
    )


def _deviation(known: pd.DataFrame, level: float, calibration: Calibration) -> float:
    """The standard deviation of coverage over draws of validation and test faces, all drawn alike.

    With n validation faces behind it, the coverage of an interval has a beta distribution of rank and n + 1 - rank
    (Vovk 2012, "Conditional validity of inductive conformal predictors"), of variance near level (1 - level) / (n + 2).
    """
    groups = calibration.calibrated_on(known, level).groupby(calibration.groups(known, level))
    of_calibration = float(((groups.size() / len(known)) ** 2 / (groups.first() + 2)).sum())
    return sqrt(level * (1 - level) * (of_calibration + 1 / len(known)))
