"""How often predicted genders are the labelled ones.

Tables: by_age (accuracy of each age bin), by_gender, confusion and suspects. Figures: confusion, accuracy_by_age where
any test face has an age, worst_faces and suspects.
"""

from collections.abc import Sequence

from ageline.params import Evaluate
from ageline.scoring.genders.metrics import measure
from ageline.scoring.genders.plots import draw_accuracy_by_age, draw_confusion
from ageline.scoring.genders.predictions import PROBABILITY_DECIMALS, add_ages, check_predictions
from ageline.scoring.genders.sheets import describe_suspects, draw_worst_faces
from ageline.scoring.genders.suspects import judge
from ageline.scoring.genders.tables import table_by_age, table_by_gender, table_of_confusion
from ageline.scoring.predictions import Fold
from ageline.scoring.scores import Scores
from ageline.scoring.sheets import draw_suspects
from ageline.scoring.suspects import most_doubted

__all__ = ["score_genders"]


def score_genders(test: Fold, others: Sequence[Fold], evaluate: Evaluate, source: str) -> Scores:
    """The scores of `test`, and the suspects among all folds; `source` is where the faces come from.

    Raises:
        AgelineError: a fold is empty, a label is no gender, or the probabilities of a face are none.
    """
    predictions, of_test = check_predictions(test.predictions), f"test fold of {source}"
    aged = add_ages(predictions, test.faces)
    metrics, folds = measure(predictions), (*others, test)
    tables = {
        "by_age": table_by_age(aged, evaluate.age_bins),
        "by_gender": table_by_gender(predictions),
        "confusion": table_of_confusion(predictions),
        "suspects": most_doubted([judge(fold) for fold in folds], evaluate.suspects),
    }
    captions = describe_suspects(tables["suspects"])
    figures = {
        "confusion": draw_confusion(tables["confusion"], metrics, of_test),
        "worst_faces": draw_worst_faces(aged, test.faces, evaluate.worst, of_test),
        "suspects": draw_suspects(tables["suspects"], [fold.faces for fold in folds], captions, note=source),
    }
    if aged.age.notna().any():
        figures["accuracy_by_age"] = draw_accuracy_by_age(tables["by_age"], metrics, of_test)
    return Scores(metrics, predictions, PROBABILITY_DECIMALS, tables, figures)
