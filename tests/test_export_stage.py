"""The stage `export` on models that go by brightness alone, behind the stage `evaluate`."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import yaml

from ageline.errors import AgelineError
from ageline.model.archive import save_model
from ageline.serving.answers import Age, Gender
from ageline.serving.engines import has_bfloat16
from ageline.serving.predictor import Predictor
from ageline.store.faceset import FaceSet, write_faceset
from ageline.training.checkpoints import KeptEpochs
from stages.export import main

ROOT = Path(__file__).parent.parent
HISTORY = "epoch,phase,loss,mae,val_loss,val_mae,learning_rate\n1,fine_tune,0.7,0.5,0.69,0.5,0.001\n"
# In one process an engine can't be given other threads for each test.
FREE = {"train.deterministic": False}
AGES = FREE | {"data.source": "data/raw/faces", "evaluate.bootstrap.samples": 100, "evaluate.minor_pass": 0.2}
GENDERS = FREE | {"target": "gender", "model.top.head": "classes", "train.loss": "crossentropy",
           "train.monitor": "val_accuracy", "gate.metric": "accuracy", "gate.limit": 0.9}  # fmt: skip
WRITTEN = ["model.onnx", "model.json", "formats", "export.json"]


def model_of_age(years: float = 1.0, *, std: bool = True) -> keras.Model:
    """An age of `years` for each percent of brightness, and 2 more; the surer the younger."""
    photo = keras.Input((8, 8, 3), dtype="uint8")
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(100 / 255)(photo))
    age, spread = keras.layers.Dense(1), keras.layers.Dense(1)
    answers = {"age": age(brightness)} | ({"std": spread(brightness)} if std else {})
    model = keras.Model(photo, answers)
    age.set_weights([np.full((3, 1), years / 3), np.array([2.0])])
    if std:
        spread.set_weights([np.full((3, 1), 0.05), np.array([1.0])])
    return model


def model_of_gender() -> keras.Model:
    """Male above a brightness of a half."""
    photo = keras.Input((8, 8, 3), dtype="uint8")
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255, offset=-0.5)(photo))
    dense = keras.layers.Dense(2, "softmax")
    model = keras.Model(photo, {"gender": dense(brightness)})
    dense.set_weights([np.array([[-2.0, 2.0]] * 3), np.zeros(2)])
    return model


def write_folds(folder: Path, counts: Mapping[str, int] | None = None) -> None:
    """Faces as bright as they are old, from 10 years on; every other one is male."""
    for split in ("train", "val", "test"):
        ages = np.arange(10, 10 + (counts or {}).get(split, 40))
        names = [f"{split}{age}" for age in ages]
        known = {"source": names, "split_group": names, "split": split, "width": 8, "height": 8, "flags": ""}
        genders = ["female" if age % 2 == 0 else "male" for age in ages]
        manifest = pd.DataFrame({"face_id": names, "age": ages.astype(float), "gender": genders, **known})
        wobble = np.random.default_rng(len(split)).integers(-9, 9, len(ages))
        images = (np.full((8, 8, 3), round(2.55 * age) + off, np.uint8) for age, off in zip(ages, wobble, strict=True))
        write_faceset(folder / split, manifest, images, (8, 8))


def write_params(folder: Path, params) -> None:
    (folder / "params.yaml").write_text(yaml.safe_dump(params.model_dump(mode="json")))


def run(stage: str, folder: Path, flags: str) -> subprocess.CompletedProcess[str]:
    """A stage as DVC runs it."""
    search = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", f"stages.{stage}", *flags.split()]
    return subprocess.run(command, cwd=folder, env=search, capture_output=True, text=True, check=False)


def evaluate(folder: Path) -> None:
    (folder / "history.csv").write_text(HISTORY)
    flags = "--model model.keras --epochs epochs --train train --val val --test test --history history.csv"
    flags += " --metrics metrics.json --predictions predictions.csv --tables tables --figures figures"
    done = run("evaluate", folder, f"{flags} --report index.html --scratch scratch")
    assert done.returncode == 0, done.stderr


FLAGS = (
    "--model model.keras --epochs epochs --train train --val val --test test --scores metrics.json"
    " --onnx model.onnx --card model.json --formats formats --parity export.json"
)


def export(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """model.json and export.json of an export in this process, which takes a second and not ten."""
    with contextlib.chdir(folder):
        main(FLAGS.split())
    return read(folder, "model.json"), read(folder, "export.json")


def read(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text())


def refused(folder: Path) -> str:
    """What an export that fails says; it leaves what was there."""
    before = {name: (folder / name).exists() for name in WRITTEN}
    with pytest.raises(AgelineError) as error:
        export(folder)
    assert {name: (folder / name).exists() for name in WRITTEN} == before
    assert not list(folder.glob(".partial-*"))
    return str(error.value)


@pytest.fixture(scope="module")
def ready(tmp_path_factory) -> Path:
    """Folds and a model of ages."""
    folder = tmp_path_factory.mktemp("ready")
    write_folds(folder)
    save_model(model_of_age(), folder / "model.keras")
    (folder / "metrics.json").write_text('{"mae": 3.25, "threshold": 21, "n_test": 40}\n')
    return folder


@pytest.fixture
def folder(ready, tmp_path, make_params) -> Path:
    shutil.copytree(ready, tmp_path / "run")
    write_params(tmp_path / "run", make_params(AGES))
    return tmp_path / "run"


def test_what_evaluate_says_of_the_test_faces_predictions_say_too_interval_included(folder):
    evaluate(folder)
    done = run("export", folder, FLAGS)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(folder / "predictions.csv").set_index("face_id")
    faces = FaceSet.open(folder / "test")
    answers = Predictor.load(folder, "float32").predict(faces.pixels(range(len(faces))))
    there = table.loc[faces.manifest.face_id, ["predicted", "low", "high"]].to_numpy()
    assert np.abs(np.array(answers) - there).max() <= 0.01
    assert (there[:, 2] - there[:, 1] > 0.5).all()

    card, parity = read(folder, "model.json"), read(folder, "export.json")
    assert card["metrics"] == read(folder, "metrics.json")
    assert parity["mae"] == pytest.approx(card["metrics"]["mae"], abs=1e-3)
    page = (folder / "index.html").read_text()
    assert all(card["hashes"][name] in page for name in ("faces and labels", "params", "model"))
    assert done.stdout.splitlines()[: len(parity)] == [f"{name} {value}" for name, value in parity.items()]
    assert len(done.stdout.splitlines()) == len(parity) + (not has_bfloat16())
    assert [line for line in done.stderr.splitlines() if "oneDNN" not in line and "absl" not in line] == []


def test_what_is_written(folder):
    card, parity = export(folder)
    costs = {"bfloat16", "bfloat16_mae_rise"} if has_bfloat16() else set()
    assert set(parity) == {"n_test", "mae", "onnx_openvino", "onnx_onnxruntime"} | costs
    assert (parity["n_test"], parity["onnx_openvino"], parity["onnx_onnxruntime"]) == (40, 0.0, 0.0)
    assert card["photo"] == {"height": 8, "width": 8, "face_crop": "whole", "detector": None}
    assert (card["target"], card["classes"], card["threshold"]) == ("age", None, 21)
    assert card["metrics"] == {"mae": 3.25, "threshold": 21, "n_test": 40}
    assert card["made_by"] == version("ageline")
    assert card["interval"]["scaled_by_std"]
    assert (card["bfloat16"] is not None) == has_bfloat16()
    assert not card["synthetic"]
    assert list(card["hashes"]) == ["faces and labels", "params", "model", "onnx"]
    assert (folder / "formats/formats.csv").read_text() == "format,file\n"
    assert len(list((folder / "formats").iterdir())) == 1


def test_the_same_run_again_writes_the_same_bytes(folder):
    names = ["model.onnx", "model.json", "export.json"]
    export(folder)
    before = [(folder / name).read_bytes() for name in names]
    export(folder)
    assert [(folder / name).read_bytes() for name in names] == before


def test_without_bfloat16_in_hardware_it_is_left_out_and_said(folder, monkeypatch, capsys):
    monkeypatch.setattr("ageline.export.measuring.has_bfloat16", lambda: False)
    card, parity = export(folder)
    assert card["bfloat16"] is None
    assert set(parity) == {"n_test", "mae", "onnx_openvino", "onnx_onnxruntime"}
    assert capsys.readouterr().out.splitlines()[-1].startswith("bfloat16 was not measured, for this processor has none")


def test_formats_that_are_asked_for_are_written_and_measured(folder, make_params):
    write_params(folder, make_params(AGES | {"export.formats": ["onnx", "litert", "saved_model"]}))
    _, parity = export(folder)
    assert sorted(path.name for path in (folder / "formats").iterdir()) == [
        "formats.csv",
        "model.tflite",
        "saved_model",
    ]
    assert (parity["litert"], parity["saved_model"]) == (0.0, 0.0)


def test_a_format_that_is_no_longer_asked_for_is_gone(folder, make_params):
    write_params(folder, make_params(AGES | {"export.formats": ["onnx", "litert"]}))
    export(folder)
    write_params(folder, make_params(AGES | {"export.formats": ["onnx"]}))
    export(folder)
    assert (folder / "formats/formats.csv").read_text() == "format,file\n"
    assert len(list((folder / "formats").iterdir())) == 1


def test_genders_are_exported_with_their_names(folder, make_params):
    write_params(folder, make_params(GENDERS))
    save_model(model_of_gender(), folder / "model.keras")
    (folder / "metrics.json").write_text('{"accuracy": 0.5, "n_test": 40}\n')
    card, parity = export(folder)
    assert (card["classes"], card["interval"], card["threshold"]) == (["female", "male"], None, None)
    assert parity["accuracy"] == 0.5
    (dark,) = Predictor.load(folder, "float32").predict(np.full((1, 8, 8, 3), 20, np.uint8))
    assert isinstance(dark, Gender)
    assert (dark.gender, round(dark.probability, 3)) == ("female", 0.994)


def test_with_too_few_validation_faces_there_is_no_interval(folder):
    shutil.rmtree(folder / "val")
    write_folds(folder, {"val": 8})
    card, _ = export(folder)
    assert card["interval"] is None


def test_the_epoch_that_is_evaluated_is_exported(folder, make_params):
    KeptEpochs(model_of_age(2.0), folder / "kept", folder / "epochs").save(2)
    write_params(folder, make_params(AGES | {"train.checkpoint.keep": "all", "evaluate.epoch": 2}))
    export(folder)
    (answer,) = Predictor.load(folder, "float32").predict(np.full((1, 8, 8, 3), 51, np.uint8))
    assert isinstance(answer, Age)
    assert answer.age == pytest.approx(42, abs=1e-3)


def test_a_model_of_mixed_precision_is_exported_in_float32(folder, make_params):
    write_params(folder, make_params(AGES | {"train.precision": "mixed_bfloat16"}))
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        save_model(model_of_age(), folder / "model.keras")
    finally:
        keras.mixed_precision.set_global_policy("float32")
    _, parity = export(folder)
    assert (parity["onnx_openvino"], parity["onnx_onnxruntime"]) == (0.0, 0.0)


def test_a_model_that_jax_trained_is_exported_by_tensorflow(folder, make_params):
    write_params(folder, make_params(AGES | {"train.backend": "jax"}))
    _, parity = export(folder)
    assert parity["onnx_openvino"] == 0.0


def test_over_the_tolerance_nothing_is_written(folder, make_params):
    export(folder)
    old = (folder / "model.onnx").read_bytes()
    write_params(folder, make_params(AGES | {"export.tolerance": 1e-12}))
    save_model(model_of_age(0.7), folder / "model.keras")
    said = refused(folder)
    assert said.startswith("onnx_openvino does not answer as Keras does: for the test face test")
    assert "export.tolerance is 1e-12. Nothing was written." in said
    assert (folder / "model.onnx").read_bytes() == old


def test_a_model_that_answers_no_number_is_refused(folder):
    save_model(model_of_age(float("nan"), std=False), folder / "model.keras")
    assert "40 of 40 test faces have no finite predicted age in years" in refused(folder)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not really", b"{}"])
def test_a_file_that_is_no_model_is_refused(folder, content):
    (folder / "model.keras").unlink()
    if content is not None:
        (folder / "model.keras").write_bytes(content)
    said = refused(folder)
    assert said.startswith(
        "model.keras does not exist" if content is None else "model.keras is not a model that Keras 3"
    )
    assert "`dvc repro train`" in said


def test_a_zip_without_a_model_is_refused(folder):
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
    assert refused(folder).startswith("model.keras is not a model that Keras 3")


@pytest.mark.parametrize(
    ("size", "answer", "received"),
    [((9, 9), "age", "[None, 9, 9, 3]"), ((8, 8), "years", "years [None, 1]")],
    ids=["other faces", "another answer"],
)
def test_a_model_of_other_params_is_refused(folder, size, answer, received):
    photo = keras.Input((*size, 3), dtype="uint8", name="photo")
    pixels = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1.0)(photo))
    keras.Model(photo, {answer: keras.layers.Dense(1)(pixels)}).save(folder / "model.keras")
    said = refused(folder)
    assert said.startswith("model.keras is not the model of these params: expected ")
    assert said.endswith(f"received {received}. Run `dvc repro train` to write it anew.")


def test_what_a_killed_export_left_is_cleared_away(folder):
    (folder / ".partial-0a1b2c3d-model.onnx").touch()
    (folder / ".partial-0a1b2c3d-formats").mkdir()
    export(folder)
    assert not list(folder.glob(".partial-*"))


def test_a_model_with_code_in_it_is_refused(folder):
    photo = keras.Input((8, 8, 3), dtype="uint8")
    hidden = keras.layers.Lambda(lambda pixels: pixels, output_shape=(8, 8, 3))(keras.layers.Rescaling(1.0)(photo))
    age = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(hidden))
    keras.Model(photo, {"age": age}).save(folder / "model.keras")
    said = refused(folder)
    assert said.startswith("model.keras is not a model that Keras 3")
    assert "it has code of its own, as a Lambda layer does, which could do anything." in said
    assert "safe_mode=False" not in said


@pytest.mark.parametrize(
    "content", [None, "{", "[]", '{"mae": "low"}', '{"mae": NaN}', '{"accuracy": 0.5}', "[" * 100_000]
)
def test_metrics_that_are_none_are_refused(folder, content):
    (folder / "metrics.json").unlink()
    if content is not None:
        (folder / "metrics.json").write_text(content)
    said = refused(folder)
    assert said.startswith("metrics.json")
    assert said.endswith("Run `dvc repro evaluate` to write it anew.")
