"""When the state of a training is saved: after an epoch, if the last time is long enough ago."""

import time
from typing import Any

import keras

from ageline.params import Params
from ageline.training.averaging import AveragedWeights
from ageline.training.checkpoints import BestWeights, KeptEpochs
from ageline.training.cost import Stopwatch
from ageline.training.device import device_name
from ageline.training.history import Record
from ageline.training.scratch import Scratch
from ageline.training.snapshot import take_snapshot
from ageline.training.state import State


class Saver(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves the state after `resume.epochs` epochs or `resume.seconds` seconds, whichever is later, and at the end.

    Args:
        scratch: where to.
        record, best, kept, stopwatch, average: what the run has of the epochs so far. Of all callbacks it has to be the
            last, so that they know of the epoch.
        params: the whole of params.yaml.
    """

    def __init__(
        self,
        scratch: Scratch,
        record: Record,
        best: BestWeights,
        kept: KeptEpochs | None,
        stopwatch: Stopwatch,
        average: AveragedWeights | None,
        params: Params,
    ) -> None:
        super().__init__()
        self._scratch = scratch
        self._record, self._best, self._kept, self._stopwatch, self._average = record, best, kept, stopwatch, average
        self._every, self._train = params.resume, params.train
        self._saved_epoch, self._saved_at = len(record), time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        epochs, seconds = len(self._record) - self._saved_epoch, time.monotonic() - self._saved_at
        if epochs >= self._every.epochs and seconds >= self._every.seconds:
            self._save()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        if self._saved_epoch < len(self._record):
            self._save()

    def _save(self) -> None:
        raw = self._average.raw if self._average is not None else {}
        state = State(
            rows=self._record.rows,
            variables=take_snapshot(self.model, raw),
            best=self._best.weights,
            best_epoch=self._best.epoch,
            epochs=self._kept.digests if self._kept is not None else {},
            cost=self._stopwatch.spent,
            device=device_name(self._train),
        )
        self._scratch.save(state)
        self._saved_epoch, self._saved_at = len(self._record), time.monotonic()
