"""Everything that evaluation writes about a set of predictions, but for the report."""

from pathlib import Path

from ageline.figures import save
from ageline.scoring.scores import Scores
from ageline.store.files import write_json, written_whole
from ageline.store.tables import write_csv


def write_scores(
    scores: Scores,
    *,
    metrics_path: str | Path,
    predictions_path: str | Path,
    tables_dir: str | Path,
    figures_dir: str | Path,
) -> None:
    """Write metrics.json, predictions.csv, the tables and the figures.

    Args:
        scores: of `ageline.scoring.score_ages` or `score_genders`.
        metrics_path: metrics.json.
        predictions_path: predictions.csv, a row per face.
        tables_dir: replaced by the tables, a CSV each.
        figures_dir: replaced by the figures, a PNG each.
    """
    with written_whole(tables_dir) as tables:
        tables.mkdir()
        for name, table in scores.tables.items():
            write_csv(tables / f"{name}.csv", table, scores.decimals)
    with written_whole(figures_dir) as figures:
        figures.mkdir()
        for name, figure in scores.figures.items():
            save(figure, figures / f"{name}.png")
    write_csv(predictions_path, scores.predictions, scores.decimals)
    write_json(metrics_path, scores.metrics)
