"""Every recipe through every stage, on a handful of drawn faces and for one epoch of each phase, weights random.

Each runs in a process of its own, as a stage does, at the image size and with the model of the recipe. Two run at a
time, since most of a short run is Python, which keeps one core busy.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ageline.experiment import Wishes, plan_experiment
from ageline.overrides import Sections, read_override, with_values
from ageline.recipes import QUICK, read_recipe, recipe_names
from ageline.sample.camera import jpeg, photograph
from ageline.sample.people import draw_age, person_of

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "recipes"
FACES = 24
# No network, so no weights of ImageNet's; folds of some faces each.
SETS = [
    "model.weights=random",
    f"sample.faces={FACES}",
    f"ingest.max_faces={FACES}",
    "ingest.split.fractions=[0.6,0.2,0.2]",
    "evaluate.bootstrap.samples=100",
]
METRICS = {
    "age": ["mae", "macro_mae", "rmse", "bias", "cs5", "n_test", "n_failed"],
    "gender": ["accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy", "log_loss", "n_test"],
}


def draw_genders(folder: Path) -> None:
    """Drawn faces in folders female/ and male/, told apart by hair and beard."""
    for number in range(FACES):
        rng = np.random.default_rng((5, number))
        gender, traits = [("female", {"hair": "long", "beard": 0.0}), ("male", {"hair": "shaved", "beard": 1.0})][
            number % 2
        ]
        person = replace(person_of(draw_age(rng), rng), **traits)
        (folder / gender).mkdir(parents=True, exist_ok=True)
        (folder / gender / f"{number}.jpg").write_bytes(jpeg(photograph(person, 64, rng)))


def smoke(name: str, sets: list[str]) -> Sections:
    """params.yaml of a smoke run of the recipe, begun from the shipped params."""
    shipped = yaml.safe_load((ROOT / "params.yaml").read_text())
    experiment = plan_experiment(
        read_recipe(name, FOLDER), read_recipe(QUICK, FOLDER), shipped, Wishes(budget="smoke", sets=sets)
    )
    own = {key: choices[0] for key, choices in map(read_override, experiment.sets)}
    return with_values(shipped, experiment.changes | own)


def target_of(name: str) -> str:
    return "gender" if name == "E" else "age"


def run_all_stages(name: str, folder: Path) -> Sections:
    """Run the recipe in the folder; gives the params it ran with."""
    gender = target_of(name) == "gender"
    if gender:
        draw_genders(folder / "faces")
    params = smoke(name, [*SETS, *(["data.source=faces"] if gender else [])])
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    command = ["nice", sys.executable, ROOT / "tests/all_stages.py", ROOT]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return params


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory) -> Iterator[dict[str, tuple[Path, "Future[Sections]"]]]:
    """By recipe, the folder and the run of each that is asked for."""
    asked = [item for item in request.session.items if item.path == request.path and "runs" in item.fixturenames]
    names = dict.fromkeys(name for item in asked for name in item.callspec.params.values())
    folders = {name: tmp_path_factory.mktemp("recipe") for name in names}
    pool = ThreadPoolExecutor(max_workers=2)
    yield {name: (folder, pool.submit(run_all_stages, name.split()[0], folder)) for name, folder in folders.items()}
    pool.shutdown(cancel_futures=True)


@pytest.mark.long
@pytest.mark.parametrize("name", recipe_names(FOLDER))
def test_a_recipe_runs_through_every_stage(name, runs):
    folder, run = runs[name]
    params = run.result()
    metrics = json.loads((folder / "metrics/metrics.json").read_text())
    # So few faces may give no intervals and no threshold.
    unsure = {"mae_low", "mae_high", "coverage", "width", "threshold", "minor_pass"}
    assert [metric for metric in metrics if metric not in unsure] == METRICS[target_of(name)]
    assert metrics["n_test"] == len(pd.read_csv(folder / "metrics/predictions.csv")) > 0
    history = pd.read_csv(folder / "metrics/train/history.csv")
    assert history.phase.tolist() == [
        phase for phase, described in params["train"]["phases"].items() if described["epochs"]
    ]
    kept = sorted(path.name for path in (folder / "models/epochs").iterdir())
    assert kept == (["epoch-001.weights.h5", "epochs.csv"] if name == "E" else ["epochs.csv"])
    check_model(folder / "models/model.keras", params)
    parity = json.loads((folder / "metrics/export.json").read_text())
    assert max(parity["onnx_openvino"], parity["onnx_onnxruntime"]) <= params["export"]["tolerance"]


@pytest.mark.long
@pytest.mark.parametrize(("once", "again"), [("quick", "quick again")])
def test_the_shipped_recipe_gives_the_same_bytes_in_another_folder(once, again, runs):
    (one, first), (other, second) = runs[once], runs[again]
    assert first.result() == second.result()
    for file in (
        "data/faces/test/pack-00000.npy",
        "data/augmented/manifest.parquet",
        "models/model.keras",
        "models/model.onnx",
        "models/model.json",
        "metrics/export.json",
        "metrics/train/history.csv",
        "metrics/metrics.json",
        "metrics/predictions.csv",
    ):
        assert (other / file).read_bytes() == (one / file).read_bytes(), file


def check_model(path: Path, params: Sections) -> None:
    """The saved model takes the recipe's size of faces, and has its backbone, top and answer."""
    config = json.loads(zipfile.ZipFile(path).read("config.json"))["config"]
    layers = {layer["name"]: layer for layer in config["layers"]}
    size = params["ingest"]["image_size"]
    height_width = [size, size] if isinstance(size, int) else size
    assert layers["photo"]["config"]["batch_shape"] == [None, *height_width, 3]
    within = [layer["name"] for layer in layers["backbone"]["config"]["layers"]]
    assert ("conv5_block3_out" in within) == (params["model"]["backbone"] == "ResNet50")
    units = [layer["config"]["units"] for layer in config["layers"] if layer["class_name"] == "Dense"]
    assert units == [*(params["model"]["top"]["units"] or []), 1 if params["target"] == "age" else 2]
    assert set(layers) >= {"photo", "preprocessing", "backbone", "pooling"}
    assert not set(layers) & {"flip"}
