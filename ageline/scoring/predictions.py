"""Predictions as every score takes them: a row per face of a fold, checked, in one order.

| column | type | meaning |
|---|---|---|
| face_id | text | as in the manifest |
| true, predicted | number | age in years |
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.store import FaceSet

COLUMNS = ["face_id", "true", "predicted"]
DECIMALS = 4


class Fold(NamedTuple):
    """What a model predicted for the faces of a fold, in any order, and the faces themselves."""

    predictions: pd.DataFrame
    faces: FaceSet


def check_predictions(predictions: pd.DataFrame, fold: str = "test") -> pd.DataFrame:
    """The predictions of `fold` sorted by face_id, ages rounded to 4 decimals.

    Rounding comes before measuring, so that metrics.json follows from predictions.csv to the last digit.

    Raises:
        AgelineError: there are none, a face comes twice, or an age is no finite number.
    """
    if predictions.empty:
        raise AgelineError(
            f"the {fold} fold holds no faces, expected at least one. See metrics/ingest for what became of the faces,"
            " or raise its share in ingest.split.fractions, then run `dvc repro`."
        )
    repeated = predictions.face_id[predictions.face_id.duplicated()]
    if len(repeated):
        raise AgelineError(
            f"the {fold} fold holds face {repeated.iloc[0]} twice, expected each face once."
            " Run `dvc repro -f ingest` to write the fold anew."
        )
    _check_finite(predictions, fold, "true", "Run `dvc repro -f ingest`, which rejects faces without an age.")
    _check_finite(
        predictions, fold, "predicted", "Training diverged: lower train.optimizer.learning_rate, then run `dvc repro`."
    )
    return _rounded(predictions[COLUMNS].sort_values("face_id", ignore_index=True))


def errors(predictions: pd.DataFrame) -> pd.Series:
    """Predicted minus true age in years, a row per face; above 0 where a face was taken for older than it is."""
    # Rounded again: 8.3 - 3.3 is 5.000000000000001, which would fall outside "within 5 years".
    return (predictions.predicted - predictions.true).round(DECIMALS)


def _check_finite(predictions: pd.DataFrame, fold: str, column: str, remedy: str) -> None:
    strange = predictions[~np.isfinite(predictions[column].to_numpy(np.float64))]
    if len(strange):
        first = strange.iloc[0]
        raise AgelineError(
            f"{len(strange)} of {len(predictions)} {fold} faces have no finite {column} age in years:"
            f" face {first.face_id} has {first[column]}. {remedy}"
        )


def _rounded(predictions: pd.DataFrame) -> pd.DataFrame:
    # Adding 0 turns -0.0, which a CSV would show, into 0.0.
    ages = {column: predictions[column].astype(np.float64).round(DECIMALS) + 0.0 for column in ("true", "predicted")}
    return predictions.assign(**ages)
