"""All numbers that a training goes on from: weights, moving statistics, random states, and those of the optimizer.

Keras' own files leave out the random states of dropout and augmentation, so that a model which goes on from them draws
other numbers than one that never stopped.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Arrays = Sequence[npt.NDArray[Any]]


def take_snapshot(model: keras.Model, raw: Mapping[int, npt.NDArray[Any]]) -> Arrays:
    """Copies of all variables of a compiled model and its optimizer.

    Args:
        model: after an epoch.
        raw: by the identity of a variable, what it learns on with where the model shows another value.
    """
    return [np.array(raw.get(id(variable), variable)) for variable in _variables(model)]


def restore(model: keras.Model, arrays: Arrays) -> None:
    """Give a compiled model and its optimizer what `take_snapshot` took of one that was built and compiled alike."""
    model.optimizer.build(model.trainable_variables)
    for variable, array in zip(_variables(model), arrays, strict=True):
        variable.assign(array)


def _variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]
