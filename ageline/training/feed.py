"""Batches of faces for Keras, read from memory-mapped packs: nothing decodes a photo while a model trains."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.params import Params
from ageline.store.faceset import FaceSet
from ageline.training.batch_memory import BatchMemory
from ageline.training.labels import Labels, labels_of
from ageline.training.processes import ALONE, Processes
from ageline.training.weighting import density_weights

Pixels = npt.NDArray[np.uint8]
Batch = tuple[npt.NDArray[Any], ...]


class FaceFeed(keras.utils.PyDataset):  # type: ignore[misc]
    """Faces of one or several face sets, in the order that (seed, epoch) gives.

    A batch is uint8 RGB `[n, height, width, 3]`, then, where given, labels float32 `[n, 1]` and weights float32 `[n]`.
    The last batch may be smaller. Where several devices share each batch it has to be a multiple of them, and the
    faces that remain at the end of the order are left out of the epoch. A process gets its part of the batch that one
    process alone would get whole.

    Args:
        facesets: taken together, as if they were one; the first holds faces.
        batch_size: faces in a batch.
        labels: of all faces, `[n, 1]`; None for a feed to predict.
        weights: of all faces in the loss, `[n]`; None weighs them alike.
        seed: of the order, another one in each epoch; None keeps the faces as they are stored.
        processes: that share each batch; `batch_size` is a multiple of their devices.

    Attributes:
        faces: how many there are in an epoch, of all processes together.
        left_out: how many are not.
        epoch: whose order the faces are in; set before the epoch begins. Keras' own count of epochs depends on how
            often `fit` was called, and on the engine.

    Raises:
        AgelineError: there are no faces, or fewer than devices.
    """

    def __init__(
        self,
        facesets: Sequence[FaceSet],
        batch_size: int,
        labels: Labels | None = None,
        weights: npt.NDArray[np.float32] | None = None,
        seed: int | None = None,
        processes: Processes = ALONE,
    ) -> None:
        super().__init__()
        self._facesets = facesets
        self._height_width = facesets[0].height_width
        self._batch_size = batch_size
        self._seed = seed
        self._processes = processes
        self._labels = labels
        self._columns = [column for column in (labels, weights) if column is not None]
        self._places = np.array(
            [(number, position) for number, faces in enumerate(facesets) for position in range(len(faces))],
            dtype=np.int32,
        )
        self.left_out = len(self._places) % processes.devices
        self.faces = len(self._places) - self.left_out
        _check_shared(self.faces, processes)
        part = -(-min(batch_size, self.faces) // processes.count)
        self._memory = BatchMemory(part * math.prod((*self._height_width, 3)))
        self.epoch = 1

    @property
    def epoch(self) -> int:
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = self._order_of(epoch)

    def mean_label(self, epoch: int) -> float:
        """Of the faces of an epoch, nan without labels."""
        labels = self._labels
        return float("nan") if labels is None else float(labels[self._order_of(epoch)].mean(dtype=np.float64))

    def __len__(self) -> int:
        return -(-self.faces // self._batch_size)

    def __getitem__(self, batch: int) -> Batch:
        shared = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        chosen = np.split(shared, self._processes.count)[self._processes.rank]
        return self._pixels(self._places[chosen]), *(column[chosen] for column in self._columns)

    def _order_of(self, epoch: int) -> npt.NDArray[np.int64]:
        everyone = np.arange(len(self._places))
        if self._seed is not None:
            everyone = np.random.default_rng((self._seed, epoch)).permutation(everyone)
        return everyone[: self.faces]

    def _pixels(self, places: npt.NDArray[np.int32]) -> Pixels:
        """The faces at (face set, position), `[n, 2]`, in that order."""
        pixels = self._memory.take((len(places), *self._height_width, 3))
        for face, (number, position) in zip(pixels, places.tolist(), strict=True):
            face[...] = self._facesets[number].face(position)
        return pixels


def training_feed(train: FaceSet, copies: FaceSet, params: Params, processes: Processes = ALONE) -> FaceFeed:
    """The training faces and their copies with labels, and with weights where `train.weighting` asks for them.

    Raises:
        AgelineError: there are no training faces, fewer than devices, or one has no label.
    """
    _check_filled(train, "training")
    facesets = [train, copies]
    labels = labels_of(facesets, params.target)
    weights = density_weights(labels) if params.train.weighting == "lds" else None
    return FaceFeed(facesets, params.train.batch_size, labels, weights, params.train.seed, processes)


def validation_feed(val: FaceSet, params: Params, processes: Processes = ALONE) -> FaceFeed:
    """The validation faces with labels, in the manifest's order, each with the same weight; says whom it leaves out.

    Raises:
        AgelineError: there are no validation faces, fewer than devices, or one has no label.
    """
    _check_filled(val, "validation")
    feed = FaceFeed([val], params.train.batch_size, labels_of([val], params.target), processes=processes)
    if feed.left_out:
        print(
            f"{feed.left_out} of {len(val)} faces are left out of validation, for {processes.devices} devices share"
            " every batch",
            flush=True,
        )
    return feed


def _check_filled(faces: FaceSet, fold: str) -> None:
    if not len(faces):
        raise AgelineError(
            f"the {fold} fold holds no faces, expected at least one. Look at metrics/ingest for what became of the"
            " photos of data.source, and at ingest.split, which says what goes to which fold."
        )


def _check_shared(faces: int, processes: Processes) -> None:
    if not faces and processes.devices > 1:
        raise AgelineError(
            f"a fold holds fewer faces than the {processes.devices} devices that share each batch. Train on fewer"
            " devices."
        )
