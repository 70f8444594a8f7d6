"""train: a model learns age or gender from the training faces and their copies, phase by phase.

    python -m stages.train --train data/faces/train --val data/faces/val --copies data/augmented
        --backbone models/backbone.weights.h5 --model models/model.keras --epochs models/epochs
        --history metrics/train/history.csv --cost metrics/train/cost.json --scratch .scratch/train

Several processes train together where docs/scaling.md's three environment variables say so; the one of number 0 writes.

On the built-in sample it takes three to five minutes on two cores and ends near 6 years of val_mae. A line per epoch
says how it goes; history.csv and epochs.csv are written after every epoch. Killed and run again, it goes on after the
last epoch whose state is in the scratch, and ends with the same bytes (docs/decisions/0012).
"""

import argparse
from pathlib import Path
from typing import Any

from ageline.errors import run
from ageline.model.backend import use_backend
from ageline.params import Params, load_params
from ageline.store.faceset import FaceSet
from ageline.store.files import remove_partials, write_json
from ageline.training.processes import Processes, join_processes
from ageline.training.survivor import check_wanted


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    use_backend(params.train.backend)
    from ageline.training.determinism import prepare_engine

    prepare_engine(params.train)
    processes = join_processes(params.train)
    with processes.taking_part() as elsewhere:
        _train(flags if elsewhere is None else _with_outs_in(elsewhere, flags), params, processes)


def _train(flags: argparse.Namespace, params: Params, processes: Processes) -> None:
    from ageline.model.archive import save_model
    from ageline.model.face_model import finished_model
    from ageline.training.cost import cost_of
    from ageline.training.feed import training_feed, validation_feed
    from ageline.training.fingerprint import check_unchanged, fingerprint
    from ageline.training.history import Record
    from ageline.training.learning import learn
    from ageline.training.scratch import scratch_of

    data = [flags.train, flags.val, flags.copies, flags.backbone]
    begun_with = fingerprint(params, data, processes.devices)
    processes.check_same(begun_with, "params, data or code")
    train, val, copies = (FaceSet.open(folder) for folder in (flags.train, flags.val, flags.copies))
    feeds = training_feed(train, copies, params, processes), validation_feed(val, params, processes)
    model, head = _first_model(params, train, flags.backbone)
    with scratch_of(flags.scratch, begun_with) as scratch:
        remove_partials(flags.model, flags.epochs, flags.history, flags.cost)
        record = Record(flags.history, flags.epochs, head.metric().name)
        stopwatch = learn(model, head, *feeds, params, record, scratch, processes)
        check_wanted()
        check_unchanged(begun_with, fingerprint(load_params(), data, processes.devices))
        if processes.writes:
            save_model(finished_model(model, head), flags.model)
            write_json(flags.cost, cost_of(stopwatch, params.train))
            scratch.finish()


def _first_model(params: Params, train: FaceSet, backbone: Path) -> tuple[Any, Any]:
    """A `keras.Model` with the weights that training starts from, and its `Head`."""
    from ageline.model.backbones import load_initial_weights
    from ageline.model.face_model import build_model
    from ageline.model.heads import make_head
    from ageline.training.labels import mean_age

    head = make_head(params, mean_age(train, params.target))
    model = build_model(params, train.height_width, head)
    load_initial_weights(model.get_layer("backbone"), backbone)
    return model, head


def _with_outs_in(folder: Path, flags: argparse.Namespace) -> argparse.Namespace:
    outs = {name: folder / name for name in ("epochs", "history", "cost", "scratch")}
    outs["model"] = folder / "model.keras"
    return argparse.Namespace(**vars(flags) | outs)


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
