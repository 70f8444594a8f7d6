"""Risk against coverage: the error of only those faces of which the model is surest, the rest being left to a person.

The "risk-coverage curve" of El-Yaniv and Wiener (2010), "On the foundations of noise-free selective classification",
JMLR 11, with mae for the risk. It falls to the left where a model knows what it does not know; where it is flat, its
uncertainty says nothing of its errors.

How unsure the model is of a face says its std, where every face has one, else the width of its interval. Where more
than half of the faces share one value there is no such table: an interval that rests on all validation faces together
is equally wide for all faces, but for those whose interval is cut at the youngest or oldest age, and their order would
be that of the face_ids.
"""

import numpy as np
import pandas as pd

from ageline.scoring.ages.predictions import errors
from ageline.scoring.reach import DECIMALS

STEPS = 20  # rows: shares from 0.05 to 1


def table_of_risk_coverage(predictions: pd.DataFrame) -> pd.DataFrame | None:
    """The mae of the surest share of the faces.

    Args:
        predictions: checked, with the columns low and high (the interval, years) or std (years) where known.

    Returns:
        Columns share (0.05 to 1), n (faces: as many as the share allows, but at least 1) and mae (years). Of equally
        sure faces the first by face_id comes first. None where nothing tells sure from unsure, see `why_no_risk`.
    """
    unsure = _uncertainty(predictions)
    if unsure is None or _reason(unsure):
        return None
    order = np.lexsort((predictions.face_id.to_numpy(str), unsure.to_numpy()))
    sums = errors(predictions).abs().to_numpy()[order].cumsum()
    counts = [max(1, step * len(sums) // STEPS) for step in range(1, STEPS + 1)]
    return pd.DataFrame(
        {
            "share": [step / STEPS for step in range(1, STEPS + 1)],
            "n": counts,
            "mae": [float(sums[count - 1] / count) for count in counts],
        }
    )


def why_no_risk(predictions: pd.DataFrame) -> str | None:
    """The sentence that says why there is no `table_of_risk_coverage`, and what would mend it; None where there is."""
    unsure = _uncertainty(predictions)
    if unsure is None:
        return (
            "There is no risk against coverage: that takes an interval (low and high) or a std of every face, as heads"
            " distribution and ordinal give."
        )
    return _reason(unsure)


def _uncertainty(predictions: pd.DataFrame) -> pd.Series | None:
    """How unsure the model is of each face, years; None where that is not known of every face."""
    measures = [predictions["std"].astype(np.float64)] if "std" in predictions else []
    if {"low", "high"} <= set(predictions):
        width = predictions.high.astype(np.float64) - predictions.low.astype(np.float64)
        measures.append(width.round(DECIMALS))  # again: else 30 - 10.1 would be surer than 29.9 - 10
    complete = [unsure for unsure in measures if len(unsure) and np.isfinite(unsure).all()]
    return complete[0] if complete else None


def _reason(unsure: pd.Series) -> str | None:
    value, faces = unsure.mode().iloc[0], int(unsure.value_counts().iloc[0])
    if 2 * faces <= len(unsure):
        return None
    return (
        f"There is no risk against coverage: {faces} of {len(unsure)} faces are equally uncertain ({value:g} years), so"
        " their order would say nothing. It takes a std of each face's own, as heads distribution and ordinal give."
    )
