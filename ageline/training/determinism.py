"""The same bytes from the same run on the same machine, as far as the engine allows it."""

import os

import keras

from ageline.params import Train

# On a GPU XLA would else choose the fastest kernels anew in each process, some of which sum in any order.
_XLA_FLAG = "--xla_gpu_deterministic_ops=true"


def prepare_engine(train: Train) -> None:
    """Set seeds, number format and, in deterministic mode, threads and kernels; call it before any other use of Keras.

    Sums of floats depend on their order, and so on the number of threads that share the work. In deterministic mode
    both engines use `train.threads` threads, and kernels that sum in one order. What is promised is the same bytes from
    two runs with the same params on one machine, with the same backend. Between the two backends, between processors
    with other features, between a processor and a GPU, and between numbers of devices, results agree only within
    rounding.

    TensorFlow raises where an operation has no deterministic kernel; XLA, below JAX, is only asked for such kernels.
    Both engines read threads and flags once, when they first compute.
    """
    if train.deterministic:
        _fix_order_of_sums(train.threads)
    keras.utils.set_random_seed(train.seed)
    keras.mixed_precision.set_global_policy(train.precision)


def _fix_order_of_sums(threads: int) -> None:
    if keras.config.backend() == "jax":
        os.environ["NPROC"] = str(threads)  # what XLA takes for the number of processors (DefaultThreadPoolSize)
        given = os.environ.get("XLA_FLAGS", "").split()
        os.environ["XLA_FLAGS"] = " ".join(dict.fromkeys([*given, _XLA_FLAG]))
        return
    import tensorflow as tf  # with backend jax it need not be installed

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
