"""One run of training: phase by phase, each from the weights that the one before handed on.

A run that was killed goes on from the state that its scratch has: epochs that the record then knows are not trained
again, and all that was decided after them is decided anew from their numbers.
"""

import sys
from dataclasses import dataclass

import keras

from ageline.model.blocks import set_trainable
from ageline.model.face_model import finished_model
from ageline.model.heads import Head
from ageline.model.optimizer import build_optimizer
from ageline.params import Params
from ageline.training.averaging import AveragedWeights, show_average
from ageline.training.checkpoints import BestWeights, KeptEpochs
from ageline.training.cost import Stopwatch
from ageline.training.dead_head import watch_head
from ageline.training.device import device_name
from ageline.training.divergence import Divergence
from ageline.training.epochs import EpochOrder, Keeper, Wanted
from ageline.training.feed import FaceFeed
from ageline.training.history import Record
from ageline.training.patience import EarlyStopping, ReducedLearningRate, better_is, has_stalled
from ageline.training.phases import Phase, plan_phases
from ageline.training.processes import ALONE, Processes
from ageline.training.progress import EpochLine, MovingLine, duration
from ageline.training.saving import Saver
from ageline.training.scratch import Scratch
from ageline.training.snapshot import restore
from ageline.training.state import State, state_of_first


def learn(
    model: keras.Model,
    head: Head,
    train_feed: FaceFeed,
    val_feed: FaceFeed,
    params: Params,
    record: Record,
    scratch: Scratch,
    processes: Processes = ALONE,
) -> Stopwatch:
    """Train `model`, which then has the weights that `train.checkpoint.use` names.

    Args:
        model: as `build_model` returns it.
        head: of the model.
        train_feed: with labels; its weights, if any, count in the loss alone.
        val_feed: with labels.
        params: the whole of params.yaml.
        record: receives a row per epoch, and with `train.checkpoint.keep: all` the weights of each in its folder.
        scratch: of this training; what it holds is gone on from, and the state of later epochs is saved there.
        processes: that train together; what process 0 goes on from, all go on from.

    Returns:
        What it took, with the epochs of earlier processes.

    Raises:
        AgelineError: a phase names a block that the backbone lacks, the loss was not a finite number, the head died, or
            DVC, which started this, is gone.
    """
    phases = plan_phases(params.train)
    for phase in phases:  # to refuse an unknown block before hours go into the phases before its own
        set_trainable(model, phase.trainable)
    run = _Run(model, head, train_feed, val_feed, params, record, scratch, processes)
    run.go_on()
    for phase in run.phases_left(phases):
        run.learn_phase(phase)
    run.end()
    return run.stopwatch


