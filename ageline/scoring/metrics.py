"""The figures of metrics.json, and the table of errors by age. With e the predicted minus the true age of a face:

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
from ageline.scoring.bins import bin_labels, bin_numbers
from ageline.scoring.intervals import bootstrap_interval
from ageline.scoring.predictions import DECIMALS, errors

CLOSE = 5.0  # years
FEWEST = 5  # faces: fewer tell too little for an interval


def measure(predictions: pd.DataFrame, evaluate: Evaluate) -> dict[str, float | int]:
    """The metrics of checked predictions, rounded to 4 decimals, in the order of the table above."""
    error = errors(predictions)
    bootstrap = evaluate.bootstrap
    low, high = bootstrap_interval(error.abs(), bootstrap.samples, bootstrap.seed)
    years = {
        "mae": error.abs().mean(),
        "mae_low": low,
        "mae_high": high,
        "rmse": np.sqrt((error**2).mean()),
        "bias": error.mean(),
        "cs5": (error.abs() <= CLOSE).mean(),
        "macro_mae": error_by_age(predictions, evaluate).mae.mean(),
    }
    rounded = {name: round(float(value), DECIMALS) + 0.0 for name, value in years.items()}
    return {**rounded, "n_test": len(error)}


def error_by_age(predictions: pd.DataFrame, evaluate: Evaluate) -> pd.DataFrame:
    """The errors of each age bin, youngest first, bins without faces included.

    Returns:
        Columns age_bin (such as "18-24"), n (faces), mae, mae_low, mae_high and bias (years). A bin without faces has
        no errors, one of fewer than 5 faces no interval: they are null.
    """
    error = errors(predictions)
    number = bin_numbers(predictions.true, evaluate.age_bins)
    rows = [
        {"age_bin": label, **_bin_errors(error[number == position], evaluate.bootstrap)}
        for position, label in enumerate(bin_labels(evaluate.age_bins))
    ]
    return pd.DataFrame(rows)


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
