"""One run of training: phase by phase, each from the weights that the one before handed on."""

import sys
from typing import Any

import keras

from ageline.model.blocks import set_trainable
from ageline.model.face_model import finished_model
from ageline.model.heads import Head
from ageline.model.optimizer import build_optimizer
from ageline.params import Params, Train
from ageline.training.averaging import AveragedWeights
from ageline.training.checkpoints import BestWeights, better_is, save_epoch
from ageline.training.cost import Stopwatch
from ageline.training.dead_head import watch_head
from ageline.training.divergence import Divergence
from ageline.training.feed import FaceFeed
from ageline.training.history import Record
from ageline.training.phases import Phase, plan_phases
from ageline.training.progress import EpochLine, MovingLine, duration


def learn(
    model: keras.Model, head: Head, train_feed: FaceFeed, val_feed: FaceFeed, params: Params, record: Record
) -> Stopwatch:
    """Train `model`, which then has the weights that `train.checkpoint.use` names.

    Args:
        model: as `build_model` returns it.
        head: of the model.
        train_feed: with labels; its weights, if any, count in the loss alone.
        val_feed: with labels.
        params: the whole of params.yaml.
        record: receives a row per epoch, and with `train.checkpoint.keep: all` the weights of each in its folder.

    Returns:
        What it took.

    Raises:
        AgelineError: a phase names a block that the backbone lacks, the loss was not a finite number, or the head
            died.
    """
    phases = plan_phases(params.train)
    for phase in phases:  # to refuse an unknown block before hours go into the phases before its own
        set_trainable(model, phase.trainable)
    run = _Run(model, head, train_feed, val_feed, params, record)
    for phase in phases:
        run.learn_phase(phase)
    run.end()
    return run.stopwatch


class _Run:
    """What the phases of one training share."""

    def __init__(
        self, model: keras.Model, head: Head, train_feed: FaceFeed, val_feed: FaceFeed, params: Params, record: Record
    ) -> None:
        self.stopwatch = Stopwatch(train_feed.faces)
        self._model, self._head, self._finished = model, head, finished_model(model, head)
        self._train_feed, self._val_feed = train_feed, val_feed
        self._params, self._record = params, record
        self._best = BestWeights(params.train)
        self._watched = watch_head(params, train_feed.mean_label, len(train_feed))

    def learn_phase(self, phase: Phase) -> None:
        train = self._params.train
        set_trainable(self._model, phase.trainable)
        self._model.compile(
            build_optimizer(train.optimizer, len(self._train_feed), phase.epochs, phase.learning_rate_factor),
            self._head.loss(),
            metrics=[self._head.metric()],
        )
        history = self._model.fit(
            self._train_feed,
            validation_data=self._val_feed,
            epochs=phase.epochs,
            callbacks=self._callbacks(phase),
            shuffle=False,  # the feed has its own order
            verbose=0,
        )
        if len(history.epoch) < phase.epochs:
            print(f"{phase.name} ends: {train.early_stopping.patience} epochs without a better {train.monitor}")
        if train.checkpoint.use == "best":
            self._best.restore()

    def end(self) -> None:
        if self._watched is not None:
            self._watched.check()
        kept = "last" if self._params.train.checkpoint.use == "last" else f"best, number {self._best.epoch},"
        monitor = f"best {self._params.train.monitor} {self._best.value:.3f} in epoch {self._best.epoch}"
        print(f"{len(self._record)} epochs in {duration(self.stopwatch.seconds)}; the {kept} is kept; {monitor}")

    def _callbacks(self, phase: Phase) -> list[keras.callbacks.Callback]:
        """In the order in which each epoch's end reaches them."""
        train = self._params.train
        return [
            _Epochs(self._train_feed, len(self._record)),
            *([AveragedWeights()] if train.optimizer.ema is not None else []),
            Divergence(phase, len(self._record), train),
            self.stopwatch,
            _Keeper(phase.name, self._finished, self._record, self._best, train),
            EpochLine(phase, self._record.metric, self.stopwatch),
            *([MovingLine(phase)] if sys.stdout.isatty() else []),
            *([self._watched] if self._watched is not None else []),
            *_patience(train),
        ]


class _Epochs(keras.callbacks.Callback):  # type: ignore[misc]
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


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps of each epoch what is to be kept: its weights, its row."""

    def __init__(self, phase: str, finished: keras.Model, record: Record, best: BestWeights, train: Train) -> None:
        super().__init__()
        self._phase = phase
        self._finished = finished
        self._record = record
        self._best = best
        self._keep_all = train.checkpoint.keep == "all"

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002, Keras' signature
        number = len(self._record) + 1
        file = save_epoch(self._finished, self._record.folder, number) if self._keep_all else None
        self._record.add(self._phase, logs, file)
        self._best.look(self.model, number, logs)


def _patience(train: Train) -> list[keras.callbacks.Callback]:
    """What acts within a phase when nothing improves; Keras counts anew each time that `fit` begins."""
    monitor, mode, callbacks = train.monitor, better_is(train.monitor), []
    if train.early_stopping.patience is not None:
        callbacks.append(keras.callbacks.EarlyStopping(monitor, mode=mode, patience=train.early_stopping.patience))
    if train.reduce_lr.patience is not None:
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor, mode=mode, patience=train.reduce_lr.patience, factor=train.reduce_lr.factor, min_delta=0
            )
        )
    return callbacks
