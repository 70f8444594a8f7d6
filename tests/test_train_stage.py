"""The train stage as DVC runs it, in processes of its own, on a few faces and a real backbone."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import yaml

from ageline.model.backbones import build_backbone
from ageline.store.faceset import FaceSet

ROOT = Path(__file__).parent.parent
BACKBONE = "--weights . --out backbone.weights.h5"
FOLDERS = "--train faces --val val --copies copies --backbone backbone.weights.h5"


@pytest.fixture
def project(tmp_path, make_faces, make_params, shipped):
    """A folder with faces, copies and params: a small CNN in two phases, averaged, weighted, every epoch kept."""
    changes = {
        "model.backbone": "CNN",
        "model.weights": "file",
        "model.weights_file": "own.weights.h5",
        "ingest.image_size": 56,
        "train.batch_size": 8,
        "train.optimizer.ema": 0.9,
        "train.weighting": "lds",
        "train.phases.top.epochs": 1,
        "train.phases.fine_tune": {"epochs": 2, "trainable": ["conv3"], "learning_rate_factor": 1.0},
        "train.checkpoint.keep": "all",
        "resume.seconds": 0,
    }

    def make(backbone: str = "CNN", **more: object) -> Path:
        trained = {f"train.{key}": value for key, value in more.items()}
        params = make_params(changes | {"model.backbone": backbone} | trained)
        keras.utils.set_random_seed(params.train.seed + 1)  # so that no seed of the stage's draws the same weights
        build_backbone(params.model).save_weights(tmp_path / "own.weights.h5")
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(shipped))
        make_faces(range(10, 58, 3), size=56)
        make_faces([15, 45, 75], "val", size=56, split="val")
        make_faces([80, 80], "copies", size=56)
        return tmp_path

    return make


def stage(folder: Path, name: str, flags: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", f"stages.{name}", *flags.split()],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Status, stdout and stderr of a process at its end."""
    shown, errors = process.communicate()
    return process.returncode, shown, errors


def outs(name: str) -> str:
    files = f"--model {name}/model.keras --epochs {name}/epochs --history {name}/history.csv --cost {name}/cost.json"
    return f"{files} --scratch {name}/scratch"


@pytest.mark.long
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_runs_write_the_same_bytes_whichever_the_engine(project, backend):
    folder = project(backend=backend)
    assert finish(stage(folder, "backbone", BACKBONE))[0] == 0
    both = [stage(folder, "train", f"{FOLDERS} {outs(name)}") for name in ("one", "two")]
    for status, shown, errors in [finish(process) for process in both]:
        assert status == 0, errors
        assert [line.split()[:2] for line in shown.splitlines()[:3]] == [
            ["top", "1/1"],
            ["fine_tune", "1/2"],
            ["fine_tune", "2/2"],
        ]
    kept = ["model.keras", "history.csv", "epochs/epochs.csv", *(f"epochs/epoch-00{n}.weights.h5" for n in (1, 2, 3))]
    (scratch,) = (folder / "one" / "scratch").glob("*/finished")
    shutil.rmtree(scratch.parent.parent)
    assert sorted(str(path.relative_to(folder / "one")) for path in (folder / "one").rglob("*.*")) == sorted(
        [*kept, "cost.json"]
    )
    for file in kept:
        assert (folder / "one" / file).read_bytes() == (folder / "two" / file).read_bytes(), file
    assert json.loads((folder / "one" / "cost.json").read_text())["epochs"] == 3
    backbone = keras.models.load_model(folder / "one" / "model.keras").get_layer("backbone")
    frozen = [backbone.get_layer(name).get_weights() for name in ("conv1_conv", "conv2_conv")]
    backbone.load_weights(folder / "own.weights.h5")
    for name, weights in zip(("conv1_conv", "conv2_conv"), frozen, strict=True):
        for trained, first in zip(weights, backbone.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(trained, first)


def kill_at_random_moments(folder: Path, times: int) -> list[str]:
    """The first line of each life; each leaves what is whole."""
    draw, went_on = np.random.default_rng(5), []
    for _ in range(times):
        process = stage(folder, "train", f"{FOLDERS} {outs('killed')}")
        first = process.stdout.readline()
        while "faces/s" not in first + process.stdout.readline():  # until it trains; which epoch it is at is for chance
            assert process.poll() is None
        time.sleep(draw.uniform(0, 3))
        process.kill()
        finish(process)
        went_on.append(first)
        epochs = pd.read_csv(folder / "killed" / "epochs" / "epochs.csv")
        assert epochs.epoch.tolist() == list(range(1, len(epochs) + 1))
        assert all((folder / "killed" / "epochs" / file).is_file() for file in epochs.file)
    return went_on


@pytest.mark.long
def test_a_resnet50_killed_at_random_moments_ends_with_the_same_bytes(project):
    folder = project("ResNet50", **{"phases.fine_tune": {"epochs": 4, "trainable": "all", "learning_rate_factor": 1.0}})
    assert finish(stage(folder, "backbone", BACKBONE))[0] == 0
    with stage(folder, "train", f"{FOLDERS} {outs('whole')}") as whole:  # which leaves a core to the others
        went_on = kill_at_random_moments(folder, 3)
        status, shown, errors = finish(stage(folder, "train", f"{FOLDERS} {outs('killed')}"))
        assert status == 0, errors
        assert [line.split("epoch")[0] for line in [*went_on[1:], shown]] == ["goes on after "] * 3
        status, _, errors = finish(whole)
        assert status == 0, errors
    for file in (
        "model.keras",
        "history.csv",
        "epochs/epochs.csv",
        *(f"epochs/epoch-00{n}.weights.h5" for n in range(1, 6)),
    ):
        assert (folder / "killed" / file).read_bytes() == (folder / "whole" / file).read_bytes(), file


@pytest.mark.long
def test_params_that_were_edited_while_it_trained_are_not_noted_beside_its_model(project):
    folder = project(**{"phases.fine_tune": {"epochs": 30, "trainable": "all", "learning_rate_factor": 1.0}})
    assert finish(stage(folder, "backbone", BACKBONE))[0] == 0
    params = folder / "params.yaml"
    as_begun = params.read_text()
    process = stage(folder, "train", f"{FOLDERS} {outs('edited')}")
    assert "faces/s" in process.stdout.readline()
    params.write_text(as_begun.replace("learning_rate: 0.002", "learning_rate: 0.001"))
    assert params.read_text() != as_begun
    status, _, errors = finish(process)
    assert status == 1
    assert "error: params.yaml, code or data changed while the model was trained" in errors
    assert not (folder / "edited" / "model.keras").exists()

    params.write_text(as_begun)
    status, shown, errors = finish(stage(folder, "train", f"{FOLDERS} {outs('edited')}"))
    assert status == 0, errors
    assert "nothing was left to train" in shown


def test_an_empty_fold_is_a_sentence_and_no_traceback(project, make_faces):
    folder = project()
    assert finish(stage(folder, "backbone", BACKBONE))[0] == 0
    make_faces([], "val", size=56)
    assert len(FaceSet.open(folder / "val")) == 0
    status, _, errors = finish(stage(folder, "train", f"{FOLDERS} {outs('none')}"))
    assert status == 1
    assert "error: the validation fold holds no faces" in errors
    assert "Traceback" not in errors
