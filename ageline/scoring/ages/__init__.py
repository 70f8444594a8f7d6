"""How far predicted ages are from true ones.

Tables: by_age (errors of each age bin) and suspects. Figures: predicted_against_true, error_by_age, worst_faces and
suspects.
"""

from collections.abc import Sequence

from ageline.params import Evaluate
from ageline.scoring.ages.metrics import measure, table_by_age
from ageline.scoring.ages.plots import draw_error_by_age, draw_predicted_against_true, draw_worst_faces
from ageline.scoring.ages.predictions import check_predictions
from ageline.scoring.ages.suspects import describe_suspects, judge
from ageline.scoring.predictions import DECIMALS, Fold
from ageline.scoring.scores import Scores
from ageline.scoring.sheets import draw_suspects
from ageline.scoring.suspects import most_doubted

__all__ = ["score_ages"]


def score_ages(test: Fold, others: Sequence[Fold], evaluate: Evaluate, source: str) -> Scores:
    """The scores of `test`, and the suspects among all folds; `source` is where the faces come from.

    Raises:
        AgelineError: a fold is empty, or an age is no finite number.
    """
    predictions, of_test = check_predictions(test.predictions), f"test fold of {source}"
    by_age = table_by_age(predictions, evaluate)
    metrics = measure(predictions, by_age, evaluate.bootstrap)
    folds = (*others, test)
    suspects = most_doubted([judge(fold) for fold in folds], evaluate.suspects)
    figures = {
        "predicted_against_true": draw_predicted_against_true(predictions, metrics, of_test),
        "error_by_age": draw_error_by_age(by_age, of_test),
        "worst_faces": draw_worst_faces(predictions, test.faces, evaluate.worst, of_test),
        "suspects": draw_suspects(suspects, [fold.faces for fold in folds], describe_suspects(suspects), note=source),
    }
    return Scores(metrics, predictions, DECIMALS, {"by_age": by_age, "suspects": suspects}, figures)
