"""What is done at the edges of every epoch: its order of faces before it, its row and weights after it."""

from typing import Any

import keras

from ageline.training.checkpoints import BestWeights, KeptEpochs
from ageline.training.feed import FaceFeed
from ageline.training.history import Record
from ageline.training.survivor import check_wanted


class EpochOrder(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives each epoch its order of faces, by its number over all phases, and notes the learning rate that it had."""

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
    """Keeps of each epoch what is to be kept: its weights, its row.

    Args:
        phase: its name.
        record: receives the row.
        best: looks at the weights.
        kept: where the weights of every epoch are kept; None where they are not.
    """

    def __init__(self, phase: str, record: Record, best: BestWeights, kept: KeptEpochs | None) -> None:
        super().__init__()
        self._phase = phase
        self._record = record
        self._best = best
        self._kept = kept

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002, Keras' signature
        file = self._kept.save(len(self._record) + 1) if self._kept is not None else None
        self._record.add(self._phase, logs, file)
        self._best.look(self.model)


class Wanted(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training that DVC started with the batch at which DVC is gone."""

    async_safe = True  # so that JAX need not wait for a batch before it begins the next

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' own
        check_wanted()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        check_wanted()
