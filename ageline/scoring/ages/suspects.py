"""How far the model doubts the label of each face, where labels are ages.

The doubt of a face says how many times its error exceeds what is usual for faces predicted about as old in its fold:

    doubt = abs(e) / usual,   e = predicted - true age,   usual = max(median of abs(e) in the face's bin, 1 year)

A bin holds neighbours in the order of predicted age, all of one fold: as many bins of the same size as there are 50
faces for, 20 at most. Not of true age, which is what is doubted.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
arXiv 1911.00068) finds wrong class labels by a model's own predictions, held out from its training. This borrows the
idea for a number, with normalised residuals in the place of class probabilities, and none of its guarantees: training
faces are judged by a model that has seen their labels, and a wrong label that it has learned by heart is not found.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.scoring.ages.predictions import CORE, check_predictions, errors
from ageline.scoring.predictions import Fold
from ageline.scoring.reach import DECIMALS
from ageline.scoring.suspects import add_sources, fold_name

FEWEST = 50  # faces in a bin: the median of fewer would move with each of them
MOST_BINS = 20
FLOOR = 1.0  # years: labels are whole years, so an error below is none


def judge(fold: Fold) -> pd.DataFrame:
    """The faces of a fold, sorted by face_id, with the doubt in their label.

    Returns:
        Columns face_id, source, split, true, predicted, error and usual (years), doubt, split_group and flags; source,
        split, split_group and flags as in the manifest.

    Raises:
        AgelineError: the fold is empty, or an age is no finite number.
    """
    predictions = check_predictions(fold.predictions[CORE], fold_name(fold))
    error = errors(predictions)
    usual = usual_errors(predictions.predicted.to_numpy(), error.abs().to_numpy())
    return add_sources(predictions.assign(error=error, usual=usual, doubt=(error.abs() / usual).round(DECIMALS)), fold)


def usual_errors(predicted: npt.NDArray[np.float64], distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The usual error in years of each face's bin, `[n]`, given predicted ages and absolute errors, `[n]` each."""
    bins = min(MOST_BINS, max(1, len(predicted) // FEWEST))
    usual = np.empty(len(predicted))
    for members in np.array_split(np.argsort(predicted, kind="stable"), bins):
        usual[members] = max(np.median(distance[members]), FLOOR)
    return usual.round(DECIMALS)


def describe_suspects(suspects: pd.DataFrame) -> list[str]:
    """The caption of each suspect."""
    return [  # no-break spaces: a label, or an age, would else be torn from its number
        f"label\u00a0{true:.0f}, model\u00a0{age:.0f}, {split}"
        for true, age, split in zip(suspects.true, suspects.predicted, suspects.split, strict=True)
    ]
