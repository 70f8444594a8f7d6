"""Batches of faces for Keras, read from memory-mapped packs: nothing decodes a photo while a model trains."""

from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt

from ageline.store import FaceSet

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


class FaceFeed(keras.utils.PyDataset):  # type: ignore[misc]
    """Faces and ages of one or several face sets, in the order that (seed, epoch) gives.

    A batch is uint8 RGB `[n, height, width, 3]` and age in years, float32 `[n, 1]`. The last batch may be smaller.

    Args:
        facesets: taken together, as if they were one.
        batch_size: faces in a batch.
        seed: of the order, another one in each epoch; None keeps the faces as they are stored.
    """

    def __init__(self, facesets: Sequence[FaceSet], batch_size: int, seed: int | None = None) -> None:
        super().__init__()
        self._facesets = facesets
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0
        self._places = np.array(
            [(number, position) for number, faces in enumerate(facesets) for position in range(len(faces))],
            dtype=np.int32,
        ).reshape(-1, 2)
        self._ages = np.concatenate([faces.ages for faces in facesets])
        self._order = self._draw_order()

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, batch: int) -> Batch:
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return self._pixels(self._places[chosen]), self._ages[chosen, None]

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order; Keras calls this."""
        self._epoch += 1
        self._order = self._draw_order()

    def _draw_order(self) -> npt.NDArray[np.int64]:
        everyone = np.arange(len(self._places))
        if self._seed is None:
            return everyone
        return np.random.default_rng((self._seed, self._epoch)).permutation(everyone)

    def _pixels(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
        """The faces at (face set, position), `[n, 2]`, in that order."""
        pixels = np.empty((len(places), *self._facesets[0].height_width, 3), np.uint8)
        for number, faces in enumerate(self._facesets):
            here = places[:, 0] == number
            if here.any():
                pixels[here] = faces.pixels(places[here, 1])
        return pixels
