"""Augmentation on the fly: every training face is another one in every epoch; at inference these layers do nothing.

What turns, shifts or shrinks a face uncovers a margin. It is filled with the mirrored photo: black would tell the
network by how much a face was moved, and stretching the last row draws stripes.
"""

import zlib
from typing import Any

import keras
import numpy as np

from ageline.params import Augmentation

MEAN_GREY = 127.5


def augment(photo: keras.KerasTensor, augmentation: Augmentation, seed: int) -> keras.KerasTensor:
    """RGB in 0..255, uint8 or float, `[n, height, width, 3]` -> float32 in 0..255, by the layers that are switched on.

    Each layer is named as its key in params.yaml, and draws from (`seed`, its name): with one seed for all, a face that
    is flipped would always be turned the same way.
    """
    face = keras.ops.cast(photo, "float32")  # some of Keras' layers would add a negative brightness to a uint8
    for name, amount in augmentation:
        if amount:
            layer = _build(name, amount, name=name, seed=_own_seed(seed, name), dtype="float32")
            # Keras' geometric layers keep a model from being compiled, for a TensorFlow kernel that XLA lacks. On JAX
            # they compile, and a model that is not compiled trains many times slower there.
            layer.supports_jit = layer.supports_jit or keras.config.backend() == "jax"
            face = layer(face)
    return face


def _build(kind: str, amount: float, **keywords: Any) -> keras.layers.Layer:
    build = keras.layers
    match kind:
        case "flip":
            return build.RandomFlip("horizontal", **keywords)
        case "rotate":
            return build.RandomRotation(amount, fill_mode="reflect", **keywords)
        case "shift":
            return build.RandomTranslation(amount, amount, fill_mode="reflect", **keywords)
        case "zoom":
            return build.RandomZoom(amount, fill_mode="reflect", **keywords)
        case "brightness":
            return build.RandomBrightness(amount, **keywords)
        case "contrast":  # of one number, Keras takes 0 for the lower: contrast would only grow
            return build.RandomContrast((amount, amount), **keywords)
        case "erase":  # of one number, Keras takes 0 for the lower: half as many faces would lose a part
            return build.RandomErasing((amount, amount), fill_value=MEAN_GREY, **keywords)
    raise ValueError(f"no augmentation is called {kind!r}")


def _own_seed(seed: int, name: str) -> int:
    return int(np.random.SeedSequence([seed, zlib.crc32(name.encode())]).generate_state(1)[0] >> 1)
