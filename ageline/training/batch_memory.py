"""Memory for batches, used again as soon as nobody holds the batch that lay in it.

Fresh memory costs more than the copy into it: the system hands it out page by page, each emptied first. C's `malloc`
takes memory for large arrays fresh from the system in all threads but the main one, and TensorFlow reads batches in
another: there `python -m benchmarks.feed` gave half as many faces a second with `np.empty`.
"""

import math
import weakref
from collections import deque

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64  # bytes; on a processor TensorFlow and JAX take an array that begins at a multiple of it without a copy
KEPT = 8  # unused batches at most, about as many as an engine has at work at a time

Pixels = npt.NDArray[np.uint8]


class BatchMemory:
    """Hands out uint8 arrays whose memory comes back by itself once they and all views of them are gone.

    An engine that takes an array without a copy holds it for as long as it reads it, so no batch changes while it is
    in use. Threads may share one `BatchMemory`.

    Args:
        size: bytes of the largest batch.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._unused: deque[Pixels] = deque(maxlen=KEPT)

    def take(self, shape: tuple[int, ...]) -> Pixels:
        """An array of that shape, aligned to 64 bytes, that holds what was left there."""
        try:
            memory = self._unused.pop()
        except IndexError:
            memory = _aligned(self._size)
        # `frombuffer` stands on a memoryview, so `batch` is as far down as the base of a view, and of its views, goes.
        batch = np.frombuffer(memory.data, np.uint8, math.prod(shape))
        weakref.finalize(batch, self._unused.append, memory).atexit = False
        return batch.reshape(shape)


def _aligned(size: int) -> Pixels:
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]
