"""From a Keras model to ONNX: the same model is the same bytes, in whatever process and however often.

Keras' own export to ONNX (3.15) takes the constants of a Normalization for inputs that a user has to give, and writes
names that depend on what the process converted before; so tf2onnx is called here without it.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import onnx
import tf2onnx
from keras.src.export.tf2onnx_lib import patch_tf2onnx
from onnx import ModelProto, numpy_helper
from tf2onnx import utils

from ageline.export.naming import name_anew
from ageline.export.ordering import ordered
from ageline.export.tracing import Traced, trace

OPSET = 18


def to_onnx(model: keras.Model) -> ModelProto:
    """The graph of a finished model: uint8 `photo` `[batch, height, width, 3]` -> its answers by their names.

    Raises:
        ValueError: the graph can't be converted, or is none that ONNX's checker takes.
    """
    traced = trace(model)
    converted = _convert(traced)
    _give_weights(converted, traced)
    name_anew(converted, {traced.photo: "photo", **traced.paths, **{of: name for name, of in traced.outputs.items()}})
    _name_batch(converted)
    onnx.checker.check_model(converted)
    return converted


def describe(converted: ModelProto, facts: Mapping[str, str]) -> None:
    """Note in the file, for who has it alone, what it is."""
    onnx.helper.set_model_props(converted, dict(facts))


def _convert(traced: Traced) -> ModelProto:
    patch_tf2onnx()  # for numpy 2
    converted: ModelProto
    with ordered():
        converted, _ = tf2onnx.convert.from_graph_def(
            traced.graph,
            name="ageline",
            input_names=[traced.photo, *traced.weights],
            output_names=list(traced.outputs.values()),
            opset=OPSET,
            custom_op_handlers={"Erfc": (_erfc, [])},  # of GELU; tf2onnx knows only Erf
        )
    return converted


def _erfc(graph: Any, node: Any, *_: Any) -> None:
    """1 - Erf."""
    node.type = "Erf"
    one = graph.make_const(utils.make_name("one"), np.ones((), np.float32)).output[0]
    output = node.output[0]
    graph.insert_new_node_on_output("Sub", output, name=utils.make_name("erfc"), inputs=[one, output])


def _give_weights(converted: ModelProto, traced: Traced) -> None:
    """Turn the inputs that stand for weights into weights, named as Keras names them."""
    photo, *weights = converted.graph.input
    if photo.name != traced.photo:
        raise ValueError(f"the first input of the graph is {photo.name}, not the photo")
    del converted.graph.input[1:]
    for weight in weights:
        array = np.ascontiguousarray(traced.weights[weight.name])
        converted.graph.initializer.append(numpy_helper.from_array(array, weight.name))


def _name_batch(converted: ModelProto) -> None:
    """Any number of faces goes in, and as many answers come out."""
    for end in (*converted.graph.input, *converted.graph.output):
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
