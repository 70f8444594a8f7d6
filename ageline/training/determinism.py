"""The same bytes from the same run on the same machine, as far as the engine allows it."""

import keras
import tensorflow as tf

from ageline.params import Train


def prepare_engine(train: Train) -> None:
    """Set seeds, number format and, in deterministic mode, threads and kernels; call it before any other use of Keras.

    Sums of floats depend on their order, and so on the number of threads that share the work.
    """
    keras.utils.set_random_seed(train.seed)
    keras.mixed_precision.set_global_policy(train.precision)
    if train.deterministic:
        tf.config.threading.set_intra_op_parallelism_threads(train.threads)
        tf.config.threading.set_inter_op_parallelism_threads(train.threads)
        tf.config.experimental.enable_op_determinism()
