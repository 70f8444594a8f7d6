"""A model trained with 16-bit numbers is exported with 32."""

import numpy as np
import pytest
from exported import MakeParams, answers, largest_difference, noise, untrained
from heads import CNN, HEADS

from ageline.export.conversion import to_onnx
from ageline.export.float32 import in_float32
from ageline.export.quiet import quiet
from ageline.model.archive import load_model, save_model


@pytest.fixture
def mixed(tmp_path, make_params: MakeParams):
    """A model as training leaves it with train.precision: mixed_bfloat16."""
    import keras

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        save_model(untrained(make_params(HEADS["distribution"] | CNN)), tmp_path / "mixed.keras")
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return load_model(tmp_path / "mixed.keras")


def test_the_weights_stay_and_no_layer_computes_with_16_bits(mixed):
    plain = in_float32(mixed)
    assert "bfloat16" in mixed.to_json()
    assert "bfloat16" not in plain.to_json()
    assert all(
        np.array_equal(here, there) for here, there in zip(plain.get_weights(), mixed.get_weights(), strict=True)
    )


def test_it_is_exported_with_32_bits(mixed):
    plain, faces = in_float32(mixed), noise(5)
    with quiet():
        found = answers(to_onnx(plain), faces)
    assert largest_difference(found, plain.predict(faces, verbose=0)) < 1e-4
    assert 0 < largest_difference(found, mixed.predict(faces, verbose=0)) < 2


def test_a_model_of_32_bits_is_left_as_it_is(make_params: MakeParams):
    model = untrained(make_params(CNN))
    assert in_float32(model) is model
