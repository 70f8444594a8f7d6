"""A Keras model as a graph of TensorFlow, in which its large weights are inputs.

What converts such a graph copies every constant over and over: with the weights inside, a ResNet50 takes 22 s, and with
them beside it 1.5. Weights of one dimension are constants, so that normalisation is folded into a scale and a shift.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

Weights = Mapping[str, npt.NDArray[Any]]


class Traced(NamedTuple):
    """A model as a graph without variables or calls of functions.

    Attributes:
        graph: its operations.
        photo: the tensor in `graph` that takes the faces.
        weights: what is to be given to its other inputs, by the name of the tensor.
        paths: what Keras calls each of these weights, by the name of the tensor.
        outputs: the tensor of each answer, by the answer's name.
    """

    graph: tf.compat.v1.GraphDef
    photo: str
    weights: Weights
    paths: Mapping[str, str]
    outputs: Mapping[str, str]


def trace(model: keras.Model) -> Traced:
    """Trace a finished model, on Keras' TensorFlow backend, as it answers outside of training."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    large = [variable for variable in variables if len(variable.shape) > 1]
    names = sorted(model.output)
    given = [tf.TensorSpec(variable.shape, variable.dtype) for variable in large]
    with _calls_inlined():
        traced = tf.function(_call(model, variables, names)).get_concrete_function(photo_spec(model), *given)
    frozen = convert_variables_to_constants_v2(traced)  # a Normalization's mean is no weight, and no constant either
    photo, *weights = (tensor.name for tensor in frozen.inputs)
    return Traced(
        frozen.graph.as_graph_def(),
        photo,
        {name: keras.ops.convert_to_numpy(variable) for name, variable in zip(weights, large, strict=True)},
        {name: variable.path for name, variable in zip(weights, large, strict=True)},
        dict(zip(names, (tensor.name for tensor in frozen.outputs), strict=True)),
    )


def photo_spec(model: keras.Model) -> tf.TensorSpec:
    """The faces that a finished model takes: uint8 `[any number, height, width, 3]`."""
    (photo,) = model.inputs
    return tf.TensorSpec((None, *photo.shape[1:]), photo.dtype, name="photo")


def constant_function(model: keras.Model) -> Any:
    """The same as a function of `photo` alone, traced, all of whose weights are constants."""
    learned, others = (
        [keras.ops.convert_to_numpy(variable) for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )

    def call(photo: tf.Tensor) -> dict[str, tf.Tensor]:
        values = [[tf.constant(weight) for weight in weights] for weights in (learned, others)]
        answers: dict[str, tf.Tensor]
        answers, _ = model.stateless_call(*values, photo, training=False)
        return answers

    with _calls_inlined():
        return tf.function(call).get_concrete_function(photo_spec(model))


@contextmanager
def _calls_inlined() -> Iterator[None]:
    """Have the functions that a traced one calls become part of it.

    Keras calls each grouped convolution, as ConvNeXt's are, as a function for XLA, which no converter knows.
    """
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _call(model: keras.Model, variables: Sequence[keras.Variable], names: Sequence[str]) -> Any:
    """A function of photos and of the variables with two or more dimensions, which answers in the order of `names`."""
    learned = len(model.trainable_variables)

    known = [None if len(variable.shape) > 1 else keras.ops.convert_to_numpy(variable) for variable in variables]

    def call(photo: tf.Tensor, *large: tf.Tensor) -> list[tf.Tensor]:
        given = iter(large)
        values = [next(given) if small is None else tf.constant(small) for small in known]
        answers, _ = model.stateless_call(values[:learned], values[learned:], photo, training=False)
        return [answers[name] for name in names]

    return call
