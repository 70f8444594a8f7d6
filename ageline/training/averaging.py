"""The moving average of the weights (`train.optimizer.ema`): it is validated and kept, the raw weights learn on.

Keras' own SwapEMAWeights is not used. On TensorFlow it swaps by adding and subtracting, which changes the raw weights
by rounding, and where training stops early it leaves the raw weights in place of the average.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt


class AveragedWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Puts the average into the model when validation begins, and the raw weights back when the next epoch does.

    Between the two, while an epoch ends, whoever looks at the model sees the average. After the last epoch it stays,
    and `fit` itself puts it there once more. Only weights that learn are averaged: moving means and variances of
    BatchNorm are averages already. Each phase begins an average of its own, from its first step.
    """

    def __init__(self) -> None:
        super().__init__()
        self._raw: list[tuple[keras.Variable, npt.NDArray[Any]]] = []

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        self._raw = [(weight, np.array(weight)) for weight in self.model.trainable_variables]
        show_average(self.model)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        for weight, value in self._raw:
            weight.assign(value)

    @property
    def raw(self) -> Mapping[int, npt.NDArray[Any]]:
        """What the weights learn on with while the model shows their average, by the identity of the variable."""
        return {id(weight): value for weight, value in self._raw}


def show_average(model: keras.Model) -> None:
    """Give the weights that learn the average that the optimizer keeps of them."""
    weights = model.trainable_variables
    model.optimizer.finalize_variable_values(weights)
    for weight in weights:
        # JAX lets the weight and its average share an array now, and a step would give it up for both.
        weight.assign(np.array(weight))
