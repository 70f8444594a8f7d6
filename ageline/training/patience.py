"""What a history decides: which epoch is the best, whether a phase has stalled, how far its learning rate has fallen.

All of it follows from the numbers of the epochs alone, so that a training that was killed and goes on decides as one
that never stopped. The rules are those of Keras' EarlyStopping and ReduceLROnPlateau with `min_delta=0`, which keep
counts of their own that nothing can restore.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from ageline.params import Train
from ageline.training.history import Record
from ageline.training.phases import Phase


def better_is(monitor: str) -> str:
    """`max` where a higher value of `train.monitor` is the better one, else `min`, as Keras calls it."""
    return "max" if monitor == "val_accuracy" else "min"


def best_of(values: Sequence[float], mode: str) -> int:
    """The position of the best value; of equals, the first."""
    return values.index(max(values) if mode == "max" else min(values))


def has_stalled(values: Sequence[float], mode: str, patience: int | None) -> bool:
    """Whether the last `patience` values were no better than one before them; never without patience."""
    return patience is not None and bool(values) and len(values) - 1 - best_of(values, mode) >= patience


def reductions(values: Sequence[float], mode: str, patience: int) -> int:
    """How often `patience` values in a row were no better than the best before them; each time counting starts anew."""
    count, waited = 0, 0
    for seen in range(2, len(values) + 1):
        waited = 0 if best_of(values[:seen], mode) == seen - 1 else waited + 1
        if waited == patience:
            count, waited = count + 1, 0
    return count


class EarlyStopping(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a phase that has stalled."""

    def __init__(self, phase: Phase, record: Record, train: Train) -> None:
        super().__init__()
        self.monitor, self.mode = train.monitor, better_is(train.monitor)
        self.patience = train.early_stopping.patience
        self._phase, self._record = phase, record

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        if has_stalled(self._record.values(self.monitor, self._phase.name), self.mode, self.patience):
            self.model.stop_training = True


class ReducedLearningRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives each epoch of a phase the learning rate that the epochs before it leave, where there is no schedule."""

    def __init__(self, phase: Phase, record: Record, train: Train, patience: int) -> None:
        super().__init__()
        self.monitor, self.mode = train.monitor, better_is(train.monitor)
        self.patience, self.factor = patience, train.reduce_lr.factor
        self._highest = phase.learning_rate_factor * train.optimizer.learning_rate
        self._phase, self._record = phase, record

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        values = self._record.values(self.monitor, self._phase.name)
        rate = np.float32(self._highest)
        for _ in range(reductions(values, self.mode, self.patience)):
            rate = np.float32(float(rate) * self.factor)  # rounded each time, as by an engine that holds it
        self.model.optimizer.learning_rate = float(rate)
