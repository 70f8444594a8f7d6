"""How often predicted genders are the labelled ones.

Tables: by_age (accuracy of each age bin), by_gender, by_ethnicity and gaps (between groups of at least 50 faces) where
there are such, confusion and suspects. Figures: confusion, accuracy_by_group, accuracy_by_age where any test face has
an age, worst_faces and suspects.
"""

import pandas as pd

from ageline.params import Evaluate
from ageline.scoring.genders.metrics import measure
from ageline.scoring.genders.plots import draw_accuracy_by_age, draw_accuracy_by_group, draw_confusion
from ageline.scoring.genders.predictions import PROBABILITY_DECIMALS, check_predictions, describe_faces
from ageline.scoring.genders.sheets import describe_suspects, draw_worst_faces
from ageline.scoring.genders.suspects import judge
from ageline.scoring.genders.tables import (
    table_by_age,
    table_by_ethnicity,
    table_by_gender,
    table_of_confusion,
    table_of_gaps,
)
from ageline.scoring.predictions import Fold, faces_of
from ageline.scoring.scores import Scores
from ageline.scoring.sheets import draw_suspects
from ageline.scoring.suspects import most_doubted
from ageline.store.manifest import GENDERS

__all__ = ["score_genders"]


def score_genders(
    test: Fold, validation: Fold | None, training: Fold | None, settings: Evaluate, source: str
) -> Scores:
    """The scores of `test`, and the suspects among all folds; `source` is where the faces come from.

    Raises:
        AgelineError: a fold is empty, a label is no gender, or the probabilities of a face are none.
    """
    predictions, of_test, faces = check_predictions(test.predictions), f"test fold of {source}", faces_of(test)
    described = describe_faces(predictions, faces)
    metrics, folds = measure(predictions), [fold for fold in (training, validation, test) if fold is not None]
    known = {
        "by_age": table_by_age(described, settings.age_bins),
        "by_gender": table_by_gender(predictions),
        "by_ethnicity": table_by_ethnicity(described),
        "gaps": table_of_gaps(described, settings.age_bins),
        "confusion": table_of_confusion(predictions),
        "suspects": most_doubted([judge(fold) for fold in folds], settings.suspects),
    }
    tables = {name: table for name, table in known.items() if table is not None}
    captions = describe_suspects(tables["suspects"])
    figures = {
        "confusion": draw_confusion(tables["confusion"], metrics, of_test),
        "worst_faces": draw_worst_faces(described, faces, settings.worst, of_test),
        "suspects": draw_suspects(tables["suspects"], list(map(faces_of, folds)), captions, note=source),
    }
    groups = [tables[name] for name in ("by_gender", "by_ethnicity") if name in tables]
    figures["accuracy_by_group"] = draw_accuracy_by_group(groups, metrics["accuracy"], of_test)
    if described.age.notna().any():
        figures["accuracy_by_age"] = draw_accuracy_by_age(tables["by_age"], metrics, of_test)
    return Scores(metrics, predictions, PROBABILITY_DECIMALS, tables, figures, _notes(predictions))


def _notes(predictions: pd.DataFrame) -> list[str]:
    found = set(predictions.true)
    return [
        f"No test face is labelled {gender}, so accuracy and balanced_accuracy tell nothing of such faces."
        for gender in GENDERS
        if gender not in found
    ]
