"""Which engine works below Keras: TensorFlow or JAX, by `train.backend`.

Keras reads its backend once, when it is first imported. A stage therefore calls `use_backend` as soon as it has read
params.yaml, and imports what needs Keras below that line; this module itself never imports Keras.
"""

import os
import sys
from typing import Literal

from ageline.errors import AgelineError


def use_backend(name: Literal["tensorflow", "jax"]) -> None:
    """Make Keras run on `name` in this process.

    Raises:
        AgelineError: Keras was imported before, with another backend.
    """
    if "keras" in sys.modules:
        _check_unchanged(name, sys.modules["keras"].config.backend())
    os.environ["KERAS_BACKEND"] = name


def _check_unchanged(name: str, running: str) -> None:
    if running != name:
        raise AgelineError(
            f"train.backend is {name!r}, but Keras already runs on {running!r} in this process, and it can't change."
            " Start another process, or call use_backend before anything that imports Keras."
        )
