import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from ageline.errors import AgelineError
from ageline.model.archive import load_model, save_model
from ageline.model.backbone import build_backbone, load_initial_weights, write_initial_weights
from ageline.model.face_model import build_model
from ageline.model.optimizer import build_optimizer
from ageline.model.preprocessing import preprocess

ADAM = {"name": "adam", "learning_rate": 2e-4, "weight_decay": None, "schedule": "constant", "warmup": 0}
FACES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def build(params, mean_age: float = 30.0) -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_model(params.model, params.train.augmentation, (32, 32), mean_age, seed=1)


def test_imagenet_preprocessing_is_what_keras_documents():
    photo = keras.Input((32, 32, 3), dtype="uint8")
    ours = keras.Model(photo, preprocess(photo, "imagenet")).predict(FACES, verbose=0)
    theirs = keras.applications.resnet.preprocess_input(FACES.astype("float32"))
    np.testing.assert_array_equal(ours, theirs)


def test_rescale_divides_by_255():
    photo = keras.Input((32, 32, 3), dtype="uint8")
    scaled = keras.Model(photo, preprocess(photo, "rescale")).predict(FACES, verbose=0)
    np.testing.assert_allclose(scaled, FACES / 255, atol=1e-6)


def test_the_top_is_what_params_say(make_params):
    params = make_params(
        {
            "model.top.units": [7, 5],
            "model.top.activation": "tanh",
            "model.top.dropout": 0.3,
            "model.top.output_activation": "softplus",
            "model.top.pooling": "max",
        }
    )
    layers = build(params).layers[-7:]
    pooling, first, dense, second, narrower, last, age = layers
    assert [layer.name for layer in layers] == [
        "pooling", "dropout_1", "dense_1", "dropout_2", "dense_2", "dropout", "age",
    ]  # fmt: skip
    assert isinstance(pooling, keras.layers.GlobalMaxPooling2D)
    assert [dense.units, narrower.units, age.units] == [7, 5, 1]
    assert {layer.rate for layer in (first, second, last)} == {0.3}
    assert [layer.activation.__name__ for layer in (dense, narrower, age)] == ["tanh", "tanh", "softplus"]


def test_an_untrained_model_answers_about_the_mean_age(make_params):
    predicted = build(make_params(), mean_age=500.0).predict(FACES, verbose=0)
    assert predicted.shape == (3, 1)
    np.testing.assert_allclose(predicted, 500.0, atol=50)


def test_flip_is_for_training_alone_and_can_be_switched_off(make_params):
    flip = build(make_params()).get_layer("flip")
    many = np.repeat(FACES[:1], 16, axis=0).astype(np.float32)
    np.testing.assert_array_equal(flip(many, training=False), many)
    drawn = np.array(flip(many, training=True))
    mirrored = [np.array_equal(face, many[0, :, ::-1]) for face in drawn]
    assert 0 < sum(mirrored) < 16
    assert all(turned or np.array_equal(face, many[0]) for turned, face in zip(mirrored, drawn, strict=True))
    assert "flip" not in [layer.name for layer in build(make_params({"train.augmentation.flip": False})).layers]


def test_batch_normalisation_has_the_momentum_of_params():
    momenta = {layer.momentum for layer in build_backbone(0.8).layers if "bn" in layer.name}
    assert momenta == {0.8}


def test_the_same_model_is_the_same_bytes_and_predicts_the_same_when_loaded(tmp_path, make_params):
    model = build(make_params())
    expected = model.predict(FACES, verbose=0)
    save_model(model, tmp_path / "a.keras")
    save_model(model, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.keras", "b.keras"]
    np.testing.assert_array_equal(load_model(tmp_path / "a.keras").predict(FACES, verbose=0), expected)


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path):
    (tmp_path / "model.keras").write_text("not a zip")
    with pytest.raises(AgelineError, match=r"model\.keras is not a model that Keras .* can load"):
        load_model(tmp_path / "model.keras")


def test_random_weights_depend_on_the_seed_alone(tmp_path, make_params):
    model = make_params().model
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_initial_weights(tmp_path / f"{name}.weights.h5", model, seed, tmp_path)
    a, b, c = (build_backbone(0.9) for _ in range(3))
    for backbone, name in ((a, "a"), (b, "b"), (c, "c")):
        load_initial_weights(backbone, tmp_path / f"{name}.weights.h5")
    kernels = [backbone.get_layer("conv1_conv").get_weights()[0] for backbone in (a, b, c)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_training_starts_from_a_notop_file_as_keras_publishes_it(tmp_path, make_params):
    keras.utils.set_random_seed(77)
    published = build_backbone(0.9)
    with h5py.File(tmp_path / "resnet50_notop.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, published)
    params = make_params({"model.weights": "file", "model.weights_file": "resnet50_notop.h5"})

    write_initial_weights(tmp_path / "backbone.weights.h5", params.model, 1, tmp_path)
    model = build(params)
    load_initial_weights(model.get_layer("resnet50"), tmp_path / "backbone.weights.h5")

    for layer in ("conv1_conv", "conv5_block3_3_conv"):
        expected = published.get_layer(layer).get_weights()[0]
        np.testing.assert_array_equal(model.get_layer("resnet50").get_layer(layer).get_weights()[0], expected)


def test_a_weights_file_that_is_missing_or_of_another_network_is_named(tmp_path, make_params):
    params = make_params({"model.weights": "file", "model.weights_file": "other.weights.h5"})
    with pytest.raises(AgelineError, match=r"other\.weights\.h5 does not exist; model\.weights_file names a file in"):
        write_initial_weights(tmp_path / "out.weights.h5", params.model, 1, tmp_path)
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(AgelineError, match="does not hold the weights of a ResNet50 without its top"):
        write_initial_weights(tmp_path / "out.weights.h5", params.model, 1, tmp_path)
    assert not (tmp_path / "out.weights.h5").exists()


def test_adam_has_the_learning_rate_of_params(make_params):
    optimizer = build_optimizer(make_params({"train.optimizer": ADAM}).train.optimizer, 10, 5)
    assert type(optimizer) is keras.optimizers.Adam
    assert float(optimizer.learning_rate) == pytest.approx(2e-4)


def test_a_cosine_rises_over_the_warm_up_and_falls_to_0(make_params):
    adamw = {"name": "adamw", "weight_decay": 0.1, "schedule": "cosine", "warmup": 1}
    params = make_params({"train.optimizer": ADAM | adamw, "train.reduce_lr.patience": None})
    optimizer = build_optimizer(params.train.optimizer, steps_per_epoch=10, epochs=5)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 5, 10, 30, 50)]
    assert rates == pytest.approx([0, 1e-4, 2e-4, 1e-4, 0], abs=1e-9)
    assert optimizer.weight_decay == 0.1


def test_a_cosine_without_a_warm_up_starts_at_the_top(make_params):
    params = make_params({"train.optimizer": ADAM | {"schedule": "cosine"}, "train.reduce_lr.patience": None})
    optimizer = build_optimizer(params.train.optimizer, steps_per_epoch=10, epochs=5)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 25, 50)]
    assert rates == pytest.approx([2e-4, 1e-4, 0], abs=1e-9)
