"""Errors of ages that training saw often, at times and seldom: whether a model errs most where it has learned least.

| shot | training faces of that age |
|---|---|
| many | more than 100 |
| medium | 20 to 100 |
| few | fewer than 20, none included |

The names and numbers are those of Yang, Zha, Chen, Wang and Katabi (2021), "Delving into Deep Imbalanced Regression",
arXiv 2102.09554. An age is one of completed years: a face of 17.9 years is of age 17.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.params import Bootstrap
from ageline.scoring.ages.metrics import table_of_errors

MANY = 100  # training faces of an age: with more, it is one of the many-shot ages
FEW = 20  # with fewer, it is one of the few-shot ages


def table_by_shot(predictions: pd.DataFrame, training_ages: npt.ArrayLike, bootstrap: Bootstrap) -> pd.DataFrame:
    """The errors of faces by how many training faces are of their age.

    Args:
        predictions: checked.
        training_ages: in years, of the originals among the training faces: a copy shows no other person. NaN where an
            age is not known, which counts for no age.
        bootstrap: how the intervals are drawn.

    Returns:
        Columns shot (many, medium, few) and those of `ageline.scoring.ages.metrics.error_columns`.
    """
    seen = training_counts(predictions.true, training_ages)
    groups = [("many", seen > MANY), ("medium", (seen >= FEW) & (seen <= MANY)), ("few", seen < FEW)]
    return table_of_errors(predictions, "shot", groups, bootstrap)


def training_counts(ages: npt.ArrayLike, training_ages: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """How many of `training_ages` are of each of `ages`, `[n]`, in completed years."""
    known = np.floor(np.asarray(training_ages, np.float64))
    years, counts = np.unique(known[~np.isnan(known)], return_counts=True)
    counted = pd.Series(counts, index=years).reindex(np.floor(np.asarray(ages, np.float64)), fill_value=0)
    return counted.to_numpy(np.intp)
