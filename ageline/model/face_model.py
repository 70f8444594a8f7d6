"""The whole model: uint8 faces in, an age or a gender out.

photo -> augmentation (in training only) -> preprocessing -> backbone -> pooling -> dense layers -> head
"""

import keras

from ageline.model.backbones import build_backbone
from ageline.model.heads import Head
from ageline.model.preprocessing import preprocess
from ageline.params import Augmentation, Params, Top

POOLING = {
    "avg": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
    "flatten": keras.layers.Flatten,
}


def build_model(params: Params, height_width: tuple[int, int], head: Head) -> keras.Model:
    """A model to train, with random weights: uint8 RGB `[n, height, width, 3]` -> the output of `head`.

    Its layer named `backbone` is the network that `model.backbone` names.
    """
    photo = keras.Input((*height_width, 3), dtype="uint8", name="photo")
    face = _augment(photo, params.train.augmentation, params.train.seed)
    face = preprocess(face, "imagenet" if params.model.preprocessing == "backbone" else "rescale")
    features = build_backbone(params.model.batchnorm_momentum)(face)
    return keras.Model(photo, head.output(_top(features, params.model.top)), name="ageline")


def finished_model(model: keras.Model, head: Head) -> keras.Model:
    """What is saved of a trained `model`, with which it shares its weights: uint8 RGB -> the answers of `head`."""
    return keras.Model(model.inputs, head.answers(model.outputs[0]), name=model.name)


def _augment(photo: keras.KerasTensor, augmentation: Augmentation, seed: int) -> keras.KerasTensor:
    if not augmentation.flip:
        return photo
    return keras.layers.RandomFlip("horizontal", seed=seed, name="flip", dtype="float32")(photo)


def _top(features: keras.KerasTensor, top: Top) -> keras.KerasTensor:
    x = POOLING[top.pooling](name="pooling")(features)
    for number, units in enumerate(top.units, start=1):
        x = _dropout(x, top.dropout, f"dropout_{number}")
        x = keras.layers.Dense(units, top.activation, name=f"dense_{number}")(x)
    return _dropout(x, top.dropout, "dropout")


def _dropout(x: keras.KerasTensor, share: float, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(share, name=name)(x) if share else x
