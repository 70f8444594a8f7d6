"""The whole model: uint8 faces in, years out.

photo -> augmentation (in training only) -> preprocessing -> ResNet50 -> pooling -> dense layers -> age
"""

import keras

from ageline.model.backbone import build_backbone
from ageline.model.preprocessing import preprocess
from ageline.params import Augmentation, Model, Top

POOLING = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


def build_model(
    model: Model, augmentation: Augmentation, height_width: tuple[int, int], mean_age: float, seed: int
) -> keras.Model:
    """A model with random weights: uint8 RGB `[n, height, width, 3]` -> age in years, float32 `[n, 1]`.

    Args:
        model: backbone and top.
        augmentation: what happens to a face while training.
        height_width: of the faces, in pixels.
        mean_age: of the training faces, in years: what the untrained model answers.
        seed: of the augmentation.
    """
    photo = keras.Input((*height_width, 3), dtype="uint8", name="photo")
    face = _augment(photo, augmentation, seed)
    face = preprocess(face, model.preprocessing)
    features = build_backbone(model.batchnorm_momentum)(face)
    return keras.Model(photo, _top(features, model.top, mean_age), name="ageline")


def _augment(photo: keras.KerasTensor, augmentation: Augmentation, seed: int) -> keras.KerasTensor:
    if not augmentation.flip:
        return photo
    return keras.layers.RandomFlip("horizontal", seed=seed, name="flip", dtype="float32")(photo)


def _top(features: keras.KerasTensor, top: Top, mean_age: float) -> keras.KerasTensor:
    x = POOLING[top.pooling](name="pooling")(features)
    for number, units in enumerate(top.units, start=1):
        x = _dropout(x, top.dropout, f"dropout_{number}")
        x = keras.layers.Dense(units, top.activation, name=f"dense_{number}")(x)
    # A relu that starts below zero never learns: a published run stayed at age 0 for good. Starting at the mean age
    # keeps it alive and spares the epochs in which the network only learns that people are not newborn.
    bias = keras.initializers.Constant(mean_age)
    return keras.layers.Dense(1, top.output_activation, bias_initializer=bias, name="age", dtype="float32")(
        _dropout(x, top.dropout, "dropout")
    )


def _dropout(x: keras.KerasTensor, share: float, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(share, name=name)(x) if share else x
