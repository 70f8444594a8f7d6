"""What is done at the edges of every epoch: its order of faces before it, its row and weights after it."""

from typing import Any

import keras

from ageline.training.checkpoints import BestWeights, save_epoch, share_file
from ageline.training.feed import FaceFeed
from ageline.training.history import Record
from ageline.training.scratch import Scratch


class EpochOrder(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives each epoch its order of faces, by its number over all phases, and its learning rate to whom it concerns."""

    def __init__(self, feed: FaceFeed, epochs_before: int) -> None:
        super().__init__()
        self._feed = feed
        self._epochs_before = epochs_before

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        self._feed.epoch = self._epochs_before + epoch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002
        """The learning rate of the epoch's last step, which a schedule tells for the next step alone."""
        optimizer = self.model.optimizer
        taken = int(optimizer.iterations)
        optimizer.iterations.assign(taken - 1)
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        optimizer.iterations.assign(taken)


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps of each epoch what is to be kept: its weights, its row."""

    def __init__(
        self, phase: str, finished: keras.Model, record: Record, best: BestWeights, scratch: Scratch, keep_all: bool
    ) -> None:
        super().__init__()
        self._phase = phase
        self._finished = finished
        self._record = record
        self._best = best
        self._scratch = scratch
        self._keep_all = keep_all

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002, Keras' signature
        file = self._save_epoch(len(self._record) + 1) if self._keep_all else None
        self._record.add(self._phase, logs, file)
        self._best.look(self.model)

    def _save_epoch(self, number: int) -> str:
        file = save_epoch(self._finished, self._scratch.epochs, number)
        share_file(self._scratch.epochs / file, self._record.folder / file)
        return file
