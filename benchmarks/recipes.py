"""How fast each recipe trains here, and so how long it would take: a few batches of each of its phases.

    python -m benchmarks.recipes            # all; some minutes on two cores
    python -m benchmarks.recipes A5 E       # these

Each recipe runs in a process of its own, on faces of noise, which take as long as others do: of each phase a batch that
is not counted, in which the engine compiles, then `--batches` that are. The column of hours is **extrapolated** from
them: training alone, without validation, all epochs, on as many training faces as the official fold of APPA-REAL has,
and without augmented copies. Weights are random, seeds, engine and precision those of params.yaml.
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Any

import numpy as np

from ageline.errors import run
from ageline.overrides import with_values
from ageline.params import Params, parse_params, read_sections
from ageline.recipes import QUICK, compose, read_recipe, recipe_names

FACES = 4113  # of the official training fold of APPA-REAL


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    if flags.alone:
        print(json.dumps(measure(flags.recipes[0], flags.batches)))
        return
    print(f"| recipe | faces | batch | phase | faces a second | hours for {FACES:,} faces | peak memory, MB |")
    print("|---|---|---:|---|---:|---:|---:|")
    for name in flags.recipes or recipe_names():
        for row in _alone(name, flags.batches):
            print("| " + " | ".join(str(value) for value in row) + " |", flush=True)


def measure(name: str, batches: int) -> list[list[Any]]:
    """A row of the table for each phase of a recipe."""
    params = _params(name)
    from ageline.model.backend import use_backend

    use_backend(params.train.backend)
    from ageline.model.face_model import build_model
    from ageline.model.heads import make_head
    from ageline.training.determinism import prepare_engine
    from ageline.training.device import peak_memory
    from ageline.training.phases import plan_phases

    prepare_engine(params.train)
    head = make_head(params, mean_age=30.0)
    model = build_model(params, params.ingest.height_width, head)
    rows = []
    for phase in plan_phases(params.train):
        speed = _speed(model, head, phase, params, batches)
        hours = phase.epochs * FACES / speed / 3600
        height, width = params.ingest.height_width
        memory = round(peak_memory() / 1e6)
        size = f"{height} x {width}"
        rows.append([name, size, params.train.batch_size, phase.name, f"{speed:.1f}", f"{hours:.1f}", memory])
    return rows


def _speed(model: Any, head: Any, phase: Any, params: Params, batches: int) -> float:
    """Faces a second of a phase."""
    from ageline.model.blocks import set_trainable
    from ageline.model.optimizer import build_optimizer

    set_trainable(model, phase.trainable)
    optimizer = build_optimizer(params.train.optimizer, 1000, phase.epochs, phase.learning_rate_factor)
    model.compile(optimizer, head.loss(), metrics=[head.metric()])
    generator = np.random.default_rng(1)
    faces = generator.integers(0, 256, (params.train.batch_size, *params.ingest.height_width, 3), dtype=np.uint8)
    labels = generator.integers(0, 2, (len(faces), 1)).astype(np.float32)
    model.train_on_batch(faces, labels)
    started = time.perf_counter()
    for _ in range(batches):
        model.train_on_batch(faces, labels)
    return batches * len(faces) / (time.perf_counter() - started)


def _params(name: str) -> Params:
    sections = read_sections()
    values = compose(read_recipe(name), read_recipe(QUICK), sections) | {"model.weights": "random"}
    return parse_params(with_values(sections, values), f"params.yaml with recipe {name}")


def _alone(name: str, batches: int) -> list[list[Any]]:
    command = [sys.executable, "-m", "benchmarks.recipes", name, "--alone", "--batches", str(batches)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    rows: list[list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="names in recipes/; all by default")
    parser.add_argument("--batches", type=int, default=2, help="of each phase that are timed; 2 by default")
    parser.add_argument("--alone", action="store_true", help="measure one recipe in this process, as JSON")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
