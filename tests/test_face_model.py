import keras
import numpy as np
import pytest
from heads import CNN, HEADS

from ageline.errors import AgelineError
from ageline.model.face_model import build_model, finished_model
from ageline.model.heads import make_head

FACES = np.random.default_rng(0).integers(0, 256, (3, 53, 53, 3), dtype=np.uint8)
EVERYTHING = {
    "flip": True, "rotate": 0.05, "shift": 0.1, "zoom": 0.1, "brightness": 0.2, "contrast": 0.2, "erase": 0.5,
}  # fmt: skip


@pytest.fixture
def build(make_params):
    """A CNN for faces of 53 x 53 pixels with its head: build({"model.top.pooling": "max"})."""

    def make(changes: dict[str, object] | None = None):
        params = make_params(CNN | (changes or {}))
        keras.utils.set_random_seed(1)
        head = make_head(params, mean_age=30.0)
        return build_model(params, params.ingest.height_width, head), head

    return make


def names(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers]


def test_the_top_is_what_params_say(build):
    top = {"units": [7, 5], "activation": "tanh", "dropout": 0.3, "output_activation": "softplus", "pooling": "max"}
    model, _ = build({f"model.top.{key}": value for key, value in top.items()})
    assert names(model)[-7:] == ["pooling", "dropout_1", "dense_1", "dropout_2", "dense_2", "dropout", "age"]
    pooling, first, dense, second, narrower, last, age = model.layers[-7:]
    assert isinstance(pooling, keras.layers.GlobalMaxPooling2D)
    assert [dense.units, narrower.units, age.units] == [7, 5, 1]
    assert {layer.rate for layer in (first, second, last)} == {0.3}
    assert [layer.activation.__name__ for layer in (dense, narrower, age)] == ["tanh", "tanh", "softplus"]


@pytest.mark.parametrize(("pooling", "features"), [("avg", 128), ("max", 128), ("flatten", 512)])
def test_features_are_pooled_or_laid_flat(build, pooling, features):
    model, _ = build({"model.top.pooling": pooling, "ingest.image_size": [100, 80]})
    assert model.get_layer("pooling").output.shape == (None, features)


def test_any_backbone_can_be_laid_flat(build):
    model, _ = build({"model.backbone": "MobileNetV3Small", "model.top.pooling": "flatten", "ingest.image_size": 64})
    assert model.get_layer("pooling").output.shape == (None, 2 * 2 * 576)


def test_faces_too_small_for_the_backbone_stop_before_anything_is_built(build):
    with pytest.raises(AgelineError, match=r"ingest\.image_size should be at least 53 pixels a side"):
        build({"ingest.image_size": 8})
    resnet, _ = build({"model.backbone": "ResNet50", "ingest.image_size": 8})
    assert resnet.input_shape == (None, 8, 8, 3)


def test_the_layers_stand_in_the_order_in_which_a_face_passes_them(build):
    model, _ = build({"train.augmentation": EVERYTHING})
    assert names(model) == ["photo", *EVERYTHING, "preprocessing", "backbone", "pooling", "age"]


def test_the_training_seed_is_that_of_the_augmentation(build):
    seeds = [build({"train.seed": seed})[0].get_layer("flip").seed for seed in (1, 1, 2)]
    assert seeds[0] == seeds[1] != seeds[2]


def test_a_finished_model_has_no_augmentation_and_answers_as_the_trained_one(build):
    model, head = build({"train.augmentation": EVERYTHING})
    finished = finished_model(model, head)
    assert names(finished) == ["photo", "preprocessing", "backbone", "pooling", "age"]
    answers = finished.predict(FACES, verbose=0)
    assert list(answers) == ["age"]
    np.testing.assert_array_equal(answers["age"], model.predict(FACES, verbose=0))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("regression", {"age": (3, 1)}),
        ("distribution", {"age": (3, 1), "std": (3, 1), "distribution": (3, 121)}),
        ("ordinal", {"age": (3, 1), "std": (3, 1), "exceedance": (3, 120)}),
        ("classes", {"gender": (3, 2)}),
    ],
)
def test_a_finished_model_answers_by_name(build, name, expected):
    model, head = build(HEADS[name])
    answers = finished_model(model, head).predict(FACES, verbose=0)
    assert {answer: values.shape for answer, values in answers.items()} == expected


def test_a_finished_model_shares_its_weights_and_takes_those_kept_while_training(build, tmp_path):
    model, head = build(HEADS["distribution"] | {"train.augmentation": EVERYTHING})
    finished = finished_model(model, head)
    before = finished.predict(FACES, verbose=0)["age"]
    model.save_weights(tmp_path / "epoch-001.weights.h5")
    model.set_weights([weight + 0.01 for weight in model.get_weights()])
    assert not np.array_equal(finished.predict(FACES, verbose=0)["age"], before)
    finished.load_weights(tmp_path / "epoch-001.weights.h5")
    np.testing.assert_array_equal(finished.predict(FACES, verbose=0)["age"], before)


def test_a_bfloat16_network_gets_float32_pixels_and_gives_float32_answers(build):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model, head = build(HEADS["ordinal"] | {"model.top.units": [8], "train.augmentation": EVERYTHING})
    finally:
        keras.mixed_precision.set_global_policy("float32")
    computed = {layer.name: layer.compute_dtype for layer in model.layers}
    assert {computed[name] for name in EVERYTHING} == {"float32"}
    assert (computed["dense_1"], computed["older_logits"]) == ("bfloat16", "float32")
    assert model.get_layer("backbone").get_layer("conv1_conv").compute_dtype == "bfloat16"
    answers = finished_model(model, head).predict(FACES, verbose=0)
    assert {values.dtype for values in answers.values()} == {np.dtype("float32")}
    assert {weight.dtype for weight in model.weights} == {"float32"}
