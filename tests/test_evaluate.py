"""The stage `evaluate` on models that go by brightness alone: what it reads and what it writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import yaml

from ageline.model.archive import save_model
from ageline.store.faceset import write_faceset
from ageline.training.checkpoints import KeptEpochs

ROOT = Path(__file__).parent.parent
OF_GENDER = {
    "target": "gender",
    "model.top.head": "classes",
    "train.loss": "crossentropy",
    "train.monitor": "val_accuracy",
    "train.checkpoint.keep": "all",
    "gate.metric": "accuracy",
    "gate.limit": 0.9,
}

HISTORY = """epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate
1,fine_tune,0.7,0.5,0.69,0.5,0.001
2,fine_tune,0.6,0.6,0.65,0.6,0.001
"""


def model_of_brightness(weight: float) -> keras.Model:
    """Male above a brightness of a half, the surer the larger `weight` is; a negative one takes it the other way."""
    photo = keras.Input((8, 8, 3), dtype="uint8")
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255, offset=-0.5)(photo))
    dense = keras.layers.Dense(2, "softmax")
    model = keras.Model(photo, {"gender": dense(brightness)})
    dense.set_weights([np.array([[-weight, weight]] * 3), np.zeros(2)])
    return model


@pytest.fixture
def folder(tmp_path, make_params):
    """What `evaluate` reads: in each fold a dark woman, a bright man, and a dark one; the second epoch knew least."""
    for split in ("train", "val", "test"):
        names = [f"{split}{number}" for number in range(3)]
        known = {"source": names, "split_group": names, "split": split, "width": 8, "height": 8, "flags": ""}
        manifest = pd.DataFrame({"face_id": names, "gender": ["female", "male", "male"], "age": [30, None, 2], **known})
        images = (np.full((8, 8, 3), level, np.uint8) for level in (20, 240, 60))
        write_faceset(tmp_path / split, manifest, images, (8, 8))
    save_model(model_of_brightness(2.0), tmp_path / "model.keras")
    KeptEpochs(model_of_brightness(-2.0), tmp_path / "kept", tmp_path / "epochs").save(2)
    (tmp_path / "history.csv").write_text(HISTORY)
    write_params(tmp_path, make_params(OF_GENDER))
    return tmp_path


def write_params(folder: Path, params) -> None:
    (folder / "params.yaml").write_text(yaml.safe_dump(params.model_dump(mode="json")))


def evaluate(folder: Path, *, train: bool = True) -> subprocess.CompletedProcess[str]:
    """The stage as DVC runs it, or without training faces, as CI does; an engine takes its settings when it starts."""
    flags = "--model model.keras --epochs epochs --val val --test test --metrics metrics.json"
    flags += " --history history.csv --predictions predictions.csv --tables tables --figures figures"
    flags += " --report index.html --scratch scratch" + " --train train" * train
    command = [sys.executable, "-m", "stages.evaluate", *flags.split()]
    search = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=search, capture_output=True, text=True, check=False)


def check_without_training_faces(folder: Path) -> None:
    """Score once more: the same bytes for Git, and nothing else that the training faces are needed for."""
    for_git = [folder / name for name in ("metrics.json", "predictions.csv")]
    before = [path.read_bytes() for path in for_git]
    for path in for_git:
        path.unlink()
    done = evaluate(folder, train=False)
    assert done.returncode == 0, done.stderr
    assert [path.read_bytes() for path in for_git] == before
    assert set(pd.read_csv(folder / "tables/suspects.csv").split) == {"val", "test"}
    assert not (folder / "tables/by_shot.csv").exists()


def test_genders_are_evaluated(folder):
    done = evaluate(folder)
    assert done.stdout.startswith("accuracy 0.6667\naccuracy_low 0.2077\naccuracy_high 0.9385\n"), done.stderr
    predictions = pd.read_csv(folder / "predictions.csv")
    assert list(predictions.predicted) == ["female", "male", "female"]
    assert predictions.male.round(3).tolist() == [0.006, 0.995, 0.04]
    assert pd.read_csv(folder / "tables/suspects.csv").face_id.head(3).tolist() == ["test2", "train2", "val2"]
    check_without_training_faces(folder)


def test_an_earlier_epoch_can_be_chosen(folder, make_params):
    write_params(folder, make_params({**OF_GENDER, "evaluate.epoch": 2}))
    assert evaluate(folder).stdout.startswith("accuracy 0.3333\n")


def model_of_age() -> keras.Model:
    """Two years older than the face is bright in percent, and always equally sure."""
    photo = keras.Input((8, 8, 3), dtype="uint8")
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(100 / 255)(photo))
    age, std = keras.layers.Dense(1), keras.layers.Dense(1)
    model = keras.Model(photo, {"age": age(brightness), "std": std(brightness)})
    age.set_weights([np.full((3, 1), 1 / 3), np.array([2.0])])
    std.set_weights([np.zeros((3, 1)), np.array([4.0])])
    return model


def test_ages_are_evaluated_with_intervals_a_threshold_and_a_report(tmp_path, make_params):
    for split in ("train", "val", "test"):
        ages = np.arange(10, 50)
        names = [f"{split}{age}" for age in ages]
        known = {"source": names, "split_group": names, "split": split, "width": 8, "height": 8, "flags": ""}
        manifest = pd.DataFrame(
            {"face_id": names, "age": ages.astype(float), "gender": ["female", "male"] * 20, **known}
        )
        images = (np.full((8, 8, 3), round(2.55 * age), np.uint8) for age in ages)
        write_faceset(tmp_path / split, manifest, images, (8, 8))
    save_model(model_of_age(), tmp_path / "model.keras")
    (tmp_path / "history.csv").write_text(HISTORY.replace("accuracy", "mae"))
    changes = {"data.source": "data/raw/faces", "evaluate.bootstrap.samples": 100, "evaluate.minor_pass": 0.2}
    write_params(tmp_path, make_params(changes))
    done = evaluate(tmp_path)

    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert list(metrics) == [
        "mae", "mae_low", "mae_high", "macro_mae", "rmse", "bias", "cs5", "coverage", "width", "threshold",
        "minor_pass", "n_test", "n_failed",
    ], done.stderr  # fmt: skip
    assert metrics["mae"] == pytest.approx(2, abs=0.1)  # rounding to a byte of brightness moves it by a fifth of a year
    # Eight validation minors of 10 to 17 are taken for 12 to 18.9: at 18 two pass, and (2 + 1) / (8 + 1) is over 0.2;
    # at 19 none does, and 1 / 9 is below.
    assert (metrics["threshold"], metrics["minor_pass"]) == (19, 0)
    predictions = pd.read_csv(tmp_path / "predictions.csv")
    assert list(predictions) == ["face_id", "true", "predicted", "low", "high", "std"]
    assert set(predictions["std"]) == {4.0}
    assert list(pd.read_csv(tmp_path / "tables/by_gender.csv").n) == [20, 20]
    assert done.stdout.splitlines()[-1].startswith("There is no risk against coverage: 40 of 40 faces")
    page = (tmp_path / "index.html").read_text()
    assert "wrong by 2.0" in page
    assert "data:image" not in page  # the source is not the sample, so no picture of a face is in it
    assert (tmp_path / "tables/by_shot.csv").exists()
    check_without_training_faces(tmp_path)
