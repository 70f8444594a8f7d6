"""The faces that the model is furthest off for, side by side."""

import pandas as pd
from matplotlib.figure import Figure

from ageline.scoring.ages.predictions import errors
from ageline.scoring.sheets import draw_listed_faces
from ageline.store.faceset import FaceSet


def draw_worst_faces(predictions: pd.DataFrame, faces: FaceSet, count: int, note: str) -> Figure:
    """The `count` faces with the largest errors, the worst first: often a wrong label, a hard photo or a rare age."""
    worst = predictions.loc[errors(predictions).abs().sort_values(ascending=False, kind="stable").index[:count]]
    captions = [f"true {true:.0f}, predicted {age:.0f}" for true, age in zip(worst.true, worst.predicted, strict=True)]
    return draw_listed_faces(worst, faces, captions, "Worst faces", note=note)
