"""The stage `evaluate` on a model that takes dark faces for women: what it reads and what it writes."""

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
from ageline.store import write_faceset
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


def evaluate(folder: Path) -> subprocess.CompletedProcess[str]:
    """The stage as DVC runs it: an engine takes its settings once, when it starts."""
    flags = "--model model.keras --epochs epochs --train train --val val --test test --metrics metrics.json"
    flags += " --history history.csv --predictions predictions.csv --tables tables --figures figures"
    flags += " --report index.html --scratch scratch"
    command = [sys.executable, "-m", "stages.evaluate", *flags.split()]
    search = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=search, capture_output=True, text=True, check=False)


def test_genders_are_evaluated(folder):
    done = evaluate(folder)
    assert done.stdout.startswith("accuracy 0.6667\naccuracy_low 0.2077\naccuracy_high 0.9385\n"), done.stderr
    predictions = pd.read_csv(folder / "predictions.csv")
    assert list(predictions.predicted) == ["female", "male", "female"]
    assert predictions.male.round(3).tolist() == [0.006, 0.995, 0.04]
    assert pd.read_csv(folder / "tables/suspects.csv").face_id.head(3).tolist() == ["test2", "train2", "val2"]


def test_an_earlier_epoch_can_be_chosen(folder, make_params):
    write_params(folder, make_params({**OF_GENDER, "evaluate.epoch": 2}))
    assert evaluate(folder).stdout.startswith("accuracy 0.3333\n")
