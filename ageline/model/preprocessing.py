"""What a backbone's weights expect of a photo, as layers inside the model: uint8 RGB goes in.

Kept in the graph, preprocessing can't be forgotten at prediction; as plain layers it loads in safe mode and exports.
"""

from typing import Literal

import keras

# The mean of ImageNet in BGR, of photos in 0..255: what Keras' ResNet50 weights were trained with ("caffe" mode).
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


def preprocess(pixels: keras.KerasTensor, kind: Literal["imagenet", "rescale"]) -> keras.KerasTensor:
    """uint8 or float RGB in 0..255, `[n, height, width, 3]` -> float32 of the same shape.

    `imagenet` is `keras.applications.resnet.preprocess_input`; `rescale` divides by 255, as the published notebooks do.
    """
    if kind == "rescale":
        return keras.layers.Rescaling(1 / 255, name="rescale", dtype="float32")(pixels)
    centre = keras.layers.Normalization(
        mean=IMAGENET_MEAN_BGR, variance=(1, 1, 1), name="imagenet_mean", dtype="float32"
    )
    return centre(pixels[..., ::-1])
