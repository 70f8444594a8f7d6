"""Everything that evaluation writes about a set of predictions."""

from pathlib import Path

import pandas as pd

from ageline.figures import save
from ageline.params import Evaluate
from ageline.scoring.metrics import error_by_age, measure
from ageline.scoring.plots import draw_error_by_age, draw_predicted_against_true, draw_worst_faces
from ageline.scoring.predictions import check_predictions
from ageline.store import FaceSet, write_csv, write_json, written_whole


def write_scores(
    predictions: pd.DataFrame,
    faces: FaceSet,
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
        predictions: face_id, true and predicted age in years of each test face, in any order.
        faces: the faces predicted, for their pixels.
        evaluate: that section of params.yaml.
        metrics_path: metrics.json, see `ageline.scoring.metrics`.
        predictions_path: predictions.csv, see `ageline.scoring.predictions`.
        tables_dir: replaced by error_by_age.csv.
        figures_dir: replaced by predicted_against_true.png, error_by_age.png and worst_faces.png.
        source: where the faces come from, written under each figure, such as "test fold of data/sample (synthetic)".

    Raises:
        AgelineError: there is nothing to score, or an age is no finite number; nothing is written.
    """
    predictions = check_predictions(predictions)
    metrics, by_age = measure(predictions, evaluate), error_by_age(predictions, evaluate)
    with written_whole(tables_dir) as tables:
        tables.mkdir()
        write_csv(tables / "error_by_age.csv", by_age)
    with written_whole(figures_dir) as figures:
        figures.mkdir()
        save(draw_predicted_against_true(predictions, metrics, source), figures / "predicted_against_true.png")
        save(draw_error_by_age(by_age, source), figures / "error_by_age.png")
        save(draw_worst_faces(predictions, faces, evaluate.worst, source), figures / "worst_faces.png")
    write_csv(predictions_path, predictions)
    write_json(metrics_path, metrics)
    return metrics
