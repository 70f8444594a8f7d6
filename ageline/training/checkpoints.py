"""Weights that are kept: of the best epoch so far, which a phase hands on, and of every epoch, to choose from later."""

import os
import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.params import Train
from ageline.store.files import written_whole
from ageline.training.durable import digest, flush
from ageline.training.history import Record
from ageline.training.patience import best_of, better_is


class BestWeights:
    """The weights of the epoch with the best `train.monitor` so far, over all phases; of equals, the first.

    Attributes:
        weights: of that epoch, in the order of `model.weights`; none where `train.checkpoint.use` is last, for then
            nobody needs them.
    """

    def __init__(self, record: Record, train: Train) -> None:
        self.weights: Sequence[npt.NDArray[Any]] = ()
        self._record = record
        self._monitor = train.monitor
        self._wanted = train.checkpoint.use == "best"

    @property
    def epoch(self) -> int:
        """The number of that epoch, 0 before the first."""
        values = self._record.values(self._monitor)
        return best_of(values, better_is(self._monitor)) + 1 if values else 0

    @property
    def value(self) -> float:
        """Its monitor, nan before the first."""
        return self._record.values(self._monitor)[self.epoch - 1] if self.epoch else float("nan")

    def look(self, model: keras.Model) -> None:
        """Keep the weights of `model` if the last epoch of the record is better than those before it."""
        if self._wanted and self.epoch == len(self._record):
            # A copy: an engine may let the next step write over what it showed.
            self.weights = [np.array(weight) for weight in model.weights]

    def hand_on(self, model: keras.Model) -> None:
        """Give the model the weights of the best epoch, where they are kept."""
        if self.weights:
            model.set_weights(self.weights)


class KeptEpochs:
    """The weights of every epoch, for `train.checkpoint.keep: all`: in the scratch, and from there among the outs.

    Args:
        finished: the model as it is saved, without any optimizer.
        scratch: folder in which they outlive a kill.
        shown: models/epochs.

    Attributes:
        digests: by the name of a file, the SHA-256 of what it holds.
    """

    def __init__(self, finished: keras.Model, scratch: Path, shown: Path) -> None:
        self.digests: Mapping[str, str] = {}
        self._finished = finished
        self._scratch, self._shown = scratch, shown

    def save(self, epoch: int) -> str:
        """Write the weights that the model has now, and return the file's name.

        Raises:
            OSError: they can't be written.
        """
        path = epoch_file(self._scratch, epoch)
        with written_whole(path) as partial:
            _save_weights(self._finished, partial)
            flush(partial)
        self.digests = {**self.digests, path.name: digest(path)}
        _share(path, self._shown / path.name)
        return path.name

    def go_on(self, digests: Mapping[str, str]) -> None:
        """Show the files that were written before, and no others."""
        self.digests = digests
        for name in digests:
            _share(self._scratch / name, self._shown / name)


def _save_weights(model: keras.Model, path: Path) -> None:
    try:
        model.save_weights(path)
    except (OSError, RuntimeError) as error:  # HDF5 tells of a full disk in the midst of a text, in this form
        found = re.search(r"errno = (\d+)", str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(path)) from error


def _share(source: Path, target: Path) -> None:
    """Let `target` be the file `source` too, as a link where the file system has them, else as a copy."""
    with written_whole(target) as partial:
        try:
            os.link(source, partial)
        except OSError:
            shutil.copyfile(source, partial)


def load_epoch(model: keras.Model, folder: Path, epoch: int) -> None:
    """Give a finished model the weights that it had after an epoch of its training.

    Args:
        model: as `ageline.model.archive.load_model` returns it.
        folder: models/epochs, written by training with `train.checkpoint.keep: all`.
        epoch: its number in epochs.csv, from 1.

    Raises:
        AgelineError: the epoch was not kept, or is of another model.
    """
    path = epoch_file(folder, epoch)
    if not path.is_file():
        raise AgelineError(
            f"{path} does not exist: epoch {epoch} was not trained, or not kept. {folder / 'epochs.csv'} lists the"
            " epochs, with a file where one was kept. Set evaluate.epoch to one of them, and train.checkpoint.keep to"
            " all."
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns where a file lacks a layer, and leaves that layer's weights as they are.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise AgelineError(
            f"{path} does not hold the weights of this model: {error}. Run `dvc repro` to train both anew."
        ) from error


def epoch_file(folder: Path, epoch: int) -> Path:
    """Where the weights of an epoch are kept in `folder`."""
    return folder / f"epoch-{epoch:03}.weights.h5"
