"""A training that is killed, at whatever moment, ends with the bytes of one that never was."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from killed import gone_on, results

from ageline.overrides import with_values
from ageline.store.faceset import write_faceset

ROOT = Path(__file__).parent.parent

# Whatever has a state: two phases, a moving average, a schedule, every epoch kept; and the second phase is no better
# than the first, so that an earlier epoch is handed on.
CHANGES = {
    "resume.seconds": 0,
    "train.batch_size": 4,
    "train.checkpoint.keep": "all",
    "train.optimizer.ema": 0.9,
    "train.optimizer.learning_rate": 0.01,
    "train.phases.top": {"epochs": 2, "trainable": "none", "learning_rate_factor": 1.0},
    "train.phases.fine_tune": {"epochs": 2, "trainable": ["conv2"], "learning_rate_factor": 300.0},
}


def write_faces(folder: Path, ages: list[int]) -> None:
    """Noise of 8 x 8 pixels, the brighter the older."""
    draw, names = np.random.default_rng(1), [f"face{number}" for number in range(len(ages))]
    manifest = pd.DataFrame({"face_id": names, "source": names, "age": np.array(ages, float), "split_group": names})
    manifest = manifest.assign(split="train", width=8, height=8, flags="")
    images = ((draw.integers(0, 60, (8, 8, 3)) + 2 * age).astype(np.uint8) for age in ages)
    write_faceset(folder, manifest, images, (8, 8))


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """How it ended, and what it printed."""
    try:
        shown, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    return process.returncode, shown


class Trainings:
    """Trainings of one model in one folder, each of a name; `whole`, which runs beside the first, is never stopped."""

    def __init__(self, folder: Path, backend: str, changes: dict[str, object]) -> None:
        self.folder, self._backend = folder, backend
        shipped = yaml.safe_load((ROOT / "params.yaml").read_text())
        params = with_values(shipped, CHANGES | {"train.backend": backend} | changes)
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        write_faces(folder / "train", list(range(10, 40, 2)))
        write_faces(folder / "val", [15, 45, 75])
        self._whole = self._start("whole")

    def run(self, name: str, *killed_at: object) -> tuple[int, str]:
        """How it ended, and what it printed; it, or its parent, is killed so many moments after the first of a kind."""
        return finish(self._start(name, *killed_at))

    def whole(self) -> dict[str, bytes]:
        """The results of the one that was never stopped."""
        status, shown = finish(self._whole)
        assert status == 0, shown
        return results(self.folder / "whole")

    def results(self, name: str) -> dict[str, bytes]:
        return results(self.folder / name)

    def _start(self, name: str, *killed_at: object) -> "subprocess.Popen[str]":
        search = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        # In place of dvc, which marks the environment of a stage; the output ends when both have.
        call = "import os, subprocess, sys; subprocess.call(sys.argv[1:], env=os.environ | {'DVC_STAGE': 'train'})"
        parent = [sys.executable, "-c", call]
        command = [sys.executable, str(ROOT / "tests" / "crashes.py"), name, *map(str, killed_at)]
        return subprocess.Popen(
            [*parent, *command] if "parent" in killed_at else command,
            cwd=self.folder, env=os.environ | {"PYTHONPATH": search, "KERAS_BACKEND": self._backend},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


# One training and its deaths: when it is killed, and the epoch after which it then goes on. It has four epochs.
LIVES = {
    "within its first epoch": ("batch", 1, None),
    "within its second": ("os.rename *epoch-00001 epoch-00001", 4, 1),
    "when half of a state is written": ("open state.json", 0, 1),
    "before a state is moved in": ("os.rename *epoch-00002 epoch-00002", 0, 1),
    "after a state was moved in": ("os.rename *epoch-00002 epoch-00002", 1, 2),
    "between two phases": ("batch", 0, 2),
    "within the second phase": ("os.rename *epoch-00003 epoch-00003", 5, 3),
    "before the model is moved in": ("os.rename *model.keras model.keras", 0, 4),
    "when all is written": ("open finished", 0, 4),
}


@pytest.mark.long
def test_killed_at_every_named_point_it_goes_on_and_ends_with_the_same_bytes(tmp_path):
    trainings, went_on = Trainings(tmp_path, "tensorflow", {}), None
    for point, (moment, later, saved) in LIVES.items():
        status, shown = trainings.run("killed", moment, later)
        assert (point, status, gone_on(shown)) == (point, -9, went_on), shown
        went_on = saved
    status, shown = trainings.run("killed")
    assert (status, gone_on(shown)) == (0, 4), shown
    assert "nothing was left to train" in shown
    assert "the best, number 3, is kept" in shown
    assert trainings.results("killed") == trainings.whole()


# When dvc is killed, and the epoch whose state the training that it leaves behind has saved when that has noticed.
LEFT_BEHIND = {
    "within its first epoch": ("batch", 1, None),
    "within its second": ("os.rename *epoch-00001 epoch-00001", 4, 1),
    "when half of a state is written, and it is the phase's last": ("open state.json", 0, 2),
    "before a state is moved in": ("os.rename *epoch-00003 epoch-00003", 0, 3),
    "before the model is moved in": ("os.rename *model.keras model.keras", 0, 4),
}


@pytest.mark.long
def test_what_dvc_leaves_behind_at_a_named_point_ends_and_the_next_goes_on(tmp_path):
    trainings, went_on = Trainings(tmp_path, "tensorflow", {}), None
    for point, (moment, later, saved) in LEFT_BEHIND.items():
        status, shown = trainings.run("left", moment, later, "parent")
        assert (point, status, gone_on(shown)) == (point, -9, went_on), shown
        # Where no batch comes any more it ends by itself, and what it writes is whole.
        assert ("dvc, which started this training, is gone" in shown) == (saved != 4), shown
        went_on = saved
    status, shown = trainings.run("left")
    assert (status, gone_on(shown)) == (0, 4), shown
    assert trainings.results("left") == trainings.whole()


CONSTANT = {"train.optimizer.ema": None, "train.optimizer.schedule": "constant", "train.optimizer.warmup": 0}
IMPATIENT = {"train.early_stopping.patience": 3, "train.reduce_lr": {"patience": 1, "factor": 0.3}}
LONGER = {"train.phases.fine_tune.epochs": 12, "train.optimizer.learning_rate": 0.3, "train.phases.top.epochs": 1}


@pytest.mark.long
@pytest.mark.parametrize(
    ("backend", "changes"),
    [
        ("tensorflow", CONSTANT | IMPATIENT | LONGER | {"train.checkpoint": {"use": "last", "keep": "best"}}),
        ("jax", {}),
    ],
)
def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path, backend, changes):
    made = Trainings(tmp_path, backend, changes)
    draw, lives = np.random.default_rng(1), []
    while not lives or lives[-1] != 0:
        # The longest way from one saved state to the next is that of two epochs, and of what comes before the first.
        status, shown = made.run("killed", "any", draw.integers(60, 120))
        assert status in (-9, 0), shown
        lives.append(status)
    assert len(lives) > 1
    assert made.results("killed") == made.whole()
    if "train.early_stopping.patience" in changes:
        history = pd.read_csv(made.folder / "whole" / "history.csv")
        assert len(history) < 13
        assert history.learning_rate.nunique() > 1
