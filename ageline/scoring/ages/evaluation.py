"""What the tables, figures and notes of predicted ages are made from: three folds, checked, and what validation says.

Validation gives each test face its interval, unless the system that is scored gave one, and chooses the threshold of
the till. Training only says how many faces of each age there were to learn from. No metric depends on either otherwise.
"""

from typing import NamedTuple

import pandas as pd

from ageline.params import Evaluate
from ageline.scoring.ages.conformal import Calibration, calibrate
from ageline.scoring.ages.predictions import check_predictions, describe_faces
from ageline.scoring.ages.till import Choice, choose_threshold
from ageline.scoring.predictions import Fold


class Evaluation(NamedTuple):
    """Checked predictions, and what they are judged with.

    Attributes:
        test: with low and high where an interval is known.
        validation: None where there are none.
        training: None where there are none. Of another system's, predicted is NaN where it gave no age.
        calibration: of the intervals; None where they are the system's own, or there is no validation.
        choice: of the till's threshold.
        settings: the section evaluate of params.yaml.
        learned: whether the system is our own model, of which is known that it learned from the other folds.
    """

    test: pd.DataFrame
    validation: pd.DataFrame | None
    training: pd.DataFrame | None
    calibration: Calibration | None
    choice: Choice
    settings: Evaluate
    learned: bool


def prepare(test: Fold, validation: Fold | None, training: Fold | None, settings: Evaluate) -> Evaluation:
    """Check the folds, give each test face its interval, and choose the threshold.

    Raises:
        AgelineError: a fold is empty, a face comes twice, or a number is not finite; but a system may have predicted
            nothing of training faces, whose ages alone count.
    """
    faces = _checked(test, "test")
    trained_on = None if training is None else _checked_training(training)
    held_out = None if validation is None else _checked(validation, "val")
    if held_out is not None and "std" not in faces:  # a spread of these alone says nothing of the faces to be scored
        held_out = held_out.drop(columns="std", errors="ignore")
    choice = choose_threshold(held_out, settings.tried_thresholds, settings.minor_pass)
    calibration = None
    if "low" not in faces and held_out is not None:
        calibration = calibrate(held_out, settings.age_bins)
        if not calibration.shortage(settings.interval):
            faces = faces.assign(**calibration.intervals(faces, settings.interval))
    return Evaluation(faces, held_out, trained_on, calibration, choice, settings, test.faces is not None)


def _checked(fold: Fold, name: str) -> pd.DataFrame:
    return check_predictions(describe_faces(fold), name)


def _checked_training(fold: Fold) -> pd.DataFrame:
    missing = fold.predictions.face_id[fold.predictions.predicted.isna()]
    if fold.faces is not None or missing.empty:
        return _checked(fold, "train")
    filled = fold.predictions.assign(predicted=fold.predictions.predicted.fillna(fold.predictions.true))
    checked = _checked(Fold(filled), "train")
    return checked.assign(predicted=checked.predicted.mask(checked.face_id.isin(missing)))
