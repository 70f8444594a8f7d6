"""How far the model doubts the label of each face, where labels are genders.

The doubt of a face says how many times less probable its label is to the model than labels like it usually are:

    doubt = usual / confidence,   usual = mean confidence of the fold's faces of the same label

Its confidence is the probability that it was given of the gender on its label. In confident learning (Northcutt, Jiang
and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels", arXiv 1911.00068) that is a label's
self-confidence, by which labels are ranked, and `usual` is the threshold of its class. As there, a gender that the
model is less sure of is not suspect for that. A ratio, not a difference: by that, of all faces with no confidence to
speak of, those of the fold that the model knows best would come first, and fill the list. Other than in confident
learning, training faces are judged by a model that has seen their labels: a wrong label that it has learned by heart is
not found.
"""

import pandas as pd

from ageline.scoring.genders.predictions import (
    LEAST_PROBABILITY,
    PROBABILITY_DECIMALS,
    check_predictions,
    probability_of,
)
from ageline.scoring.predictions import Fold
from ageline.scoring.reach import DECIMALS
from ageline.scoring.suspects import add_sources, fold_name


def judge(fold: Fold) -> pd.DataFrame:
    """The faces of a fold, sorted by face_id, with the doubt in their label.

    Returns:
        Columns face_id, source, split, true, predicted, confidence and usual (probabilities), doubt, split_group and
        flags; source, split, split_group and flags as in the manifest.

    Raises:
        AgelineError: the fold is empty, a label is no gender, or the probabilities of a face are none.
    """
    predictions = check_predictions(fold.predictions, fold_name(fold))
    confidence = probability_of(predictions, predictions.true)
    usual = confidence.groupby(predictions.true).transform("mean").round(PROBABILITY_DECIMALS)
    doubt = (usual / confidence.clip(lower=LEAST_PROBABILITY)).round(DECIMALS)
    judged = predictions[["face_id", "true", "predicted"]].assign(confidence=confidence, usual=usual, doubt=doubt)
    return add_sources(judged, fold)
