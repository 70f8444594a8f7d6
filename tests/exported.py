"""Finished models with random weights, faces of noise, and what an export of them answers."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime

from ageline.model.face_model import build_model, finished_model
from ageline.model.heads import make_head
from ageline.params import Params


def untrained(params: Params, size: int = 53) -> keras.Model:
    """What training would save if it learned nothing."""
    keras.utils.set_random_seed(1)
    head = make_head(params, 30.0)
    return finished_model(build_model(params, (size, size), head), head)


def noise(count: int, size: int = 53) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def answers(model: onnx.ModelProto, faces: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"photo": faces}), strict=True))


def largest_difference(found: dict[str, Any], expected: dict[str, Any]) -> float:
    assert set(found) == set(expected)
    return max(float(np.abs(found[name] - expected[name]).max()) for name in expected)


MakeParams = Callable[..., Params]
