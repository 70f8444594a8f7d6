"""The metrics of predicted ages, and the table of errors by age. With e the predicted minus the true age of a face:

| name | definition | unit |
|---|---|---|
| mae | mean of abs(e) | years |
| mae_low, mae_high | its 95% bootstrap interval over the test faces; left out where they are fewer than 5 | years |
| macro_mae | mean over the age bins that have faces of each bin's mae: rare ages count as much as common ones | years |
| rmse | square root of the mean of e squared | years |
| bias | mean of e; above 0 faces are taken for older than they are | years |
| cs5 | share of faces with abs(e) <= 5, the "cumulative score" of the literature (Geng et al. 2007) | share |
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.params import Bootstrap, Evaluate
from ageline.scoring.ages.predictions import errors
from ageline.scoring.bins import faces_by_bin
from ageline.scoring.intervals import bootstrap_interval
from ageline.scoring.reach import DECIMALS

CLOSE = 5.0  # years
FEWEST = 5  # faces: fewer tell too little for an interval


def measure(predictions: pd.DataFrame, by_age: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, float]:
    """The metrics of checked predictions, rounded to 4 decimals, in the order of the table above.

    Args:
        predictions: of `ageline.scoring.ages.predictions.check_predictions`.
        by_age: what `table_by_age` says of them.
        bootstrap: how the interval is drawn.
    """
    error, whole = errors(predictions), error_columns(errors(predictions), bootstrap)
    known = ["mae", "mae_low", "mae_high"] if len(error) >= FEWEST else ["mae"]
    found = {
        **{name: whole[name] for name in known},
        "macro_mae": by_age.mae.mean(),
        "rmse": np.sqrt((error**2).mean()),
        "bias": error.mean(),
        "cs5": (error.abs() <= CLOSE).mean(),
    }
    return {name: round(float(value), DECIMALS) + 0.0 for name, value in found.items()}


def table_by_age(predictions: pd.DataFrame, evaluate: Evaluate) -> pd.DataFrame:
    """The errors of each age bin, youngest first, bins without faces included.

    Returns:
        Columns age_bin (such as "18-24") and those of `error_columns`.
    """
    bins = faces_by_bin(predictions.true, evaluate.age_bins)
    return table_of_errors(predictions, "age_bin", bins, evaluate.bootstrap)


def table_of_errors(
    predictions: pd.DataFrame, key: str, groups: Iterable[tuple[object, npt.NDArray[np.bool_]]], bootstrap: Bootstrap
) -> pd.DataFrame:
    """The errors of groups of faces, in their order.

    Args:
        predictions: checked.
        key: name of the first column, which names the group.
        groups: the name of each group and which of the predictions are in it, `[n]`.
        bootstrap: how the intervals are drawn.

    Returns:
        The column `key` and those of `error_columns`.
    """
    error = errors(predictions)
    return pd.DataFrame([{key: name, **error_columns(error[inside], bootstrap)} for name, inside in groups])


def error_columns(error: pd.Series, bootstrap: Bootstrap) -> dict[str, float | int]:
    """What every table says of a group whose errors in years are `error`, `[n]`.

    Returns:
        n (faces), mae, mae_low, mae_high (its 95% bootstrap interval) and bias, in years. Of no faces the errors are
        NaN, of fewer than 5 the interval is.
    """
    low = high = np.nan
    if len(error) >= FEWEST:
        low, high = bootstrap_interval(error.abs(), bootstrap.samples, bootstrap.seed)
    return {
        "n": len(error),
        "mae": float(error.abs().mean()),
        "mae_low": low,
        "mae_high": high,
        # Rounded before adding 0: of a bias of -0.00001, which is written as 0, the sign would stay.
        "bias": round(float(error.mean()), DECIMALS) + 0.0,
    }
