"""Computing with 32 bits, whatever a model was trained with: its weights always had 32."""

from typing import Any

import keras
import tensorflow as tf

MIXED = "mixed_bfloat16"


def in_float32(model: keras.Model) -> keras.Model:
    """The same layers and weights, where no layer computes in bfloat16; `model` itself where none did."""
    config = model.get_config()
    plain = _without_mixed(config)
    if plain == config:
        return model
    rebuilt = type(model).from_config(plain)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def forbid_tensor_float_32() -> None:
    """Have a GPU multiply all digits of 32-bit numbers in this process.

    By itself TensorFlow leaves out 13 of their bits there, which is more than a format may differ by.
    """
    tf.config.experimental.enable_tensor_float_32_execution(False)


def _without_mixed(config: Any) -> Any:
    """The config with each number format `mixed_bfloat16` replaced, wherever it stands."""
    if isinstance(config, dict):
        return {key: _without_mixed(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_without_mixed(value) for value in config)
    return "float32" if isinstance(config, str) and config == MIXED else config
