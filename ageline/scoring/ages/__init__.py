"""How far predicted ages are from true ones, what interval they carry, and what they decide at the till.

Tables: by_age, by_year (0 to 25), by_gender and by_ethnicity, gaps between such groups, by_shot (many, medium or few
training faces of an age), cumulative (scores), coverage_by_level and coverage_by_age (of the intervals), risk_coverage,
till, till_by_age and outcomes, references (folds of APPA-REAL) and suspects. docs/evaluation.md has their columns. One
that nothing is known for is left out, and a note says why where that is not plain.
"""

from ageline.params import Evaluate
from ageline.scoring.ages.coverage import measure_coverage
from ageline.scoring.ages.drawing import figures_of
from ageline.scoring.ages.evaluation import prepare
from ageline.scoring.ages.metrics import measure
from ageline.scoring.ages.notes import notes_of
from ageline.scoring.ages.plots import draw_worst_faces
from ageline.scoring.ages.predictions import written
from ageline.scoring.ages.suspects import describe_suspects, judge
from ageline.scoring.ages.tables import tables_of
from ageline.scoring.ages.till import measure_till
from ageline.scoring.predictions import Fold, faces_of
from ageline.scoring.reach import DECIMALS
from ageline.scoring.scores import Scores
from ageline.scoring.sheets import draw_suspects
from ageline.scoring.suspects import most_doubted

__all__ = ["score_ages"]


def score_ages(
    test: Fold, validation: Fold | None, training: Fold | None, settings: Evaluate, source: str, failed: int = 0
) -> Scores:
    """The scores of `test`.

    Args:
        test: the fold that is scored.
        validation: makes the intervals, where the predictions carry none, and chooses the till's threshold.
        training: tells how many faces of each age there were to learn from.
        settings: the section evaluate of params.yaml.
        source: where the faces come from, as every figure says it.
        failed: faces of the fold for which the system gave no age.

    Raises:
        AgelineError: a fold is empty, a face comes twice, or a number is not finite.
    """
    evaluation = prepare(test, validation, training, settings)
    tables = tables_of(evaluation)
    faces = evaluation.test
    metrics = {
        **measure(faces, tables["by_age"], settings.bootstrap),
        **measure_coverage(faces),
        **measure_till(faces, evaluation.choice.threshold),
        "n_test": len(faces),
        "n_failed": failed,
    }
    of_test = f"test fold of {source}"
    figures = figures_of(evaluation, tables, metrics, of_test)
    if test.faces is not None:
        figures["worst_faces"] = draw_worst_faces(faces, test.faces, settings.worst, of_test)
    folds = [fold for fold in (training, validation, test) if fold is not None and fold.faces is not None]
    if folds:
        tables["suspects"] = most_doubted([judge(fold) for fold in folds], settings.suspects)
        captions = describe_suspects(tables["suspects"])
        figures["suspects"] = draw_suspects(tables["suspects"], list(map(faces_of, folds)), captions, note=source)
    return Scores(metrics, written(faces), DECIMALS, tables, figures, notes_of(evaluation, failed))
