"""Faces of a list of scores, found among those of their folds, on a sheet."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ageline.figures import draw_sheet
from ageline.scoring.predictions import rows_of
from ageline.store.faceset import FaceSet

MOST = 50  # suspects on the sheet, however long their list is


def draw_listed_faces(
    listed: pd.DataFrame, faces: FaceSet, captions: Sequence[str], title: str, *, note: str
) -> Figure:
    """The faces of `listed`, of one fold, in its order, each over its caption.

    Raises:
        ValueError: a listed face is none of `faces`.
    """
    rows = rows_of(listed, faces)
    images = faces.pixels(rows) if len(rows) else np.empty((0, *faces.height_width, 3), np.uint8)
    return draw_sheet(images, captions, title, note=note)


def draw_suspects(suspects: pd.DataFrame, facesets: Sequence[FaceSet], captions: Sequence[str], *, note: str) -> Figure:
    """The first 50 faces of a list of suspects, in its order, from the folds' faces, each over its caption."""
    shown = suspects.head(MOST)
    folds = {faces.manifest.split.iloc[0]: faces for faces in facesets}
    rows = {split: pd.Index(faces.manifest.face_id) for split, faces in folds.items()}
    places = zip(shown.split, shown.face_id, strict=True)
    images = np.concatenate([folds[split].pixels([rows[split].get_loc(face_id)]) for split, face_id in places])
    return draw_sheet(images, list(captions)[:MOST], "Labels that the model doubts most", note=note)