@dataclass
class _Run:
    """What the phases of one training share."""

    model: keras.Model
    head: Head
    train_feed: FaceFeed
    val_feed: FaceFeed
    params: Params
    record: Record
    scratch: Scratch
    processes: Processes

    def __post_init__(self) -> None:
        self.stopwatch = Stopwatch(self.train_feed.faces)
        self._kept = self._kept_epochs()
        self._best = BestWeights(self.record, self.params.train)
        self._watched = watch_head(self.params, self.train_feed, self.record)
        self._state: State | None = None
        self._begun_at = 0

    def go_on(self) -> None:
        """Go on from the saved state, if there is one."""
        self._state = state_of_first(self.scratch.latest(), self.processes)
        if self._state is not None:
            self._go_on_from(self._state)

    def phases_left(self, phases: list[Phase]) -> list[Phase]:
        """Without those that have handed on their weights; that of the saved state is left, be it over or not."""
        begun = [number for number, phase in enumerate(phases) if self._epochs_of(phase)]
        return phases[begun[-1] :] if begun else phases

    def learn_phase(self, phase: Phase) -> None:
        train = self.params.train
        set_trainable(self.model, phase.trainable)
        self.model.compile(
            build_optimizer(train.optimizer, len(self.train_feed), phase.epochs, phase.learning_rate_factor),
            self.head.loss(),
            metrics=[self.head.metric()],
        )
        # Else the first step makes the optimizer's variables, and TensorFlow traces it twice.
        self.model.optimizer.build(self.model.trainable_variables)
        if self._state is not None:
            restore(self.model, self._state.variables)
            self._state = None
        if not self._is_over(phase):
            self._fit(phase)
        elif train.optimizer.ema is not None:
            show_average(self.model)
        self._best.hand_on(self.model)

    def end(self) -> None:
        if self._watched is not None:
            self._watched.check()
        if self._begun_at == len(self.record):
            print(f"nothing was left to train; to train anew, remove {self.scratch.folder}")
        kept = "last" if self.params.train.checkpoint.use == "last" else f"best, number {self._best.epoch},"
        monitor = f"best {self.params.train.monitor} {self._best.value:.3f} in epoch {self._best.epoch}"
        print(f"{len(self.record)} epochs in {duration(self.stopwatch.seconds)}; the {kept} is kept; {monitor}")

    def _go_on_from(self, state: State) -> None:
        last, place = state.rows[-1], self.scratch.folder
        if self._kept is not None:
            self._kept.go_on(state.epochs)
        self.record.resume(state.rows)
        self._begun_at = len(self.record)
        self._best.weights = state.best
        self.stopwatch.resume(state.cost)
        print(
            f"goes on after epoch {last['epoch']} ({last['phase']}), whose state is in {place}",
            flush=True,
        )
        if state.device != device_name(self.params.train):
            print(f"which was trained on another device, {state.device}: the last digits may differ", flush=True)

    def _kept_epochs(self) -> KeptEpochs | None:
        if self.params.train.checkpoint.keep != "all" or not self.processes.writes:
            return None
        return KeptEpochs(finished_model(self.model, self.head), self.scratch.epochs, self.record.folder)

    def _fit(self, phase: Phase) -> None:
        train = self.params.train
        self.model.fit(
            self.train_feed,
            validation_data=self.val_feed,
            initial_epoch=self._epochs_of(phase),
            epochs=phase.epochs,
            callbacks=self._callbacks(phase),
            shuffle=False,  # the feed has its own order
            verbose=0,
        )
        if self._epochs_of(phase) < phase.epochs:
            print(f"{phase.name} ends: {train.early_stopping.patience} epochs without a better {train.monitor}")

    def _callbacks(self, phase: Phase) -> list[keras.callbacks.Callback]:
        """In the order in which each epoch's end reaches them; the state is saved when all of it is known."""
        train, before = self.params.train, len(self.record) - self._epochs_of(phase)
        average = AveragedWeights() if train.optimizer.ema is not None else None
        saver = Saver(self.scratch, self.record, self._best, self._kept, self.stopwatch, average, self.params)
        return [
            Wanted(),
            EpochOrder(self.train_feed, before),
            *([average] if average is not None else []),
            Divergence(phase, before, train),
            self.stopwatch,
            Keeper(phase.name, self.record, self._best, self._kept),
            EpochLine(phase, self.record.metric, self.stopwatch),
            *([MovingLine(phase)] if sys.stdout.isatty() else []),
            *([self._watched] if self._watched is not None else []),
            *self._patience(phase),
            *([saver] if self.processes.writes else []),
        ]

    def _patience(self, phase: Phase) -> list[keras.callbacks.Callback]:
        """What acts within a phase when nothing improves; each counts anew in the next."""
        train, callbacks = self.params.train, []
        if train.early_stopping.patience is not None:
            callbacks.append(EarlyStopping(phase, self.record, train))
        if train.reduce_lr.patience is not None:
            callbacks.append(ReducedLearningRate(phase, self.record, train, train.reduce_lr.patience))
        return callbacks

    def _epochs_of(self, phase: Phase) -> int:
        return len(self.record.values("epoch", phase.name))

    def _is_over(self, phase: Phase) -> bool:
        train = self.params.train
        values = self.record.values(train.monitor, phase.name)
        return len(values) == phase.epochs or has_stalled(
            values, better_is(train.monitor), train.early_stopping.patience
        )
