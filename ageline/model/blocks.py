"""The blocks of a backbone, by which a phase says what of it learns.

| backbone | blocks |
|---|---|
| ResNet50 | conv1, conv2 .. conv5: the stages of the paper |
| CNN | conv1, conv2, conv3 |
| EfficientNetV2 | stem, block1 .. block6 (S and B: 6; M and L: 7), last_conv |
| ConvNeXt | stem, stage_0 .. stage_3, each with the downsampling before it |
| MobileNetV3 | stem, block0 .. block10 (Small) or block14 (Large), last_conv |
"""

import re
from typing import Literal

import keras

from ageline.errors import AgelineError

# The first pattern at the beginning of a layer's name says of which block it is.
_BLOCKS = [
    (r"conv(\d)_", r"conv\1"),  # ResNet50, CNN
    (r"stem_", "stem"),  # EfficientNetV2 from here
    (r"block(\d)[a-z]+_", r"block\1"),
    (r"top_", "last_conv"),
    (r"convnext_[a-z]+_stem$", "stem"),
    (r"convnext_[a-z]+_downsampling_block_0$", "stage_1"),
    (r"convnext_[a-z]+_downsampling_block_1$", "stage_2"),
    (r"convnext_[a-z]+_downsampling_block_2$", "stage_3"),
    (r"convnext_[a-z]+_stage_(\d)_", r"stage_\1"),
    (r"layer_normalization$", "stage_3"),  # the last layer of ConvNeXt
    (r"conv(_bn)?$", "stem"),  # MobileNetV3 from here
    (r"expanded_conv_(\d+)_", r"block\1"),
    (r"expanded_conv_", "block0"),
    (r"conv_1(_bn)?$", "last_conv"),
]


def set_trainable(model: keras.Model, trainable: Literal["all", "none"] | tuple[str, ...]) -> None:
    """Let only the named blocks of the layer `backbone` learn; what stands above the backbone always does.

    Frozen batch normalisation works as at inference: with its moving statistics, which stay as they are. Compile the
    model afterwards.

    Raises:
        AgelineError: the backbone has no such block.
    """
    backbone = model.get_layer("backbone")
    if isinstance(trainable, tuple):
        _check_known(trainable, block_names(backbone))
    backbone.trainable = trainable != "none"
    if trainable != "none":
        # On TensorFlow, setting a backbone that is trainable to trainable does nothing to its layers.
        for layer in backbone.layers:
            layer.trainable = trainable == "all" or _block_of(layer) in trainable


def block_names(backbone: keras.Model) -> list[str]:
    """The blocks of a backbone from the photo upwards."""
    return list(dict.fromkeys(_block_of(layer) for layer in backbone.layers if layer.weights))


def _block_of(layer: keras.layers.Layer) -> str:
    for pattern, block in _BLOCKS:
        found = re.match(pattern, layer.name)
        if found:
            return found.expand(block)
    return ""  # an input, an addition: nothing that learns


def _check_known(trainable: tuple[str, ...], known: list[str]) -> None:
    unknown = [name for name in trainable if name not in known]
    if unknown:
        raise AgelineError(
            f"train.phases.*.trainable should be all, none or a list of blocks of this model.backbone, which are"
            f" {', '.join(known)}; received {', '.join(map(repr, unknown))}."
        )
