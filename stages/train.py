"""train: a ResNet50 learns age from the training faces and their copies; the best epoch on validation is kept.

    python -m stages.train --train data/faces/train --val data/faces/val --copies data/augmented
        --backbone models/backbone.weights.h5 --model models/model.keras --history metrics/train

On the built-in sample it takes three to five minutes on two cores and ends near 6 years of val_mae.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.model.archive import save_model
from ageline.model.backbone import load_initial_weights
from ageline.model.face_model import build_model
from ageline.params import load_params
from ageline.store import FaceSet, write_csv
from ageline.training.determinism import prepare_engine
from ageline.training.feed import FaceFeed
from ageline.training.learning import learn


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    train, val, copies = (FaceSet.open(folder) for folder in (flags.train, flags.val, flags.copies))

    prepare_engine(params.train)
    model = build_model(
        params.model, params.train.augmentation, train.height_width, float(train.ages.mean()), params.train.seed
    )
    load_initial_weights(model.get_layer("resnet50"), flags.backbone)
    train_feed = FaceFeed([train, copies], params.train.batch_size, params.train.seed)
    history = learn(model, train_feed, FaceFeed([val], params.train.batch_size), params.train)

    write_csv(flags.history / "history.csv", history, decimals=8)
    save_model(model, flags.model)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="training faces")
    parser.add_argument("--val", type=Path, required=True, help="validation faces, which choose the epoch")
    parser.add_argument("--copies", type=Path, required=True, help="augmented copies of rare training faces")
    parser.add_argument("--backbone", type=Path, required=True, help="the backbone's first weights")
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument("--history", type=Path, required=True, help="folder for history.csv")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
