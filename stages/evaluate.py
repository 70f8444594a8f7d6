"""evaluate: the error on the test fold, with its interval, by age, and the faces that it is largest for.

    python -m stages.evaluate --model models/model.keras --test data/faces/test --metrics metrics/metrics.json
        --predictions metrics/predictions.csv --tables metrics/evaluate --figures reports/evaluate

No stage that decides anything about the model reads the test fold.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.figures import credit
from ageline.model.archive import load_model
from ageline.params import load_params
from ageline.scoring import write_scores
from ageline.store import FaceSet
from ageline.training.determinism import prepare_engine
from ageline.training.prediction import predict_ages


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    test = FaceSet.open(flags.test)

    prepare_engine(params.train)
    predictions = predict_ages(load_model(flags.model), test, params.train.batch_size)
    metrics = write_scores(
        predictions,
        test,
        params.evaluate,
        metrics_path=flags.metrics,
        predictions_path=flags.predictions,
        tables_dir=flags.tables,
        figures_dir=flags.figures,
        source=f"test fold of {credit(params.data.source)}",
    )
    print("\n".join(f"{name} {value}" for name, value in metrics.items()))


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument("--test", type=Path, required=True, help="test faces")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics.json")
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.csv, a row per test face")
    parser.add_argument("--tables", type=Path, required=True, help="folder for error_by_age.csv")
    parser.add_argument("--figures", type=Path, required=True, help="folder for the figures and the sheet")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
