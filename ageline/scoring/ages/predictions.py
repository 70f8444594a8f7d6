"""Predicted ages, checked, in one order.

| column | type | meaning |
|---|---|---|
| face_id | text | as in the manifest |
| true, predicted | number | age in years |
"""

import pandas as pd

from ageline.scoring.predictions import DECIMALS, DIVERGED, check_faces, check_finite, rounded

_AGES = ["true", "predicted"]


def check_predictions(predictions: pd.DataFrame, fold: str = "test") -> pd.DataFrame:
    """The predictions of `fold` sorted by face_id, ages rounded to 4 decimals.

    Raises:
        AgelineError: there are none, a face comes twice, or an age is no finite number.
    """
    check_faces(predictions, fold)
    without = "Run `dvc repro -f ingest`, which rejects faces without an age."
    for column, remedy in zip(_AGES, (without, DIVERGED), strict=True):
        check_finite(predictions, fold, column, f"{column} age in years", remedy)
    return rounded(predictions[["face_id", *_AGES]], _AGES, DECIMALS)


def errors(predictions: pd.DataFrame) -> pd.Series:
    """Predicted minus true age in years, a row per face; above 0 where a face was taken for older than it is."""
    # Rounded again: 8.3 - 3.3 is 5.000000000000001, which would fall outside "within 5 years".
    return (predictions.predicted - predictions.true).round(DECIMALS)
