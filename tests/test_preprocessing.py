"""Faces reach each network as those who trained it had them."""

import keras
import numpy as np
import pytest

from ageline.model.preprocessing import preprocessing

FACES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def preprocessed(make_params, **model: object) -> np.ndarray:
    params = make_params({f"model.{key}": value for key, value in model.items()})
    return preprocessing(params.model, (32, 32)).predict(FACES, verbose=0)


def test_resnet50_has_what_keras_documents(make_params):
    theirs = keras.applications.resnet.preprocess_input(FACES.astype("float32"))
    np.testing.assert_array_equal(preprocessed(make_params, backbone="ResNet50"), theirs)


@pytest.mark.parametrize("backbone", ["EfficientNetV2B0", "EfficientNetV2S", "ConvNeXtTiny", "MobileNetV3Small"])
def test_other_networks_have_the_first_layers_of_keras_own_model(make_params, backbone):
    theirs = getattr(keras.applications, backbone)(
        include_top=False, weights=None, input_shape=(32, 32, 3), include_preprocessing=True
    )
    first = keras.Sequential([keras.Input((32, 32, 3))])
    for layer in theirs.layers[1:]:
        if not isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization):
            break
        first.add(layer)
    assert first.layers
    expected = first.predict(FACES.astype("float32"), verbose=0)
    np.testing.assert_allclose(preprocessed(make_params, backbone=backbone), expected, atol=1e-5)


def test_editions_too_large_to_build_here_are_treated_as_those_they_were_published_with(make_params):
    def same(one: str, other: str) -> bool:
        return np.array_equal(preprocessed(make_params, backbone=one), preprocessed(make_params, backbone=other))

    assert all(same("EfficientNetV2B0", f"EfficientNetV2B{edition}") for edition in (1, 2, 3))
    assert all(same("EfficientNetV2S", f"EfficientNetV2{edition}") for edition in "ML")
    assert all(same("ConvNeXtTiny", f"ConvNeXt{edition}") for edition in ("Small", "Base", "Large", "XLarge"))
    assert same("MobileNetV3Small", "MobileNetV3Large")


def test_the_small_cnn_has_rgb_by_255(make_params):
    np.testing.assert_allclose(preprocessed(make_params, backbone="CNN"), FACES / 255, atol=1e-6)


@pytest.mark.parametrize("backbone", ["ResNet50", "EfficientNetV2S", "ConvNeXtTiny"])
def test_rescale_divides_by_255_before_any_network(make_params, backbone):
    scaled = preprocessed(make_params, backbone=backbone, preprocessing="rescale")
    np.testing.assert_allclose(scaled, FACES / 255, atol=1e-6)


def test_it_is_float32_before_a_bfloat16_network(make_params):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        scaled = preprocessed(make_params, preprocessing="rescale")
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, FACES / 255, atol=1e-6)
