"""Errors of groups of people: of each age in years while young, of each gender and ethnicity, and the gaps between.

A gap is that between the group with the largest and the one with the smallest mae of a grouping. Which two these are is
seen in the same faces that the gap is measured on, so it is larger, the more groups there are, than the gap of two that
were named beforehand; its interval does not allow for that.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.params import Bootstrap, Evaluate
from ageline.scoring.ages.metrics import table_of_errors
from ageline.scoring.ages.predictions import errors
from ageline.scoring.bins import faces_by_bin
from ageline.scoring.groups import Group, compare, faces_by_value
from ageline.scoring.intervals import LEVEL
from ageline.scoring.reach import DECIMALS

YOUNG = 25  # years: up to which each age has a row, because some of them decide what people may buy


def table_by_year(predictions: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame:
    """The errors of each age from 0 to 25 in completed years, ages without faces included; older faces are left out.

    Returns:
        Columns age (years) and those of `ageline.scoring.ages.metrics.error_columns`.
    """
    completed = np.floor(predictions.true.to_numpy(np.float64))
    return table_of_errors(predictions, "age", [(age, completed == age) for age in range(YOUNG + 1)], bootstrap)


def table_by_gender(predictions: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame | None:
    """The errors of each gender, those of faces without one last as "unknown"; None where no face has one."""
    return _table_by_value(predictions, "gender", bootstrap)


def table_by_ethnicity(predictions: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame | None:
    """The errors of each ethnicity, those of faces without one last as "unknown"; None where no face has one."""
    return _table_by_value(predictions, "ethnicity", bootstrap)


def table_of_gaps(predictions: pd.DataFrame, evaluate: Evaluate) -> pd.DataFrame | None:
    """The largest gap in mae between age bins, between genders and between ethnicities of at least 50 faces each.

    Returns:
        Columns grouping (age_bin, gender or ethnicity), worst and best (the two groups), gap (years of mae), gap_low
        and gap_high (of `difference_interval`). A grouping with fewer than two such groups has no row; None where no
        grouping has.
    """
    groupings: Mapping[str, Sequence[Group]] = {
        "age_bin": faces_by_bin(predictions.true, evaluate.age_bins),
        "gender": faces_by_value(predictions, "gender"),
        "ethnicity": faces_by_value(predictions, "ethnicity"),
    }
    return compare(groupings, errors(predictions).abs(), partial(_gap, bootstrap=evaluate.bootstrap))


def difference_interval(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], bootstrap: Bootstrap
) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the mean of `first`, `[n]`, minus that of `second`, `[m]`.

    Each is resampled on its own, being different people: Efron and Tibshirani (1993), An Introduction to the Bootstrap,
    section 8.3, "the two-sample problem".
    """
    generator = np.random.default_rng(bootstrap.seed)
    means = [
        np.array([values[generator.integers(0, len(values), len(values))].mean() for _ in range(bootstrap.samples)])
        for values in (first, second)
    ]
    low, high = np.quantile(means[0] - means[1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _table_by_value(predictions: pd.DataFrame, column: str, bootstrap: Bootstrap) -> pd.DataFrame | None:
    groups = faces_by_value(predictions, column)
    return table_of_errors(predictions, column, groups, bootstrap) if groups else None


def _gap(distances: Mapping[str, pd.Series], bootstrap: Bootstrap) -> dict[str, str | float]:
    """The gap between the groups of largest and smallest mean; of equal ones the first and the last."""
    maes = {name: round(float(distance.mean()), DECIMALS) for name, distance in distances.items()}
    worst, *_, best = sorted(maes, key=lambda name: -maes[name])
    low, high = difference_interval(distances[worst].to_numpy(), distances[best].to_numpy(), bootstrap)
    gap = float(distances[worst].mean() - distances[best].mean())
    return {
        "worst": worst,
        "best": best,
        "gap": round(gap, DECIMALS) + 0.0,
        "gap_low": round(low, DECIMALS) + 0.0,
        "gap_high": round(high, DECIMALS) + 0.0,
    }
