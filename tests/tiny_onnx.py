"""Models of a few nodes, built by hand: a face's brightness (the mean of its pixels, 0 to 255) is its age.

age     brightness / 2 years
std     age / 10 years
gender  female: brightness / 255; male: the rest
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ageline.serving.model_card import CARD, MODEL, ModelCard, as_json, hash_of
from ageline.store.files import write_json

INTERVAL = {"level": 0.9, "age_bins": (0.0, 18.0, 40.0), "reach_of_bins": (3.0, 4.5, 8.25), "scaled_by_std": False}
SCALED = {"level": 0.9, "age_bins": (0.0, 18.0), "reach_of_bins": (1.5, 2.0), "scaled_by_std": True}


def gray_faces(*brightness: int, size: int = 8) -> np.ndarray:
    """uint8 `[n, size, size, 3]`: a face of each brightness."""
    return np.stack([np.full((size, size, 3), value, np.uint8) for value in brightness])


def age_model(size: int = 8, std: bool = False, years: float = 0.5, photo: str = "photo") -> onnx.ModelProto:
    """An age of `years` for each step of brightness, with a std where asked.

    It is a product of matrices, which engines calculate in bfloat16 where that is asked for.
    """
    nodes = [*_brightness(photo), _times("brightness", "years", "age"), *([_times("age", "tenth", "std")] * std)]
    if std:
        return _model(nodes, {"years": years, "tenth": 0.1}, {"age": 1, "std": 1}, size, photo)
    return _model(nodes, {"years": years}, {"age": 1}, size, photo)


def gender_model(size: int = 8) -> onnx.ModelProto:
    nodes = [
        *_brightness("photo"),
        _times("brightness", "share", "female"),
        helper.make_node("Sub", ["one", "female"], ["male"]),
        helper.make_node("Concat", ["female", "male"], ["gender"], axis=1),
    ]
    return _model(nodes, {"share": 1 / 255, "one": 1.0}, {"gender": 2}, size, "photo")


def card_of(model: onnx.ModelProto, **changes: Any) -> ModelCard:
    """What belongs to one of these models, with other values of what is named."""
    outputs = {output.name for output in model.graph.output}
    size = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    gender = "gender" in outputs
    known: dict[str, Any] = {
        "made_by": "0.1.0",
        "target": "gender" if gender else "age",
        "photo": {"height": size, "width": size, "face_crop": "whole", "detector": None},
        "classes": ("female", "male") if gender else None,
        "interval": None if gender else SCALED if "std" in outputs else INTERVAL,
        "threshold": None if gender else 25,
        "metrics": {"accuracy": 0.9} if gender else {"mae": 4.2},
        "bfloat16": None,
        "synthetic": False,
        "hashes": {"data": "0a1b2c3d", "params": "4e5f6071", "model": "8293a4b5", "onnx": "0" * 64},
    }
    return ModelCard.model_validate(known | changes)


def write_model(folder: Path, model: onnx.ModelProto | None = None, **changes: Any) -> Path:
    """A folder with the model (by default `age_model()`) and what belongs to it, as stage export writes it."""
    model = age_model() if model is None else model
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(model.SerializeToString())
    card = as_json(card_of(model, **changes))
    hashes = {"onnx": hash_of(folder / MODEL)}
    write_json(folder / CARD, card | {"hashes": card["hashes"] | hashes})
    return folder


def _brightness(photo: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Cast", [photo], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "height_width"], ["colours"], keepdims=0),
        helper.make_node("ReduceMean", ["colours", "channels"], ["brightness"], keepdims=1),
    ]


def _times(left: str, right: str, product: str) -> onnx.NodeProto:
    return helper.make_node("MatMul", [left, right], [product])


def _model(
    nodes: list[onnx.NodeProto], numbers: dict[str, float], outputs: dict[str, int], size: int, photo: str
) -> onnx.ModelProto:
    faces = helper.make_tensor_value_info(photo, TensorProto.UINT8, ["batch", size, size, 3])
    answers = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n]) for name, n in outputs.items()]
    constants = [
        numpy_helper.from_array(np.array([1, 2], np.int64), "height_width"),
        numpy_helper.from_array(np.array([1], np.int64), "channels"),
        *(numpy_helper.from_array(np.full((1, 1), value, np.float32), name) for name, value in numbers.items()),
    ]
    graph = helper.make_graph(nodes, "tiny", [faces], answers, initializer=constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model
