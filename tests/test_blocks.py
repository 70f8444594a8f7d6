import keras
import numpy as np
import pytest

from ageline.errors import AgelineError
from ageline.model.backbones import build_backbone
from ageline.model.blocks import block_names, set_trainable

FACES = np.random.default_rng(0).uniform(0, 1, (16, 8, 8, 3)).astype(np.float32)
AGES = np.linspace(1, 80, 16, dtype=np.float32)[:, None]


def small_model() -> keras.Model:
    """Two blocks with batch normalisation, named as in a ResNet50, and a top."""
    keras.utils.set_random_seed(1)
    face = keras.Input((8, 8, 3))
    x = face
    for number in (1, 2):
        x = keras.layers.Conv2D(4, 3, name=f"conv{number}_conv")(x)
        x = keras.layers.BatchNormalization(name=f"conv{number}_bn")(x)
        x = keras.layers.ReLU(name=f"conv{number}_relu")(x)
    photo = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.Model(face, x, name="backbone")(photo))
    return keras.Model(photo, keras.layers.Dense(1, name="age")(x))


def changed_by_training(trainable) -> set[str]:
    """The weights that are others after some steps: `layer/weight`."""
    model = small_model()
    set_trainable(model, trainable)
    model.compile(keras.optimizers.SGD(0.01), "mae")
    before = {weight.path: np.array(weight) for weight in model.weights}
    model.fit(FACES, AGES, batch_size=4, verbose=0)
    changed = {weight.path for weight in model.weights if not np.array_equal(weight, before[weight.path])}
    return {path.removeprefix("backbone/") for path in changed}


BLOCK_1 = {"conv1_bn/gamma", "conv1_bn/beta", "conv1_bn/moving_mean", "conv1_bn/moving_variance", "conv1_conv/kernel"}
BLOCK_2 = {name.replace("conv1", "conv2") for name in BLOCK_1}
TOP = {"age/kernel", "age/bias"}


@pytest.mark.parametrize(
    ("trainable", "expected"),
    [
        ("all", BLOCK_1 | BLOCK_2 | TOP),
        ("none", TOP),
        (("conv2",), BLOCK_2 | TOP),
        (("conv1", "conv2"), BLOCK_1 | BLOCK_2 | TOP),
    ],
)
def test_what_is_frozen_stays_as_it_is_down_to_the_moving_statistics(trainable, expected):
    changed = changed_by_training(trainable)
    # A bias before batch normalisation has no gradient to speak of.
    assert changed - {"conv1_conv/bias", "conv2_conv/bias"} == expected


def test_frozen_batch_normalisation_answers_in_training_as_at_inference():
    model = small_model()
    backbone = model.get_layer("backbone")
    set_trainable(model, "all")
    assert not np.allclose(backbone(FACES, training=True), backbone(FACES, training=False))
    set_trainable(model, "none")
    np.testing.assert_array_equal(backbone(FACES, training=True), backbone(FACES, training=False))


def test_a_phase_undoes_what_the_one_before_froze():
    model = small_model()
    everything = len(model.trainable_weights)
    counts = []
    for trainable in ("none", ("conv2",), "all", ("conv1",), "none", "all"):
        set_trainable(model, trainable)
        counts.append(len(model.trainable_weights))
    assert counts == [2, 6, 10, 6, 2, everything]


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("ResNet50", "conv1 conv2 conv3 conv4 conv5"),
        ("CNN", "conv1 conv2 conv3"),
        ("EfficientNetV2B0", "stem block1 block2 block3 block4 block5 block6 last_conv"),
        ("ConvNeXtTiny", "stem stage_0 stage_1 stage_2 stage_3"),
        (
            "MobileNetV3Small",
            "stem block0 block1 block2 block3 block4 block5 block6 block7 block8 block9 block10 last_conv",
        ),
    ],
)
def test_every_weight_of_a_backbone_is_in_a_block(make_params, name, blocks):
    backbone = build_backbone(make_params({"model.backbone": name}).model)
    assert block_names(backbone) == blocks.split()
    model = keras.Sequential([keras.Input((None, None, 3)), backbone])
    everything = len(model.trainable_weights)
    parts = 0
    for block in block_names(backbone):
        set_trainable(model, (block,))
        parts += len(model.trainable_weights)
        assert model.trainable_weights
    assert parts == everything


def test_a_block_that_the_backbone_lacks_is_named_beside_those_it_has():
    with pytest.raises(AgelineError) as raised:
        set_trainable(small_model(), ("conv1", "conv9"))
    assert str(raised.value) == (
        "train.phases.*.trainable should be all, none or a list of blocks of this model.backbone, which are conv1,"
        " conv2; received 'conv9'."
    )
