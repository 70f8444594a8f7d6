"""The networks that `model.backbone` can name, without their classifiers, and where their first weights come from.

ResNet50: He et al., Deep Residual Learning for Image Recognition, CVPR 2016, in Keras' edition (v1: the stride is on
the first 1x1 convolution of a stage, and convolutions have biases). EfficientNetV2: Tan and Le, ICML 2021. ConvNeXt:
Liu et al., CVPR 2022. MobileNetV3: Howard et al., ICCV 2019. CNN: `ageline.model.cnn`.
"""

import re
import warnings
from pathlib import Path
from typing import Any

import keras

from ageline.errors import AgelineError
from ageline.model import cnn
from ageline.model.names import count_anew
from ageline.params import Model
from ageline.store.files import written_whole

# Pixels a side; ResNet50 and EfficientNetV2 pad, and so take any size.
SMALLEST = {"CNN": cnn.SMALLEST, "ConvNeXt": 32, "MobileNetV3": 32}


def family(backbone: str) -> str:
    """What a backbone is an edition of: `ConvNeXt` of `ConvNeXtTiny`."""
    found = re.match("ResNet50|CNN|EfficientNetV2|ConvNeXt|MobileNetV3", backbone)
    if found is None:
        raise ValueError(f"no family of backbones has {backbone!r}")
    return found[0]


def build_backbone(model: Model, height_width: tuple[int, int] | None = None) -> keras.Model:
    """The network `model.backbone`, named `backbone`: preprocessed float `[n, height, width, 3]` -> `[n, h, w, m]`.

    Its weights are random, drawn from Keras' global seed, and fit faces of any size.

    Args:
        model: which network, and the momentum of all its batch normalisation.
        height_width: of the faces, in pixels; None leaves it open.

    Raises:
        AgelineError: the faces are too small for this network.
    """
    _check_size(model.backbone, height_width)
    face = keras.Input((*(height_width or (None, None)), 3), name="face")
    features = (
        cnn.convolve(face) if model.backbone == "CNN" else _from_keras(model.backbone, input_tensor=face).outputs[0]
    )
    backbone = keras.Model(face, features, name="backbone")
    count_anew(backbone.operations)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = model.batchnorm_momentum
    return backbone


def write_initial_weights(path: Path, model: Model, seed: int, weights_folder: Path) -> None:
    """Write the weights that training starts from to `path`, a `.weights.h5` file.

    Raises:
        AgelineError: the file is missing or of another network, or the download failed.
    """
    keras.utils.set_random_seed(seed)
    backbone = build_backbone(model)
    if model.weights == "imagenet":
        backbone.set_weights(_download_imagenet(model.backbone))
    elif model.weights_file is not None:
        _load_file(backbone, weights_folder / model.weights_file, model.backbone)
    with written_whole(path) as partial:
        backbone.save_weights(partial)


def load_initial_weights(backbone: keras.Model, path: Path) -> None:
    """Load what `write_initial_weights` wrote for the same network.

    Raises:
        AgelineError: the file is missing or of another network.
    """
    if not path.is_file():
        raise AgelineError(f"{path} does not exist. Run `dvc repro backbone` to write it.")
    try:
        _load_completely(backbone, path)
    except AgelineError as error:
        raise AgelineError(f"{path} holds the weights of another network than model.backbone: {error}") from error


def _check_size(backbone: str, height_width: tuple[int, int] | None) -> None:
    smallest = SMALLEST.get(family(backbone), 1)
    if height_width is not None and min(height_width) < smallest:
        raise AgelineError(
            f"ingest.image_size should be at least {smallest} pixels a side with model.backbone {backbone!r}, which"
            f" leaves nothing of smaller faces, not {height_width[0]} x {height_width[1]} (height x width)."
            " Set a larger ingest.image_size, or model.backbone ResNet50, which takes any."
        )


def _from_keras(backbone: str, weights: str | None = None, **keywords: Any) -> keras.Model:
    if family(backbone) != "ResNet50":
        keywords["include_preprocessing"] = False  # it stands before the backbone, where params.yaml chooses it
    return getattr(keras.applications, backbone)(include_top=False, weights=weights, **keywords)


def _download_imagenet(backbone: str) -> list[object]:
    try:
        weights: list[object] = _from_keras(backbone, "imagenet", input_shape=(224, 224, 3)).get_weights()
    except Exception as error:  # urllib, sockets and Keras' own hash check each raise their own
        raise AgelineError(
            f"ImageNet weights of {backbone} could not be downloaded: {error}. {_download_remedy(backbone)}"
        ) from error
    return weights


def _load_file(backbone: keras.Model, path: Path, name: str) -> None:
    if not path.is_file():
        raise AgelineError(
            f"{path} does not exist; model.weights_file names a file in {path.parent}. {_download_remedy(name)}"
        )
    try:
        _load_completely(backbone, path)
    except AgelineError as error:
        raise AgelineError(
            f"{path} does not hold the weights of {name} without its top, as Keras names and shapes them: {error}"
        ) from error


def _load_completely(backbone: keras.Model, path: Path) -> None:
    try:
        with warnings.catch_warnings():
            # Keras only warns where a file lacks a layer, and leaves that layer's weights random.
            warnings.simplefilter("error", UserWarning)
            backbone.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise AgelineError(str(error)) from error


def _download_remedy(backbone: str) -> str:
    if backbone == "CNN":
        return "Put the .weights.h5 file of such a backbone there, or set model.weights to random."
    return (
        f"Download {published_file(backbone)} from Keras' storage where there is a network, put it into data/weights,"
        " and set model.weights to file and model.weights_file to its name."
    )


def published_file(backbone: str) -> str:
    """The name under which Keras publishes the ImageNet weights of a backbone without its top."""
    edition = backbone.removeprefix(family(backbone)).lower()
    return {
        "ResNet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "EfficientNetV2": f"efficientnetv2-{edition}_notop.h5",
        "ConvNeXt": f"convnext_{edition}_notop.h5",
        "MobileNetV3": f"weights_mobilenet_v3_{edition}_224_1.0_float_no_top_v2.h5",
    }[family(backbone)]
