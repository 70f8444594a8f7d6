import inspect
from typing import get_args

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from ageline.errors import AgelineError
from ageline.model.backbones import build_backbone, load_initial_weights, published_file, write_initial_weights
from ageline.model.preprocessing import preprocessing
from ageline.params import Model

NAMES = get_args(Model.model_fields["backbone"].annotation)
FACES = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)


@pytest.fixture
def model_of(make_params):
    def make(backbone: str, **changes: object) -> Model:
        changes = {f"model.{key}": value for key, value in changes.items()}
        return make_params({"model.backbone": backbone} | changes).model

    return make


def test_every_name_is_a_network_of_keras_but_for_the_small_cnn():
    assert [name for name in NAMES if not hasattr(keras.applications, name)] == ["CNN"]
    assert len(NAMES) == 16


@pytest.mark.parametrize(
    ("name", "size", "features"),
    [
        ("ResNet50", 64, (2, 2, 2048)),
        ("CNN", 64, (1, 1, 128)),
        ("EfficientNetV2B0", 64, (2, 2, 1280)),
        ("ConvNeXtTiny", 64, (2, 2, 768)),
        ("MobileNetV3Small", 64, (2, 2, 576)),
        ("ResNet50", 8, (1, 1, 2048)),
        ("EfficientNetV2B0", 8, (1, 1, 1280)),
        ("ConvNeXtTiny", 32, (1, 1, 768)),
        ("MobileNetV3Small", 33, (2, 2, 576)),
    ],
)
def test_a_backbone_turns_a_face_into_features(model_of, name, size, features):
    backbone = build_backbone(model_of(name), (size, size))
    assert backbone.name == "backbone"
    assert backbone.output_shape == (None, *features) or backbone(np.zeros((1, size, size, 3))).shape == (1, *features)


def test_the_cnn_is_the_published_one(model_of):
    backbone = build_backbone(model_of("CNN"), (100, 80))
    assert [layer.name for layer in backbone.layers[1:]] == [
        "conv1_conv", "conv1_pool", "conv2_conv", "conv2_pool", "conv3_conv", "conv3_pool",
    ]  # fmt: skip
    convolutions, pools = backbone.layers[1::2], backbone.layers[2::2]
    assert [layer.filters for layer in convolutions] == [32, 64, 128]
    assert {layer.kernel_size for layer in convolutions} == {layer.pool_size for layer in pools} == {(3, 3)}
    assert {layer.strides for layer in pools} == {(3, 3)}
    assert {layer.padding for layer in backbone.layers[1:]} == {"valid"}
    assert {layer.activation.__name__ for layer in convolutions} == {"relu"}
    assert backbone.output_shape == (None, 2, 2, 128)  # which flatten to 512, the first dense layer of that system


@pytest.mark.parametrize("name", ["MobileNetV3Small", "ConvNeXtTiny"])
def test_a_backbone_with_its_preprocessing_is_keras_own_model(model_of, name):
    keras.utils.set_random_seed(1)
    theirs = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(64, 64, 3))
    model = model_of(name)
    ours = build_backbone(model, (64, 64))
    ours.set_weights(theirs.get_weights())
    pixels = 127.5 * (FACES + 1)
    features = ours(preprocessing(model, (64, 64))(pixels))
    np.testing.assert_allclose(features, theirs(pixels), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "size", "smallest"), [("CNN", (100, 52), 53), ("ConvNeXtTiny", (31, 64), 32), ("MobileNetV3Large", 8, 32)]
)
def test_faces_too_small_for_a_backbone_are_said_to_be(model_of, make_params, name, size, smallest):
    height_width = make_params({"ingest.image_size": size}).ingest.height_width
    with pytest.raises(AgelineError) as raised:
        build_backbone(model_of(name), height_width)
    said = f"ingest.image_size should be at least {smallest} pixels a side with model.backbone '{name}'"
    assert str(raised.value).startswith(said)
    assert f"not {height_width[0]} x {height_width[1]} (height x width)" in str(raised.value)
    build_backbone(model_of("CNN"), (53, 53))


