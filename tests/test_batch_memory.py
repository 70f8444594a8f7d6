"""Memory of batches comes back when nobody holds a batch any more, and never before."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tensorflow as tf

from ageline.training.batch_memory import KEPT, BatchMemory

LARGE = (8, 224, 224, 3)


def place(batch):
    return batch.__array_interface__["data"][0]


def test_the_next_batch_lies_where_one_was_that_is_gone():
    memory = BatchMemory(1000)
    batch = memory.take((2, 5, 5, 3))
    before = place(batch)
    del batch
    after = memory.take((1, 4, 4, 3))
    assert (after.dtype, after.shape, after.flags.writeable) == (np.uint8, (1, 4, 4, 3), True)
    assert place(after) == before
    assert place(memory.take((1, 4, 4, 3))) != before


@pytest.mark.parametrize(
    "view_of",
    [
        lambda batch: batch,
        lambda batch: batch[1:],
        lambda batch: batch[1:].reshape(-1)[7:],
        lambda batch: np.asarray(batch.view(np.int8)),
        lambda batch: memoryview(batch),
        lambda batch: np.frombuffer(batch, np.uint8),
    ],
)
def test_a_view_keeps_its_batch(view_of):
    memory = BatchMemory(1000)
    batch = memory.take((2, 5, 5, 3))
    batch[...] = 1
    view = view_of(batch)
    del batch
    memory.take((2, 5, 5, 3))[...] = 2
    assert np.asarray(view).max() == 1


def test_a_batch_is_aligned_as_engines_ask_for():
    memory = BatchMemory(1000)
    assert [place(memory.take((1, size, 1, 3))) % 64 for size in (1, 7, 100, 333)] == [0, 0, 0, 0]


def test_no_more_than_a_few_are_kept_unused():
    memory = BatchMemory(1000)
    held = [memory.take((1, 1, 1, 3)) for _ in range(KEPT + 5)]
    assert len({place(batch) for batch in held}) == KEPT + 5
    del held
    assert len(memory._unused) == KEPT


def test_jax_keeps_a_batch_until_it_has_read_it():
    memory = BatchMemory(np.prod(LARGE))

    @jax.jit
    def largest(faces):
        spun = faces.astype(jnp.float32)
        for _ in range(5):  # so that it still works while the next batches are written
            spun = jnp.sqrt(spun * spun)
        return jnp.stack([spun.min(), spun.max()])

    extremes = []
    for number in range(1, 13):
        batch = memory.take(LARGE)
        batch[...] = number
        extremes.append(largest(batch))
        del batch
    np.testing.assert_allclose(np.stack(extremes), [[number, number] for number in range(1, 13)], rtol=1e-5)


def test_tensorflow_keeps_a_batch_until_it_has_read_it():
    memory = BatchMemory(np.prod(LARGE))

    def batches():
        for number in range(1, 13):
            batch = memory.take(LARGE)
            batch[...] = number
            yield batch

    signature = tf.TensorSpec((None, *LARGE[1:]), tf.uint8)
    held = list(tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(tf.data.AUTOTUNE))
    assert [(int(tf.reduce_min(faces)), int(tf.reduce_max(faces))) for faces in held] == [(n, n) for n in range(1, 13)]
