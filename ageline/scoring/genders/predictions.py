"""Predicted genders, checked, in one order.

| column | type | meaning |
|---|---|---|
| face_id | text | as in the manifest |
| true, predicted | text | female or male |
| female, male | number | the probability of each, which add up to 1 |
"""

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.scoring.predictions import DIVERGED, check_faces, check_finite, rounded, rows_of
from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS

# Finer than other numbers: log_loss tells a confident mistake from a very confident one.
PROBABILITY_DECIMALS = 6
LEAST_PROBABILITY = 0.5 * 10.0**-PROBABILITY_DECIMALS  # what one that is written as 0 counts as
_SUM_WITHIN = 1e-3  # of 1, which probabilities in 32 bits reach to some 7 digits


def check_predictions(predictions: pd.DataFrame, fold: str = "test") -> pd.DataFrame:
    """The predictions of `fold` sorted by face_id, probabilities rounded to 6 decimals.

    Raises:
        AgelineError: there are none, a face comes twice, a label is no gender, or the probabilities of a face are not
            finite, not from 0 to 1, or do not add up to 1.
        ValueError: a predicted gender is not the more probable one.
    """
    check_faces(predictions, fold)
    _check_labels(predictions, fold)
    for gender in GENDERS:
        check_finite(predictions, fold, gender, f"probability of {gender}", DIVERGED)
    _check_probabilities(predictions, fold)
    strange = probability_of(predictions, predictions.predicted) < 0.5 - _SUM_WITHIN
    if strange.any():
        raise ValueError(f"face {predictions.face_id[strange].iloc[0]} is predicted to be the less probable gender")
    columns = ["face_id", "true", "predicted", *GENDERS]
    return rounded(predictions[columns], GENDERS, PROBABILITY_DECIMALS)


def probability_of(predictions: pd.DataFrame, genders: pd.Series) -> pd.Series:
    """The probability that each face was given of the gender named for it; NaN where that is no gender."""
    chosen = [predictions[gender].where(genders == gender) for gender in GENDERS]
    return chosen[0].fillna(chosen[1]).astype(np.float64)


def describe_faces(predictions: pd.DataFrame, faces: FaceSet) -> pd.DataFrame:
    """The predictions with the columns age, years, and ethnicity from the manifest; null where they are not known."""
    manifest = faces.manifest.iloc[rows_of(predictions, faces)]
    return predictions.assign(age=manifest.age.to_numpy(np.float64), ethnicity=manifest.ethnicity.to_numpy())


def _check_labels(predictions: pd.DataFrame, fold: str) -> None:
    strange = predictions[~predictions.true.isin(GENDERS)]
    if len(strange):
        first = strange.iloc[0]
        raise AgelineError(
            f"{len(strange)} of {len(predictions)} {fold} faces are labelled neither {' nor '.join(GENDERS)}:"
            f" face {first.face_id} has {first.true}. Run `dvc repro -f ingest`, which rejects faces without a gender"
            " where `target` is gender."
        )


def _check_probabilities(predictions: pd.DataFrame, fold: str) -> None:
    given = predictions[list(GENDERS)].astype(np.float64)
    near = (given.sum(axis=1) - 1).abs() <= _SUM_WITHIN
    strange = predictions[~(near & ((given >= 0) & (given <= 1)).all(axis=1))]
    if len(strange):
        first = strange.iloc[0]
        described = " and ".join(f"{gender} {first[gender]:g}" for gender in GENDERS)
        raise AgelineError(
            f"{len(strange)} of {len(predictions)} {fold} faces have probabilities that are none: face {first.face_id}"
            f" has {described}, expected numbers from 0 to 1 that add up to 1. The model was not trained with"
            " model.top.head classes: run `dvc repro -f train`."
        )
