"""Everything that evaluation writes about a set of predictions."""

from collections.abc import Sequence
from pathlib import Path

from ageline.figures import save
from ageline.params import Evaluate
from ageline.scoring.metrics import error_by_age, measure
from ageline.scoring.plots import draw_error_by_age, draw_predicted_against_true, draw_worst_faces
from ageline.scoring.predictions import Fold, check_predictions
from ageline.scoring.suspects import draw_suspects, judge, most_doubted
from ageline.store import write_csv, write_json, written_whole


def write_scores(
    test: Fold,
    others: Sequence[Fold],
    evaluate: Evaluate,
    *,
    metrics_path: str | Path,
    predictions_path: str | Path,
    tables_dir: str | Path,
    figures_dir: str | Path,
    source: str,
) -> dict[str, float | int]:
    """Write metrics.json, predictions.csv, the tables and the figures, and return the metrics.

    Args:
        test: the fold that is scored; its predictions are face_id, true and predicted age in years.
        others: train and val, of which only the list of suspects tells: no metric depends on them.
        evaluate: that section of params.yaml.
        metrics_path: metrics.json, see `ageline.scoring.metrics`.
        predictions_path: predictions.csv, see `ageline.scoring.predictions`.
        tables_dir: replaced by error_by_age.csv and suspects.csv, see `ageline.scoring.suspects`.
        figures_dir: replaced by predicted_against_true.png, error_by_age.png, worst_faces.png and suspects.png.
        source: where the faces come from, written under each figure, such as "data/sample (synthetic)".

    Raises:
        AgelineError: there is nothing to score, or an age is no finite number; nothing is written.
    """
    predictions, of_test = check_predictions(test.predictions), f"test fold of {source}"
    metrics, by_age = measure(predictions, evaluate), error_by_age(predictions, evaluate)
    suspects = most_doubted([judge(fold) for fold in (*others, test)], evaluate.suspects)
    with written_whole(tables_dir) as tables:
        tables.mkdir()
        write_csv(tables / "error_by_age.csv", by_age)
        write_csv(tables / "suspects.csv", suspects)
    with written_whole(figures_dir) as figures:
        figures.mkdir()
        save(draw_predicted_against_true(predictions, metrics, of_test), figures / "predicted_against_true.png")
        save(draw_error_by_age(by_age, of_test), figures / "error_by_age.png")
        save(draw_worst_faces(predictions, test.faces, evaluate.worst, of_test), figures / "worst_faces.png")
        save(draw_suspects(suspects, [fold.faces for fold in (*others, test)], source), figures / "suspects.png")
    write_csv(predictions_path, predictions)
    write_json(metrics_path, metrics)
    return metrics
