"""evaluate: the error on the test fold, with its interval, by age, and the faces whose label the model doubts most.

    python -m stages.evaluate --model models/model.keras
        --train data/faces/train --val data/faces/val --test data/faces/test
        --metrics metrics/metrics.json --predictions metrics/predictions.csv
        --tables metrics/evaluate --figures reports/evaluate

No stage that decides anything about the model reads the test fold. Training and validation faces are read for the list
of suspects alone, since most labels, and so most wrong ones, are there; predicting them takes less than half the time
of an epoch of training.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.figures import credit
from ageline.model.archive import load_model
from ageline.params import load_params
from ageline.scoring import Fold, write_scores
from ageline.store import FaceSet
from ageline.training.determinism import prepare_engine
from ageline.training.prediction import predict_ages


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    facesets = [FaceSet.open(folder) for folder in (flags.train, flags.val, flags.test)]

    prepare_engine(params.train)
    model = load_model(flags.model)
    *others, test = [Fold(predict_ages(model, faces, params.train.batch_size), faces) for faces in facesets]
    metrics = write_scores(
        test,
        others,
        params.evaluate,
        metrics_path=flags.metrics,
        predictions_path=flags.predictions,
        tables_dir=flags.tables,
        figures_dir=flags.figures,
        source=credit(params.data.source),
    )
    print("\n".join(f"{name} {value}" for name, value in metrics.items()))


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument("--train", type=Path, required=True, help="training faces")
    parser.add_argument("--val", type=Path, required=True, help="validation faces")
    parser.add_argument("--test", type=Path, required=True, help="test faces")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics.json")
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.csv, a row per test face")
    parser.add_argument("--tables", type=Path, required=True, help="folder for error_by_age.csv and suspects.csv")
    parser.add_argument("--figures", type=Path, required=True, help="folder for the figures and the sheets")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
