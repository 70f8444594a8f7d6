"""Predicted ages, checked, in one order.

| column | type | meaning |
|---|---|---|
| face_id | text | as in the manifest |
| true, predicted | number | age in years |
| low, high | number | years: the interval around the prediction; absent where there is none |
| std | number | years: how sure the head is of the prediction; absent where it does not say |
| gender, ethnicity, source | text | of the face; null where unknown, absent where nothing is known of any |
"""

import pandas as pd

from ageline.scoring.predictions import DIVERGED, Fold, check_faces, check_finite, rounded, rows_of
from ageline.scoring.reach import DECIMALS

CORE = ["face_id", "true", "predicted"]
WRITTEN = [*CORE, "low", "high", "std"]  # of predictions.csv, as far as they are known
_AGES = ["true", "predicted"]
_MEANING = {
    "low": "lower end of its interval in years",
    "high": "upper end of its interval in years",
    "std": "standard deviation in years",
}
_GROUPS = ["gender", "ethnicity", "source"]


def check_predictions(predictions: pd.DataFrame, fold: str = "test") -> pd.DataFrame:
    """The predictions of `fold` sorted by face_id, numbers rounded to 4 decimals.

    Raises:
        AgelineError: there are none, a face comes twice, or a number is not finite.
    """
    check_faces(predictions, fold)
    without = "Run `dvc repro -f ingest`, which rejects faces without an age."
    for column, remedy in zip(_AGES, (without, DIVERGED), strict=True):
        check_finite(predictions, fold, column, f"{column} age in years", remedy)
    known = [column for column in _MEANING if column in predictions]
    for column in known:
        check_finite(predictions, fold, column, _MEANING[column], DIVERGED)
    described = [column for column in _GROUPS if column in predictions]
    return rounded(predictions[[*CORE, *known, *described]], [*_AGES, *known], DECIMALS)


def describe_faces(fold: Fold) -> pd.DataFrame:
    """The predictions of a fold, with the gender, ethnicity and source of each face as its manifest has them.

    Raises:
        ValueError: a face is none of the fold's.
    """
    if fold.faces is None:
        return fold.predictions
    manifest = fold.faces.manifest[_GROUPS].iloc[rows_of(fold.predictions, fold.faces)]
    return fold.predictions.assign(**{column: manifest[column].to_numpy() for column in _GROUPS})


def written(predictions: pd.DataFrame) -> pd.DataFrame:
    """The columns of predictions.csv; of faces, only what was asked and answered."""
    return predictions[[column for column in WRITTEN if column in predictions]]


def errors(predictions: pd.DataFrame) -> pd.Series:
    """Predicted minus true age in years, a row per face; above 0 where a face was taken for older than it is."""
    # Rounded again: 8.3 - 3.3 is 5.000000000000001, which would fall outside "within 5 years".
    return (predictions.predicted - predictions.true).round(DECIMALS)
