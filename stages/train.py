"""train: a model learns age or gender from the training faces and their copies, phase by phase.

    python -m stages.train --train data/faces/train --val data/faces/val --copies data/augmented
        --backbone models/backbone.weights.h5 --model models/model.keras --epochs models/epochs
        --history metrics/train/history.csv --cost metrics/train/cost.json --scratch .scratch/train

On the built-in sample it takes three to five minutes on two cores and ends near 6 years of val_mae. A line per epoch
says how it goes; history.csv and epochs.csv are written after every epoch. Killed and run again, it goes on after the
last epoch whose state is in the scratch, and ends with the same bytes (docs/decisions/0012).
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.model.backend import use_backend
from ageline.params import load_params
from ageline.store import FaceSet, write_json


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    use_backend(params.train.backend)
    from ageline.model.archive import save_model
    from ageline.model.backbones import load_initial_weights
    from ageline.model.face_model import build_model, finished_model
    from ageline.model.heads import make_head
    from ageline.training.cost import cost_of
    from ageline.training.determinism import prepare_engine
    from ageline.training.feed import training_feed, validation_feed
    from ageline.training.fingerprint import fingerprint
    from ageline.training.history import Record
    from ageline.training.labels import mean_age
    from ageline.training.learning import learn
    from ageline.training.scratch import scratch_of

    train, val, copies = (FaceSet.open(folder) for folder in (flags.train, flags.val, flags.copies))
    train_feed, val_feed = training_feed(train, copies, params), validation_feed(val, params)

    prepare_engine(params.train)
    head = make_head(params, mean_age(train, params.target))
    model = build_model(params, train.height_width, head)
    load_initial_weights(model.get_layer("backbone"), flags.backbone)
    data = [flags.train, flags.val, flags.copies, flags.backbone]
    with scratch_of(flags.scratch, fingerprint(params, data)) as scratch:
        record = Record(flags.history, flags.epochs, head.metric().name)
        stopwatch = learn(model, head, train_feed, val_feed, params, record, scratch)
        save_model(finished_model(model, head), flags.model)
        write_json(flags.cost, cost_of(stopwatch, params.train))
        scratch.finish()


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="training faces")
    parser.add_argument("--val", type=Path, required=True, help="validation faces, which choose the epoch")
    parser.add_argument("--copies", type=Path, required=True, help="augmented copies of rare training faces")
    parser.add_argument("--backbone", type=Path, required=True, help="the backbone's first weights")
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument(
        "--epochs", type=Path, required=True, help="folder for epochs.csv and the weights of every epoch"
    )
    parser.add_argument("--history", type=Path, required=True, help="history.csv, a row per epoch")
    parser.add_argument("--cost", type=Path, required=True, help="cost.json: time, speed, device, memory")
    parser.add_argument(
        "--scratch", type=Path, required=True, help="folder for the state that a killed run goes on from"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
