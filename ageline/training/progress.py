"""What a person sees while a model trains: a line per epoch, and on a terminal one that moves within the epoch."""

import sys
from collections.abc import Mapping
from typing import Any

import keras
from tqdm import tqdm

from ageline.training.cost import Stopwatch
from ageline.training.phases import Phase


class EpochLine(keras.callbacks.Callback):  # type: ignore[misc]
    """Prints a line after each epoch of a phase."""

    def __init__(self, phase: Phase, metric: str, stopwatch: Stopwatch) -> None:
        super().__init__()
        self._phase = phase
        self._metric = metric
        self._stopwatch = stopwatch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        left = self._phase.epochs - (epoch + 1) + self._phase.epochs_after
        values = epoch_values(logs or {}, self._metric)
        speed = f"{self._stopwatch.last_faces_per_second:.0f} faces/s"
        ahead = [f"{duration(left * self._stopwatch.seconds_per_epoch)} left"] if left else []
        print("  ".join([f"{self._phase.name} {epoch + 1}/{self._phase.epochs}", values, speed, *ahead]), flush=True)


class MovingLine(keras.callbacks.Callback):  # type: ignore[misc]
    """Shows on a terminal how far the epoch is."""

    async_safe = True  # so that JAX need not wait for a batch before it begins the next

    def __init__(self, phase: Phase) -> None:
        super().__init__()
        self._phase = phase
        self._bar: tqdm[Any] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        title = f"{self._phase.name} {epoch + 1}/{self._phase.epochs}"
        self._bar = tqdm(total=self.params["steps"], desc=title, unit="batch", leave=False, file=sys.stdout)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        bar = self._bar  # JAX may tell of a batch late, when validation has begun, and of two out of order
        if bar is not None and batch >= bar.n:
            bar.set_postfix_str(f"loss {(logs or {})['loss']:.3f}", refresh=False)
            bar.update(batch + 1 - bar.n)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def epoch_values(logs: Mapping[str, float], metric: str) -> str:
    """loss, metric, both on validation, and the learning rate, as words and numbers on a line."""
    names = ("loss", metric, "val_loss", f"val_{metric}")
    return "  ".join([*(f"{name} {logs[name]:.3f}" for name in names), f"lr {logs['learning_rate']:.2g}"])


def duration(seconds: float) -> str:
    """4:10 for 250 seconds, 1:00:05 for an hour and five."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