@pytest.mark.parametrize("name", ["ResNet50", "EfficientNetV2B0", "MobileNetV3Small"])
def test_batch_normalisation_has_the_momentum_of_params(model_of, name):
    backbone = build_backbone(model_of(name, batchnorm_momentum=0.8))
    momenta = [layer.momentum for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(momenta) > 30
    assert set(momenta) == {0.8}


@pytest.mark.parametrize("name", ["CNN", "MobileNetV3Small"])
def test_random_weights_depend_on_the_seed_alone(tmp_path, model_of, name):
    model = model_of(name)
    for file, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_initial_weights(tmp_path / f"{file}.weights.h5", model, seed, tmp_path)
    a, b, c = ((tmp_path / f"{file}.weights.h5").read_bytes() for file in "abc")
    assert a == b
    assert a != c


def publish(backbone: keras.Model, path) -> None:
    """Write weights as Keras publishes them: an HDF5 file of the old kind, in the order of the layers."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, backbone)


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV3Small", pytest.param("ConvNeXtTiny", marks=pytest.mark.long)])
def test_training_starts_from_a_notop_file_as_keras_publishes_it(tmp_path, model_of, name):
    keras.utils.set_random_seed(77)
    keywords = {} if name == "ResNet50" else {"include_preprocessing": True}
    published = getattr(keras.applications, name)(
        include_top=False, weights=None, input_shape=(224, 224, 3), **keywords
    )
    publish(published, tmp_path / "notop.h5")
    model = model_of(name, weights="file", weights_file="notop.h5")

    write_initial_weights(tmp_path / "backbone.weights.h5", model, 1, tmp_path)
    backbone = build_backbone(model, (64, 64))
    load_initial_weights(backbone, tmp_path / "backbone.weights.h5")

    for ours, theirs in zip(backbone.get_weights(), published.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV3Large"])
def test_a_weights_file_that_is_missing_is_named_and_where_to_get_it(tmp_path, model_of, name):
    model = model_of(name, weights="file", weights_file="other.weights.h5")
    with pytest.raises(
        AgelineError, match=r"other\.weights\.h5 does not exist; model\.weights_file names a file in"
    ) as e:
        write_initial_weights(tmp_path / "out.weights.h5", model, 1, tmp_path)
    assert f"Download {published_file(name)} from Keras' storage" in str(e.value)
    assert not (tmp_path / "out.weights.h5").exists()


@pytest.mark.parametrize("name", ["ResNet50", "CNN"])
def test_a_file_of_another_network_is_said_to_be(tmp_path, model_of, name):
    model = model_of(name, weights="file", weights_file="other.weights.h5")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(AgelineError, match=f"does not hold the weights of {name} without its top"):
        write_initial_weights(tmp_path / "out.weights.h5", model, 1, tmp_path)
    assert not (tmp_path / "out.weights.h5").exists()
    with pytest.raises(AgelineError, match=r"holds the weights of another network than model\.backbone"):
        load_initial_weights(build_backbone(model), tmp_path / "other.weights.h5")
    with pytest.raises(AgelineError, match=r"none\.weights\.h5 does not exist. Run `dvc repro backbone`"):
        load_initial_weights(build_backbone(model), tmp_path / "none.weights.h5")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("EfficientNet", "ConvNeXt"))])
def test_the_published_file_has_the_name_by_which_keras_downloads_it(name):
    own_name = inspect.signature(getattr(keras.applications, name)).parameters["name"].default
    assert published_file(name) == f"{own_name}_notop.h5"


def test_the_other_published_files_are_named_as_in_keras_source():
    assert published_file("ResNet50") == "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    source = inspect.getsource(inspect.getmodule(keras.applications.MobileNetV3Large))
    assert 'f"weights_mobilenet_v3_{model_name}_no_top_v2.h5"' in source
    assert '"large_224_1.0_float"' in source
    assert published_file("MobileNetV3Large") == "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5"
