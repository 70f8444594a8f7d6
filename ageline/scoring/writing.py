"""Everything that evaluation writes about a set of predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from ageline.figures import save
from ageline.params import Evaluate
from ageline.scoring.ages import score_ages
from ageline.scoring.genders import score_genders
from ageline.scoring.predictions import Fold
from ageline.store import write_csv, write_json, written_whole

_SCORE = {"age": score_ages, "gender": score_genders}


def write_scores(
    target: Literal["age", "gender"],
    test: Fold,
    others: Sequence[Fold],
    evaluate: Evaluate,
    *,
    metrics_path: str | Path,
    predictions_path: str | Path,
    tables_dir: str | Path,
    figures_dir: str | Path,
    source: str,
) -> Mapping[str, float | int]:
    """Write metrics.json, predictions.csv, the tables and the figures, and return the metrics.

    Args:
        target: what was learned; `ageline.scoring.ages` and `ageline.scoring.genders` say what is written of each.
        test: the fold that is scored.
        others: train and val, of which only the list of suspects tells: no metric depends on them.
        evaluate: that section of params.yaml.
        metrics_path: metrics.json.
        predictions_path: predictions.csv, a row per face of `test`.
        tables_dir: replaced by the tables, by_age.csv and suspects.csv among them.
        figures_dir: replaced by the figures, worst_faces.png and suspects.png among them.
        source: where the faces come from, written under each figure, such as "data/sample (synthetic)".

    Raises:
        AgelineError: there is nothing to score, or a prediction is none; nothing is written.
    """
    scores = _SCORE[target](test, others, evaluate, source)
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
    return scores.metrics
