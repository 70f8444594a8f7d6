"""evaluate: the error on the test fold with its interval, by age and group, the decision at the till, and a report.

    python -m stages.evaluate --model models/model.keras --epochs models/epochs
        --train data/faces/train --val data/faces/val --test data/faces/test --history metrics/train/history.csv
        --metrics metrics/metrics.json --predictions metrics/predictions.csv
        --tables metrics/evaluate --figures reports/evaluate --report reports/index.html --scratch .scratch/train

Without --train, metrics.json and predictions.csv are the same to the last byte, so that the model can be scored again
where the training faces are not at hand (ci/rescore); the suspects are then of validation and test faces alone, and the
table by_shot and its figure are left out.

No stage that decides anything about the model reads the test fold. Validation faces also say how wide the interval
around a prediction is and which threshold the till takes. Training faces are read for the list of suspects and to count
ages, since most labels, and so most wrong ones, are there; predicting them takes less than half the time of an epoch.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ageline.errors import run
from ageline.figures import credit, is_synthetic
from ageline.model.backend import use_backend
from ageline.params import Params, load_params
from ageline.scoring.predictions import Fold, check_fold
from ageline.scoring.provenance import SECTIONS, made_by
from ageline.scoring.report import Card, write_report
from ageline.scoring.targets import SCORE
from ageline.scoring.writing import write_scores
from ageline.store.faceset import FaceSet
from ageline.store.manifest import SPLITS


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    folders = dict(zip(SPLITS, (flags.train, flags.val, flags.test), strict=True))
    facesets = {fold: FaceSet.open(folder) for fold, folder in folders.items() if folder is not None}
    for fold, faces in facesets.items():
        check_fold(faces.manifest, fold)

    use_backend(params.train.backend)  # before anything imports Keras
    from ageline.model.archive import load_model
    from ageline.training.checkpoints import load_epoch
    from ageline.training.determinism import prepare_engine
    from ageline.training.prediction import predict
    from ageline.training.scratch import forget_finished

    forget_finished(flags.scratch)  # DVC begins a stage when the one before it is in dvc.lock
    prepare_engine(params.train)
    model = load_model(flags.model)
    if params.evaluate.epoch is not None:
        load_epoch(model, flags.epochs, params.evaluate.epoch)
    folds = {
        fold: Fold(predict(model, faces, params.target, params.train.batch_size), faces)
        for fold, faces in facesets.items()
    }
    source = credit(params.data.source)
    scores = SCORE[params.target](folds["test"], folds["val"], folds.get("train"), params.evaluate, source)
    settings = params.model_dump(mode="json", include=set(SECTIONS))
    card = _card(params, settings, made_by(list(facesets.values()), settings, flags.model), flags)
    write_report(flags.report, scores, card)
    write_scores(
        scores,
        metrics_path=flags.metrics,
        predictions_path=flags.predictions,
        tables_dir=flags.tables,
        figures_dir=flags.figures,
    )
    print("\n".join([*(f"{name} {value}" for name, value in scores.metrics.items()), *scores.notes]))


def _card(params: Params, settings: Mapping[str, Any], made: Mapping[str, str], flags: argparse.Namespace) -> Card:
    synthetic = is_synthetic(params.data.source)
    return Card(
        params.target,
        credit(params.data.source),
        synthetic=synthetic,
        made_by=made,
        settings=settings,
        history=pd.read_csv(flags.history),
        show_faces=params.report.shows_faces(synthetic=synthetic),
        sheets=flags.figures.as_posix(),
    )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument("--epochs", type=Path, required=True, help="folder of each epoch's weights")
    parser.add_argument("--train", type=Path, help="training faces; not needed for metrics and predictions")
    parser.add_argument("--val", type=Path, required=True, help="validation faces")
    parser.add_argument("--test", type=Path, required=True, help="test faces")
    parser.add_argument("--history", type=Path, required=True, help="history.csv of the training")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics.json")
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.csv, a row per test face")
    parser.add_argument("--tables", type=Path, required=True, help="folder for by_age.csv, till.csv and others")
    parser.add_argument("--figures", type=Path, required=True, help="folder for the figures and the sheets")
    parser.add_argument("--report", type=Path, required=True, help="the report, one HTML page")
    parser.add_argument(
        "--scratch", type=Path, required=True, help="folder in which a finished training left its state"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
