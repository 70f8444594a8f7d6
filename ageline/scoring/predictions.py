"""What the predictions of every target have in common: a row per face of a fold, each face once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.errors import AgelineError
from ageline.store.faceset import FaceSet

DIVERGED = "Training diverged: lower train.optimizer.learning_rate, then run `dvc repro`."


class Fold(NamedTuple):
    """What was predicted for the faces of a fold, in any order, and the faces themselves, where they are at hand."""

    predictions: pd.DataFrame
    faces: FaceSet | None = None


def faces_of(fold: Fold) -> FaceSet:
    """The faces of a fold.

    Raises:
        ValueError: they are not at hand.
    """
    if fold.faces is None:
        raise ValueError("the faces of these predictions are not at hand")
    return fold.faces


def check_fold(faces: pd.DataFrame, fold: str) -> None:
    """Raises AgelineError where `fold`, such as "test", has no faces."""
    if faces.empty:
        raise AgelineError(
            f"the {fold} fold holds no faces, expected at least one. See metrics/ingest for what became of the faces,"
            " or raise its share in ingest.split.fractions, then run `dvc repro`."
        )


def check_faces(predictions: pd.DataFrame, fold: str) -> None:
    """Raises AgelineError where `fold`, such as "test", has no predictions, or has two of a face."""
    check_fold(predictions, fold)
    repeated = predictions.face_id[predictions.face_id.duplicated()]
    if len(repeated):
        raise AgelineError(
            f"the {fold} fold holds face {repeated.iloc[0]} twice, expected each face once."
            " Run `dvc repro -f ingest` to write the fold anew."
        )


def check_finite(predictions: pd.DataFrame, fold: str, column: str, meaning: str, remedy: str) -> None:
    """Raises AgelineError where a number of `column` is missing or infinite.

    Args:
        predictions: of the fold.
        fold: such as "test".
        column: of numbers.
        meaning: of the column, such as "true age in years".
        remedy: what to do about an error.
    """
    strange = predictions[~np.isfinite(predictions[column].to_numpy(np.float64))]
    if len(strange):
        first = strange.iloc[0]
        raise AgelineError(
            f"{len(strange)} of {len(predictions)} {fold} faces have no finite {meaning}:"
            f" face {first.face_id} has {first[column]}. {remedy}"
        )


def rows_of(listed: pd.DataFrame, faces: FaceSet) -> npt.NDArray[np.intp]:
    """The row of each listed face in the manifest of its fold.

    Raises:
        ValueError: a listed face is none of `faces`.
    """
    rows: npt.NDArray[np.intp] = pd.Index(faces.manifest.face_id).get_indexer(pd.Index(listed.face_id))
    if (rows < 0).any():
        raise ValueError(f"face {listed.face_id.iloc[int(np.argmin(rows))]} is none of the fold's")
    return rows


def rounded(predictions: pd.DataFrame, columns: Sequence[str], decimals: int) -> pd.DataFrame:
    """The predictions sorted by face_id, with these columns of numbers rounded.

    Rounding comes before measuring, so that metrics.json follows from predictions.csv to the last digit.
    """
    # Adding 0 turns -0.0, which a CSV would show, into 0.0.
    numbers = {column: predictions[column].astype(np.float64).round(decimals) + 0.0 for column in columns}
    return predictions.assign(**numbers).sort_values("face_id", ignore_index=True)
