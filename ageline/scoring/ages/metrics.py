"""The metrics of predicted ages, and the table of errors by age. With e the predicted minus the true age of a face:

| name | definition | unit |
|---|---|---|
| mae | mean of abs(e) | years |
| mae_low, mae_high | its 95% bootstrap interval over the test faces | years |
| rmse | square root of the mean of e squared | years |
| bias | mean of e; above 0 faces are taken for older than they are | years |
| cs5 | share of faces with abs(e) <= 5, the "cumulative score" of the literature (Geng et al. 2007) | share |
| macro_mae | mean over the age bins that have faces of each bin's mae: rare ages count as much as common ones | years |
| n_test | test faces | faces |
"""

import numpy as np
import pandas as pd

from ageline.params import Bootstrap, Evaluate
from ageline.scoring.ages.predictions import errors
from ageline.scoring.bins import faces_by_bin
from ageline.scoring.intervals import bootstrap_interval
from ageline.scoring.predictions import DECIMALS

CLOSE = 5.0  # years
FEWEST = 5  # faces: fewer tell too little for an interval


def measure(predictions: pd.DataFrame, by_age: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, float | int]:
    """The metrics of checked predictions, rounded to 4 decimals, in the order of the table above.

    Args:
        predictions: of `ageline.scoring.ages.predictions.check_predictions`.
        by_age: what `table_by_age` says of them.
        bootstrap: how the interval is drawn.
    """
    error = errors(predictions)
    low, high = bootstrap_interval(error.abs(), bootstrap.samples, bootstrap.seed)
    years = {
        "mae": error.abs().mean(),
        "mae_low": low,
        "mae_high": high,
        "rmse": np.sqrt((error**2).mean()),
        "bias": error.mean(),
        "cs5": (error.abs() <= CLOSE).mean(),
        "macro_mae": by_age.mae.mean(),
    }
    rounded = {name: round(float(value), DECIMALS) + 0.0 for name, value in years.items()}
    return {**rounded, "n_test": len(error)}


def table_by_age(predictions: pd.DataFrame, evaluate: Evaluate) -> pd.DataFrame:
    """The errors of each age bin, youngest first, bins without faces included.

    Returns:
        Columns age_bin (such as "18-24"), n (faces), mae, mae_low, mae_high and bias (years). A bin without faces has
        no errors, one of fewer than 5 faces no interval: they are null.
    """
    error = errors(predictions)
    bins = faces_by_bin(predictions.true, evaluate.age_bins)
    return pd.DataFrame([{"age_bin": name, **_bin_errors(error[inside], evaluate.bootstrap)} for name, inside in bins])


def _bin_errors(error: pd.Series, bootstrap: Bootstrap) -> dict[str, float | int]:
    low = high = np.nan
    if len(error) >= FEWEST:
        low, high = bootstrap_interval(error.abs(), bootstrap.samples, bootstrap.seed)
    return {
        "n": len(error),
        "mae": float(error.abs().mean()),
        "mae_low": low,
        "mae_high": high,
        "bias": float(error.mean()) + 0.0,
    }
