"""What training took: time, speed, device and memory. Kept apart from metrics.json: two runs never agree on it."""

import time
from collections.abc import Mapping
from typing import Any

import keras

from ageline.params import Train
from ageline.training.device import device_name, gpu_peak_memory, peak_memory

MEGABYTE = 1e6


class Stopwatch(keras.callbacks.Callback):  # type: ignore[misc]
    """Times every epoch of every phase, and its part that trains, apart from validation.

    Args:
        faces: in an epoch of training.
    """

    def __init__(self, faces: int) -> None:
        super().__init__()
        self._faces = faces
        self._started = time.monotonic()
        self._epoch_began = self._started
        self._training = 0.0
        # Of each phase, and anew of each process that took part in it, the (training, whole) seconds of its epochs.
        self._phases: list[list[tuple[float, float]]] = []

    @property
    def spent(self) -> Mapping[str, Any]:
        """What it has taken so far, as JSON holds it."""
        return {"seconds": self.seconds, "phases": self._phases}

    def resume(self, spent: Mapping[str, Any]) -> None:
        """Count on from what an earlier process had spent."""
        self._started -= spent["seconds"]
        self._phases = [[(training, whole) for training, whole in phase] for phase in spent["phases"]]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        self._phases.append([])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._epoch_began = time.monotonic()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        for value in self.model.get_metrics_result().values():
            float(value)  # waits until an engine that works ahead has trained the last batch
        self._training = time.monotonic() - self._epoch_began

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._phases[-1].append((self._training, time.monotonic() - self._epoch_began))

    @property
    def seconds(self) -> float:
        """Of training: with compilation, validation and the writing of weights."""
        return time.monotonic() - self._started

    @property
    def epochs(self) -> int:
        return sum(map(len, self._phases))

    @property
    def last_faces_per_second(self) -> float:
        """Of the last epoch, without its validation."""
        return self._faces / self._training

    @property
    def faces_per_second(self) -> float:
        """Over the training parts of all epochs but the first of each phase and process, in which the engine compiles.

        Where there was no second one, over all.
        """
        later = [epoch for phase in self._phases for epoch in phase[1:]]
        trained = [seconds for seconds, _ in later or [epoch for phase in self._phases for epoch in phase]]
        return self._faces * len(trained) / sum(trained)

    @property
    def seconds_per_epoch(self) -> float:
        """Of the present phase, with validation; without its first epoch as soon as there are more."""
        present = self._phases[-1]
        whole = [seconds for _, seconds in present[1:] or present]
        return sum(whole) / len(whole)


def cost_of(stopwatch: Stopwatch, train: Train) -> dict[str, str | int | float]:
    """seconds, faces_per_second, epochs, device, peak_memory_mb, on a GPU gpu_peak_memory_mb too (both 10^6 bytes)."""
    cost: dict[str, str | int | float] = {
        "seconds": round(stopwatch.seconds, 1),
        "faces_per_second": round(stopwatch.faces_per_second, 1),
        "epochs": stopwatch.epochs,
        "device": device_name(train),
        "peak_memory_mb": round(peak_memory() / MEGABYTE),
    }
    gpu_memory = gpu_peak_memory()
    return cost | ({} if gpu_memory is None else {"gpu_peak_memory_mb": round(gpu_memory / MEGABYTE)})
