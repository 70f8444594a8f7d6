"""The whole model: uint8 faces in, an age or a gender out.

photo -> augmentation (in training only) -> preprocessing -> backbone -> pooling -> dense layers -> head
"""

import keras

from ageline.model.augmentation import augment
from ageline.model.backbones import build_backbone
from ageline.model.heads import Head
from ageline.model.names import count_anew
from ageline.model.preprocessing import preprocessing
from ageline.params import Augmentation, Params, Top

POOLING = {
    "avg": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
    "flatten": keras.layers.Flatten,
}


def build_model(params: Params, height_width: tuple[int, int], head: Head) -> keras.Model:
    """A model to train, with random weights: uint8 RGB `[n, height, width, 3]` -> the output of `head`.

    Its layer named `backbone` is the network that `model.backbone` names.

    Raises:
        AgelineError: the faces are too small for that network.
    """
    photo = keras.Input((*height_width, 3), dtype="uint8", name="photo")
    face = augment(photo, params.train.augmentation, params.train.seed)
    face = preprocessing(params.model, height_width)(face)
    features = _top(build_backbone(params.model, height_width)(face), params.model.top)
    return keras.Model(photo, head.output(features), name="ageline")


def finished_model(model: keras.Model, head: Head) -> keras.Model:
    """What is saved of a trained `model`, with which it shares its weights: uint8 RGB -> the answers of `head`.

    It has no augmentation, and nothing but what Keras knows: it loads in safe mode and without this package.
    """
    photo, *layers = model.layers
    photo = keras.Input(photo.batch_shape[1:], dtype=photo.dtype, name=photo.name)
    output = photo
    for layer in layers:
        if layer.name not in Augmentation.model_fields:
            output = layer(output)
    finished = keras.Model(photo, head.answers(output), name=model.name)
    count_anew(operation for operation in finished.operations if not isinstance(operation, keras.layers.Layer))
    return finished


def _top(features: keras.KerasTensor, top: Top) -> keras.KerasTensor:
    x = POOLING[top.pooling](name="pooling")(features)
    for number, units in enumerate(top.units or (), start=1):
        x = _dropout(x, top.dropout, f"dropout_{number}")
        x = keras.layers.Dense(units, top.activation, name=f"dense_{number}")(x)
    return _dropout(x, top.dropout, "dropout")


def _dropout(x: keras.KerasTensor, share: float, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(share, name=name)(x) if share else x
