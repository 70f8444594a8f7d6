"""ResNet50 without its classifier, and where its first weights come from.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016, in Keras' edition (v1: the stride is on the first
1x1 convolution of a stage, and convolutions have biases).
"""

import warnings
from pathlib import Path

import keras

from ageline.errors import AgelineError
from ageline.params import Model
from ageline.store import written_whole

DOWNLOAD_REMEDY = (
    "Download resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 from Keras' storage where there is a network, put it"
    " into data/weights, and set model.weights to file and model.weights_file to its name."
)


def build_backbone(batchnorm_momentum: float) -> keras.Model:
    """ResNet50's convolutions: float `[n, height, width, 3]` -> `[n, height / 32, width / 32, 2048]`, sizes rounded up.

    Its weights are random, drawn from Keras' global seed, and fit photos of any size.
    """
    backbone = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(None, None, 3), name="backbone"
    )
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = batchnorm_momentum
    return backbone


def write_initial_weights(path: Path, model: Model, seed: int, weights_folder: Path) -> None:
    """Write the weights that training starts from to `path`, a `.weights.h5` file.

    Raises:
        AgelineError: the file is missing or of another network, or the download failed.
    """
    keras.utils.set_random_seed(seed)
    backbone = build_backbone(model.batchnorm_momentum)
    if model.weights == "imagenet":
        backbone.set_weights(_download_imagenet())
    elif model.weights_file is not None:
        _load_file(backbone, weights_folder / model.weights_file)
    with written_whole(path) as partial:
        backbone.save_weights(partial)


def load_initial_weights(backbone: keras.Model, path: Path) -> None:
    """Load what `write_initial_weights` wrote."""
    _load_file(backbone, path)


def _download_imagenet() -> list[object]:
    try:
        weights: list[object] = keras.applications.ResNet50(include_top=False, weights="imagenet").get_weights()
    except Exception as error:  # urllib, sockets and Keras' own hash check each raise their own
        raise AgelineError(f"ImageNet weights could not be downloaded: {error}. {DOWNLOAD_REMEDY}") from error
    return weights


def _load_file(backbone: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise AgelineError(
            f"{path} does not exist; model.weights_file names a file in {path.parent}. {DOWNLOAD_REMEDY}"
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns where a file lacks a layer, and leaves that layer's weights random.
            warnings.simplefilter("error", UserWarning)
            backbone.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise AgelineError(
            f"{path} does not hold the weights of a ResNet50 without its top, as Keras names and shapes them: {error}"
        ) from error
