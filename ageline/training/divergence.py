"""A loss that is no finite number stops training at once, and the message says what to change."""

import math
from typing import Any

import keras

from ageline.errors import AgelineError
from ageline.params import Train
from ageline.training.phases import Phase


class Divergence(keras.callbacks.Callback):  # type: ignore[misc]
    """Looks at the loss of every batch, and at all values of every epoch."""

    async_safe = True  # so that JAX need not wait for a batch before it begins the next

    def __init__(self, phase: Phase, epochs_before: int, train: Train) -> None:
        super().__init__()
        self._phase = phase
        self._epochs_before = epochs_before
        self._train = train
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {})["loss"]  # the mean since the epoch began, so that what is once broken stays so
        if not math.isfinite(loss):
            first = not (batch or self._epoch or self._epochs_before)
            remedy = self._broken_from_the_start() if first else self._too_fast()
            raise AgelineError(f"{self._where(f'the loss became {loss} in')}, batch {batch + 1}. {remedy}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        broken = ", ".join(f"{name} {value}" for name, value in (logs or {}).items() if not math.isfinite(value))
        if broken:
            raise AgelineError(f"{self._where(f'{broken} after')}. {self._too_fast()}")

    def _where(self, what: str) -> str:
        number = self._epochs_before + self._epoch + 1
        own = f"{self._epoch + 1} of {self._phase.epochs} in phase {self._phase.name}"
        return f"training diverged: {what} epoch {number} ({own})"

    def _too_fast(self) -> str:
        """What was learned too fast: the rate, its factor, the length of a step, the number format."""
        optimizer, factor = self._train.optimizer, self._phase.learning_rate_factor
        scaled = f", times {factor:g} by train.phases.{self._phase.name}.learning_rate_factor" if factor != 1 else ""
        clip = optimizer.global_clipnorm
        return (
            f"Lower train.optimizer.learning_rate (now {optimizer.learning_rate:g}{scaled}), to a third for a start; or"
            f" {'set' if clip is None else 'lower'} train.optimizer.global_clipnorm"
            f" ({'1.0 is usual' if clip is None else f'now {clip:g}'}){self._precision()}."
        )

    def _broken_from_the_start(self) -> str:
        """Nothing had been learned yet, so that no learning rate can be the cause."""
        return (
            "No step had been taken: the weights that training starts from are broken. Look at model.weights and"
            f" model.weights_file{self._precision()}."
        )

    def _precision(self) -> str:
        return "; or set train.precision to float32" if self._train.precision != "float32" else ""
