"""Keras models as ONNX: the same answers, the same bytes every time, names that people know."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from exported import MakeParams, answers, largest_difference, noise, untrained
from heads import CNN, HEADS

from ageline.export.conversion import describe, to_onnx
from ageline.export.quiet import quiet

ROOT = Path(__file__).parent.parent


def converted(model: keras.Model) -> onnx.ModelProto:
    with quiet():
        return to_onnx(model)


@pytest.mark.parametrize("head", HEADS)
def test_every_head_answers_as_in_keras(head: str, make_params: MakeParams) -> None:
    model, faces = untrained(make_params(HEADS[head] | CNN)), noise(5)
    found = answers(converted(model), faces)
    assert largest_difference(found, model.predict(faces, verbose=0)) < 1e-4


@pytest.mark.long
@pytest.mark.parametrize("backbone", ["ResNet50", "EfficientNetV2B0", "EfficientNetV2S", "ConvNeXtTiny",
                                      "MobileNetV3Small", "MobileNetV3Large"])  # fmt: skip
def test_every_family_of_backbones_answers_as_in_keras(backbone: str, make_params: MakeParams) -> None:
    model, faces = untrained(make_params({"model.backbone": backbone, **HEADS["ordinal"]})), noise(5)
    found = answers(converted(model), faces)
    assert largest_difference(found, model.predict(faces, verbose=0)) < 1e-3


@pytest.mark.long
@pytest.mark.parametrize("top", [{"model.top.pooling": "max"}, {"model.top.pooling": "flatten"},
                                 {"model.top.units": [7], "model.top.activation": "gelu"},
                                 {"model.preprocessing": "rescale"}])  # fmt: skip
def test_every_top_answers_as_in_keras(top: dict[str, object], make_params: MakeParams) -> None:
    model, faces = untrained(make_params(CNN | top)), noise(5)
    found = answers(converted(model), faces)
    assert largest_difference(found, model.predict(faces, verbose=0)) < 1e-4


def test_gelu_is_converted_though_tf2onnx_lacks_its_erfc() -> None:
    photo = keras.Input((2, 2, 3), dtype="uint8")
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 64, offset=-2.0)(photo))
    model = keras.Model(photo, {"age": keras.layers.Dense(1)(keras.layers.Activation("gelu")(mean))})
    faces = noise(9, size=2)
    assert largest_difference(answers(converted(model), faces), model.predict(faces, verbose=0)) < 1e-6


def test_grouped_convolutions_are_converted_though_keras_calls_them_by_a_function_for_xla() -> None:
    photo = keras.Input((4, 4, 3), dtype="uint8")
    grouped = keras.layers.Conv2D(3, 2, groups=3)(keras.layers.Rescaling(1 / 255)(photo))
    model = keras.Model(photo, {"age": keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(grouped))})
    faces = noise(9, size=4)
    assert largest_difference(answers(converted(model), faces), model.predict(faces, verbose=0)) < 1e-6


def test_any_number_of_uint8_faces_goes_in_and_ages_with_their_spread_come_out(make_params: MakeParams) -> None:
    graph = converted(untrained(make_params(HEADS["distribution"] | CNN))).graph
    assert [described(port) for port in graph.input] == [("photo", onnx.TensorProto.UINT8, ["batch", 53, 53, 3])]
    assert [described(port) for port in graph.output] == [
        ("age", onnx.TensorProto.FLOAT, ["batch", 1]),
        ("distribution", onnx.TensorProto.FLOAT, ["batch", 121]),
        ("std", onnx.TensorProto.FLOAT, ["batch", 1]),
    ]


def described(port: onnx.ValueInfoProto) -> tuple[str, int, list[str | int]]:
    tensor = port.type.tensor_type
    return port.name, tensor.elem_type, [side.dim_param or side.dim_value for side in tensor.shape.dim]


def test_weights_have_the_names_that_keras_has_for_them(make_params: MakeParams) -> None:
    model = untrained(make_params(CNN))
    weights = {weight.name: onnx.numpy_helper.to_array(weight) for weight in converted(model).graph.initializer}
    kernel = next(weight for weight in model.weights if weight.path == "conv2_conv/kernel")
    assert np.array_equal(weights["conv2_conv/kernel"], kernel.numpy())


def test_the_same_model_is_the_same_bytes_as_the_second_of_its_kind(make_params: MakeParams) -> None:
    params = make_params(HEADS["ordinal"] | CNN)
    first, second = converted(untrained(params)), converted(untrained(params))
    assert first.SerializeToString() == second.SerializeToString()


CONVERT = """
import hashlib, sys, yaml
from ageline.model.backend import use_backend
use_backend("tensorflow")
from exported import untrained
from ageline.export.conversion import to_onnx
from ageline.export.quiet import quiet
from ageline.params import load_params
with quiet():
    print(hashlib.sha256(to_onnx(untrained(load_params())).SerializeToString()).hexdigest())
"""


@pytest.mark.parametrize("backbone", ["CNN", pytest.param("ConvNeXtTiny", marks=pytest.mark.long)])
def test_the_same_model_is_the_same_bytes_in_another_process(backbone, tmp_path, make_params) -> None:
    params = make_params({**HEADS["distribution"], "model.backbone": backbone, "ingest.image_size": 53})
    (tmp_path / "params.yaml").write_text(params.model_dump_json())
    there = {hashed_with(seed, tmp_path) for seed in ("1", "2")}
    assert there == {hashlib.sha256(converted(untrained(params)).SerializeToString()).hexdigest()}


def hashed_with(seed: str, folder: Path) -> str:
    """SHA-256 of a conversion in a process in which Python hashes with this seed."""
    search = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", CONVERT], cwd=folder, env=search, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_file_says_what_it_is(make_params: MakeParams) -> None:
    model = converted(untrained(make_params(CNN)))
    describe(model, {"target": "age", "not_for": "verifying anyone's age"})
    assert [(fact.key, fact.value) for fact in model.metadata_props] == [
        ("target", "age"),
        ("not_for", "verifying anyone's age"),
    ]
    onnx.checker.check_model(model)
