import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from heads import CNN, HEADS

from ageline.errors import AgelineError
from ageline.model.archive import load_model, save_model
from ageline.model.face_model import build_model, finished_model
from ageline.model.heads import make_head

FACES = np.random.default_rng(0).integers(0, 256, (2, 53, 53, 3), dtype=np.uint8)


@pytest.fixture
def finish(make_params):
    """A finished model, of a CNN unless said otherwise, with the weights of seed 1."""

    def make(changes: dict[str, object]) -> keras.Model:
        params = make_params(CNN | changes)
        keras.utils.set_random_seed(1)
        head = make_head(params, mean_age=30.0)
        return finished_model(build_model(params, (53, 53), head), head)

    return make


def config(path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def modules(part: object) -> set[str]:
    """Where the config of a saved model says that its objects are from."""
    if isinstance(part, dict):
        own = {part["module"]} if isinstance(part.get("module"), str) else set()
        return own.union(*(modules(value) for value in part.values()))
    return set().union(*(modules(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize("name", HEADS)
def test_a_model_is_the_same_bytes_and_predicts_the_same_when_loaded(tmp_path, finish, name):
    first = finish(HEADS[name])
    save_model(first, tmp_path / "a.keras")
    second = finish(HEADS[name])  # whose objects Keras counts on from those of the first
    save_model(second, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.keras", "b.keras"]

    expected, loaded = first.predict(FACES, verbose=0), load_model(tmp_path / "a.keras").predict(FACES, verbose=0)
    assert list(loaded) == list(expected)
    for answer, values in expected.items():
        np.testing.assert_array_equal(loaded[answer], values)


@pytest.mark.parametrize(
    "name", ["ResNet50", "ConvNeXtTiny", "MobileNetV3Small", pytest.param("EfficientNetV2B0", marks=pytest.mark.long)]
)
def test_every_kind_of_backbone_is_the_same_bytes_and_predicts_the_same_when_loaded(tmp_path, finish, name):
    for file in ("a.keras", "b.keras"):
        model = finish({"model.backbone": name})
        save_model(model, tmp_path / file)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    loaded = load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(FACES)["age"], model(FACES)["age"])
    assert {module.split(".")[0] for module in modules(config(tmp_path / "a.keras"))} == {"keras"}


def test_a_saved_model_loads_again_and_is_saved_as_the_same_bytes(tmp_path, finish):
    save_model(finish(HEADS["distribution"] | {"model.top.pooling": "flatten"}), tmp_path / "a.keras")
    save_model(load_model(tmp_path / "a.keras"), tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_a_saved_model_is_without_its_optimizer_and_its_loss(tmp_path, finish):
    model = finish(HEADS["regression"])
    save_model(model, tmp_path / "bare.keras")
    model.compile("adam", "mae")
    model.train_on_batch(FACES, {"age": np.ones((2, 1))})
    save_model(model, tmp_path / "trained.keras")
    assert config(tmp_path / "trained.keras") == config(tmp_path / "bare.keras")
    assert (tmp_path / "trained.keras").stat().st_size == (tmp_path / "bare.keras").stat().st_size


def test_a_saved_model_needs_keras_alone(tmp_path, finish):
    save_model(finish(HEADS["ordinal"]), tmp_path / "model.keras")
    program = (
        "import sys, keras; model = keras.saving.load_model('model.keras', safe_mode=True);"
        "print(sorted(model.output), 'ageline' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['age', 'exceedance', 'std'] False"


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path):
    (tmp_path / "model.keras").write_text("not a zip")
    with pytest.raises(AgelineError, match=r"model\.keras is not a model that Keras .* can load"):
        load_model(tmp_path / "model.keras")
