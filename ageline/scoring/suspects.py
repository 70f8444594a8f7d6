"""The faces whose label the model doubts most, of all folds: a worklist for people who look at the photos.

The doubt of a face says how many times its error exceeds what is usual for faces predicted about as old in its fold:

    doubt = abs(e) / usual,   e = predicted - true age,   usual = max(median of abs(e) in the face's bin, 1 year)

A bin holds neighbours in the order of predicted age, all of one fold: as many bins of the same size as there are 50
faces for, 20 at most. Not of true age, which is what is doubted; of one fold, because a model errs less on labels that
it has learned, and without that all suspects would be validation and test faces.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
arXiv 1911.00068) finds wrong class labels by a model's own predictions, held out from its training. This borrows the
idea for a number, with normalised residuals in the place of class probabilities, and none of its guarantees: training
faces are judged by a model that has seen their labels, and a wrong label that it has learned by heart is not found.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from ageline.figures import draw_sheet
from ageline.scoring.predictions import DECIMALS, Fold, check_predictions, errors
from ageline.store import FaceSet

FEWEST = 50  # faces in a bin: the median of fewer would move with each of them
MOST_BINS = 20
FLOOR = 1.0  # years: labels are whole years, so an error below is none
ON_SHEET = 50  # faces, however long the list is


def judge(fold: Fold) -> pd.DataFrame:
    """The faces of a fold, sorted by face_id, with the doubt in their label.

    Augmented copies are not judged: their label is the original's, and `fold` is to hold originals alone.

    Returns:
        Columns face_id, source, split, true, predicted, error and usual (years), doubt, split_group and flags; source,
        split, split_group and flags as in the manifest.

    Raises:
        AgelineError: the fold is empty, or an age is no finite number.
    """
    manifest = fold.faces.manifest
    name = manifest.split.iloc[0] if len(manifest) else "judged"
    predictions = check_predictions(fold.predictions, name)
    error = errors(predictions)
    usual = usual_errors(predictions.predicted.to_numpy(), error.abs().to_numpy())
    judged = predictions.assign(error=error, usual=usual, doubt=(error.abs() / usual).round(DECIMALS))
    known = manifest[["face_id", "source", "split", "split_group", "flags"]]
    merged = judged.merge(known, on="face_id", validate="one_to_one")
    if len(merged) != len(judged):
        raise ValueError(f"{len(judged) - len(merged)} predictions are of other faces than the fold's")
    return merged[
        ["face_id", "source", "split", "true", "predicted", "error", "usual", "doubt", "split_group", "flags"]
    ]


def usual_errors(predicted: npt.NDArray[np.float64], distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The usual error in years of each face's bin, `[n]`, given predicted ages and absolute errors, `[n]` each."""
    bins = min(MOST_BINS, max(1, len(predicted) // FEWEST))
    usual = np.empty(len(predicted))
    for members in np.array_split(np.argsort(predicted, kind="stable"), bins):
        usual[members] = max(np.median(distance[members]), FLOOR)
    return usual.round(DECIMALS)


def most_doubted(judged: Sequence[pd.DataFrame], count: int) -> pd.DataFrame:
    """The `count` faces of all judged folds with the most doubt, the most doubted first, ties by face_id."""
    everyone = pd.concat(judged, ignore_index=True)
    ranked = everyone.sort_values(["doubt", "face_id"], ascending=[False, True], kind="stable", ignore_index=True)
    return ranked.head(count)


def draw_suspects(suspects: pd.DataFrame, facesets: Sequence[FaceSet], note: str) -> Figure:
    """The first 50 of `most_doubted`, in its order, from the folds' faces."""
    shown = suspects.head(ON_SHEET)
    folds = {faces.manifest.split.iloc[0]: faces for faces in facesets}
    rows = {split: pd.Index(faces.manifest.face_id) for split, faces in folds.items()}
    places = zip(shown.split, shown.face_id, strict=True)
    images = np.concatenate([folds[split].pixels([rows[split].get_loc(face_id)]) for split, face_id in places])
    captions = [  # no-break spaces: a label, or an age, would else be torn from its number
        f"label\u00a0{true:.0f}, model\u00a0{age:.0f}, {split}"
        for true, age, split in zip(shown.true, shown.predicted, shown.split, strict=True)
    ]
    return draw_sheet(images, captions, "Labels that the model doubts most", note=note)
