"""One run of training: fit, keep the best epoch, return it with its history."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.model.optimizer import build_optimizer
from ageline.params import Train
from ageline.training.feed import FaceFeed

MONITOR = "val_mae"


def learn(model: keras.Model, train_feed: FaceFeed, val_feed: FaceFeed, train: Train) -> pd.DataFrame:
    """Train `model`, which then has the weights of the epoch with the lowest mean absolute error on validation.

    Returns:
        The history, a row per epoch: epoch (from 1), loss, mae, val_loss, val_mae (years) and learning_rate.

    Raises:
        AgelineError: a loss or an error was not a finite number.
    """
    optimizer = build_optimizer(train.optimizer, len(train_feed), train.epochs)
    model.compile(optimizer, train.loss, metrics=["mae"])
    with TemporaryDirectory() as scratch:
        best = Path(scratch) / "best.weights.h5"
        recorded = model.fit(
            train_feed,
            validation_data=val_feed,
            epochs=train.epochs,
            callbacks=_callbacks(train, best),
            shuffle=False,  # the feed has its own order
            verbose=2,
        )
        history = _as_table(recorded.history)
        _check_finite(history)
        model.load_weights(best)
    return history


class LearningRateLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Puts the learning rate of each epoch's last step into the history, schedule or not."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002, Keras' signature
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


def _callbacks(train: Train, best: Path) -> list[keras.callbacks.Callback]:
    callbacks = [
        LearningRateLog(),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.ModelCheckpoint(best, monitor=MONITOR, mode="min", save_best_only=True, save_weights_only=True),
    ]
    if train.early_stopping.patience is not None:
        callbacks.append(keras.callbacks.EarlyStopping(MONITOR, mode="min", patience=train.early_stopping.patience))
    if train.reduce_lr.patience is not None:
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                MONITOR, mode="min", patience=train.reduce_lr.patience, factor=train.reduce_lr.factor
            )
        )
    return callbacks


def _as_table(history: dict[str, list[float]]) -> pd.DataFrame:
    table = pd.DataFrame(history)[["loss", "mae", "val_loss", "val_mae", "learning_rate"]]
    table.insert(0, "epoch", range(1, len(table) + 1))
    return table


def _check_finite(history: pd.DataFrame) -> None:
    broken = history[~np.isfinite(history).all(axis=1)]
    if len(broken):
        raise AgelineError(
            f"training diverged in epoch {broken.epoch.iloc[0]}:\n{broken.to_string(index=False)}\n"
            "Lower train.optimizer.learning_rate."
        )
