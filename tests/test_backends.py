"""TensorFlow and JAX compute the same: these tests run on TensorFlow, and JAX in a process of its own.

The two add floats up in another order, so they agree to some units of float32's last place. What was measured differs
by at most 5e-7 of a value; 1e-5 leaves other processors room, and is far less than a mistake in a loss would make.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import one_step
import pytest
from heads import CNN, HEADS

from ageline.errors import AgelineError
from ageline.model.archive import load_model
from ageline.model.backend import use_backend

ROOT = Path(__file__).parent.parent
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}
# Plain SGD: its step is as exact as the gradient, where Adam's first step is little more than the gradient's sign.
SGD = {"name": "sgd", "learning_rate": 1.0, "weight_decay": 0.01, "schedule": "constant", "warmup": 0}
ENGINES = {
    "model.top.units": [16], "train.augmentation.flip": False, "train.optimizer.global_clipnorm": 1.0,
    **{f"train.optimizer.{key}": value for key, value in SGD.items()},
}  # fmt: skip


def in_a_process(*arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    environment.pop("KERAS_BACKEND", None)
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What both engines made of the same faces, labels and first weights."""
    import yaml

    folder = tmp_path_factory.mktemp("engines")
    random = np.random.default_rng(1)
    np.savez(
        folder / "batch.npz",
        faces=random.integers(0, 256, (8, 53, 53, 3), dtype=np.uint8),
        ages=random.uniform(0, 90, (8, 1)).astype(np.float32),
        genders=random.integers(0, 2, (8, 1)).astype(np.float32),
    )
    for name, changes in HEADS.items():
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        for key, value in (CNN | ENGINES | changes).items():
            *sections, last = key.split(".")
            place = params
            for section in sections:
                place = place[section]
            place[last] = value
        (folder / f"{name}.json").write_text(json.dumps(params))
    keras.utils.set_random_seed(1)
    one_step.run_all("tensorflow", folder)
    other = in_a_process("tests/one_step.py", "jax", str(folder))
    assert other.returncode == 0, other.stderr
    return folder


@pytest.mark.parametrize("name", HEADS)
def test_a_forward_pass_and_a_step_agree(folder, name):
    tensorflow, jax = (np.load(folder / f"{name}-{backend}.npz") for backend in ("tensorflow", "jax"))
    assert set(tensorflow.files) == set(jax.files)
    for key in tensorflow.files:
        np.testing.assert_allclose(jax[key], tensorflow[key], **TOLERANCE, err_msg=key)


@pytest.mark.parametrize("name", HEADS)
def test_the_step_moves_every_layer(folder, name):
    after = np.load(folder / f"{name}-tensorflow.npz")
    before = load_model(folder / f"{name}-tensorflow.keras").weights
    moved = [np.abs(after[f"weight {weight.path}"] - np.array(weight)).max() for weight in before]
    assert min(moved) > 1e-3  # what the engines agree on is more than that nothing happens


@pytest.mark.parametrize("name", HEADS)
def test_what_one_engine_saved_is_the_same_bytes_as_the_others_and_loads_in_either(folder, name):
    tensorflow, jax = (folder / f"{name}-{backend}.keras" for backend in ("tensorflow", "jax"))
    assert tensorflow.read_bytes() == jax.read_bytes()
    answers = load_model(jax)(np.load(folder / "batch.npz")["faces"])
    expected = np.load(folder / f"{name}-tensorflow.npz")
    for answer, values in answers.items():
        np.testing.assert_array_equal(values, expected[f"answers {answer}"])


def test_the_backend_is_that_of_params_in_a_process_of_its_own():
    program = "from ageline.model.backend import use_backend; import sys; assert 'keras' not in sys.modules;"
    program += "use_backend('jax'); import keras; print(keras.config.backend(), 'tensorflow' in sys.modules)"
    assert in_a_process("-c", program).stdout.strip() == "jax False"


def test_a_backend_can_not_change_once_keras_runs():
    use_backend("tensorflow")
    with pytest.raises(AgelineError, match=r"train\.backend is 'jax', but Keras already runs on 'tensorflow'"):
        use_backend("jax")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
