"""What a backbone's weights expect of a photo, as layers inside the model: uint8 RGB goes in.

Kept in the graph, preprocessing can't be forgotten at prediction; as plain layers it loads in safe mode and exports. It
stands before the backbone and not in it, as Keras would have it, so that weights don't depend on it.
"""

from collections.abc import Callable

import keras

from ageline.model.backbones import family
from ageline.model.names import count_anew
from ageline.params import Model

# Of photos in 0..255. The first is what Keras' ResNet50 was trained with ("caffe" mode), the others what most were.
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
IMAGENET_MEAN = (0.485 * 255, 0.456 * 255, 0.406 * 255)
IMAGENET_VARIANCE = ((0.229 * 255) ** 2, (0.224 * 255) ** 2, (0.225 * 255) ** 2)

Step = Callable[[keras.KerasTensor], keras.KerasTensor]


def preprocessing(model: Model, height_width: tuple[int, int]) -> keras.Model:
    """A model named `preprocessing`: RGB in 0..255, uint8 or float, `[n, height, width, 3]` -> float32 of that shape.

    With `model.preprocessing: backbone` it is what `keras.applications` does before or in that network, which has it
    from those who trained it; with `rescale` it divides by 255, as the published notebooks do with any network.
    """
    pixels = keras.Input((*height_width, 3), name="pixels")
    step = _own_step(model.backbone) if model.preprocessing == "backbone" else _rescale
    built = keras.Model(pixels, step(pixels), name="preprocessing")
    count_anew(built.operations)
    return built


def _own_step(backbone: str) -> Step:
    if backbone.startswith("EfficientNetV2B"):
        return _standardise
    return {
        "ResNet50": _centre,
        "CNN": _rescale,
        "EfficientNetV2": lambda pixels: _stretch(pixels, 128.0),
        "ConvNeXt": _standardise,
        "MobileNetV3": lambda pixels: _stretch(pixels, 127.5),
    }[family(backbone)]


def _rescale(pixels: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(1 / 255, name="rescale", dtype="float32")(pixels)


def _stretch(pixels: keras.KerasTensor, half: float) -> keras.KerasTensor:
    """To about -1..1; EfficientNetV2's S, M and L were trained with 128 for 127.5."""
    return keras.layers.Rescaling(1 / half, offset=-1.0, name="stretch", dtype="float32")(pixels)


def _standardise(pixels: keras.KerasTensor) -> keras.KerasTensor:
    layer = keras.layers.Normalization(
        mean=IMAGENET_MEAN, variance=IMAGENET_VARIANCE, name="imagenet_standard", dtype="float32"
    )
    return layer(pixels)


def _centre(pixels: keras.KerasTensor) -> keras.KerasTensor:
    centre = keras.layers.Normalization(
        mean=IMAGENET_MEAN_BGR, variance=(1, 1, 1), name="imagenet_mean", dtype="float32"
    )
    return centre(pixels[..., ::-1])
