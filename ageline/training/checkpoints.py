"""Weights that are kept: of the best epoch so far, which a phase hands on, and of every epoch, to choose from later."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.params import Train
from ageline.store import written_whole


class BestWeights:
    """The weights of the epoch with the best `train.monitor` so far, over all phases; of equals, the first.

    Attributes:
        epoch: the number of that epoch, 0 before the first.
        value: its monitor.
    """

    def __init__(self, train: Train) -> None:
        self.epoch = 0
        self.value = float("nan")
        self._monitor = train.monitor
        self._sign = 1 if better_is(train.monitor) == "max" else -1
        self._weights: list[tuple[keras.Variable, npt.NDArray[Any]]] = []

    def look(self, model: keras.Model, epoch: int, logs: Mapping[str, float]) -> None:
        """Keep the weights of `model` if the epoch is better than those before it."""
        value = logs[self._monitor]
        if not self.epoch or self._sign * value > self._sign * self.value:
            self.epoch, self.value = epoch, value
            # A copy: an engine may let the next step write over what it showed.
            self._weights = [(weight, np.array(weight)) for weight in model.weights]

    def restore(self) -> None:
        """Give the model the weights of the best epoch."""
        for weight, value in self._weights:
            weight.assign(value)


def better_is(monitor: str) -> str:
    """`max` where a higher value of `train.monitor` is the better one, else `min`, as Keras calls it."""
    return "max" if monitor == "val_accuracy" else "min"


def save_epoch(finished: keras.Model, folder: Path, epoch: int) -> str:
    """Write the weights of a finished model, without any optimizer, into `folder` and return the file's name."""
    path = _epoch_file(folder, epoch)
    with written_whole(path) as partial:
        finished.save_weights(partial)
    return path.name


def load_epoch(model: keras.Model, folder: Path, epoch: int) -> None:
    """Give a finished model the weights that it had after an epoch of its training.

    Args:
        model: as `ageline.model.archive.load_model` returns it.
        folder: models/epochs, written by training with `train.checkpoint.keep: all`.
        epoch: its number in epochs.csv, from 1.

    Raises:
        AgelineError: the epoch was not kept, or is of another model.
    """
    path = _epoch_file(folder, epoch)
    if not path.is_file():
        raise AgelineError(
            f"{path} does not exist: epoch {epoch} was not trained, or not kept. {folder / 'epochs.csv'} lists the"
            " epochs, with a file where one was kept. Set evaluate.epoch to one of them, and train.checkpoint.keep to"
            " all."
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns where a file lacks a layer, and leaves that layer's weights as they are.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise AgelineError(
            f"{path} does not hold the weights of this model: {error}. Run `dvc repro` to train both anew."
        ) from error


def _epoch_file(folder: Path, epoch: int) -> Path:
    return folder / f"epoch-{epoch:03}.weights.h5"
