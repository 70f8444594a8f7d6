"""Photos of drawn people, whom OpenCV's cascade takes for faces; and a detector that takes red squares for them."""

import math
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from ageline.sample.camera import photograph
from ageline.sample.people import person_of

FOUND = (1, 2, 4, 6, 7, 8)  # six whom the cascade finds, as it does most; 5, in a cap, is one of those it doesn't
OUTPUTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}  # of YuNet, with their columns: a row for each block of pixels
STRIDES = (8, 16, 32)  # pixels that a block is wide


def person(number: int, size: int = 160) -> Image.Image:
    """A drawn person of 20 + `number` years, in a photo of `size` x `size`; the face is half as wide."""
    rng = np.random.default_rng((1, number))
    return photograph(person_of(20 + number, rng), size, rng)


def scene(*people: tuple[int, int, int, int], size: tuple[int, int] = (640, 480), color: str = "gray") -> Image.Image:
    """A photo of one colour with people pasted in, each as `(number, size, left, top)`."""
    photo = Image.new("RGB", size, color)
    for number, side, left, top in people:
        photo.paste(person(number, side), (left, top))
    return photo


def write_red_block_finder(file: Path) -> Path:
    """Write a network of YuNet's inputs and outputs that finds a face of 32 x 32 pixels around each red block of 8 x 8.

    Blocks start at multiples of 8. `red - green - blue - 200`, by way of a sigmoid, is how sure it is.
    """
    nodes, values = [], [numpy_helper.from_array(np.array([1, -1, n]), f"rows of {n}") for n in (1, 4, 10)]
    for stride in STRIDES:
        square = {"kernel_shape": [stride] * 2, "strides": [stride] * 2}
        nodes.append(helper.make_node("AveragePool", ["input"], [f"means {stride}"], **square))
        for name, columns in OUTPUTS.items():
            weights, biases = _head(name, columns, is_finest=stride == STRIDES[0])
            out, last = f"{name}_{stride}", f"{name} {stride}"
            values += [numpy_helper.from_array(weights, f"w {out}"), numpy_helper.from_array(biases, f"b {out}")]
            nodes.append(helper.make_node("Conv", [f"means {stride}", f"w {out}", f"b {out}"], [last]))
            if columns == 1:
                nodes.append(helper.make_node("Sigmoid", [last], [last := f"sure {out}"]))
            nodes.append(helper.make_node("Transpose", [last], [f"turned {out}"], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("Reshape", [f"turned {out}", f"rows of {columns}"], [out]))
    outs = {f"{name}_{stride}": [1, None, columns] for name, columns in OUTPUTS.items() for stride in STRIDES}
    return _write(file, nodes, {"input": [1, 3, "height", "width"]}, outs, values)


def _head(name: str, columns: int, is_finest: bool) -> tuple[np.ndarray, np.ndarray]:
    weights, biases = np.zeros((columns, 3, 1, 1), np.float32), np.zeros(columns, np.float32)
    if name in {"cls", "obj"}:
        weights[0, :, 0, 0], biases[0] = (-1, -1, 1) if is_finest else 0, -200  # blue, green, red
    if name == "bbox":
        biases[:] = 0.5, 0.5, math.log(4), math.log(4)  # middle, and size, in blocks
    return weights, biases


def write_other_network(file: Path) -> Path:
    """Write a network that is valid and finds nothing: it gives back what it is given."""
    shape = [1, 3, "height", "width"]
    return _write(file, [helper.make_node("Identity", ["input"], ["same"])], {"input": shape}, {"same": shape}, [])


def _write(file: Path, nodes: list, ins: dict, outs: dict, values: list) -> Path:
    described = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in tensors.items()]
        for tensors in (ins, outs)
    ]
    graph = helper.make_graph(nodes, "faces", *described, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)
    return file
