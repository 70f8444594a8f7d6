"""The formats beside ONNX: a file for LiteRT, a folder for TensorFlow Serving. Both take uint8 faces, as ONNX does."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from ageline.export.answering import Answer
from ageline.export.tracing import constant_function

LITERT, SAVED_MODEL = "model.tflite", "saved_model"


def write_litert(model: keras.Model, path: Path) -> None:
    """Write a finished model for LiteRT, once TensorFlow Lite: the same model is the same bytes."""
    function = constant_function(model)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], None)
    path.write_bytes(converter.convert())


def read_litert(path: Path) -> Answer:
    """What such a file answers, on the processor."""
    interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner()
    return lambda faces: runner(photo=faces)


def write_saved_model(model: keras.Model, folder: Path) -> None:
    """Write a finished model as TensorFlow Serving reads it; names in it depend on what the process traced before."""
    model.export(folder, format="tf_saved_model", verbose=False)


def read_saved_model(folder: Path) -> Answer:
    """What such a folder answers."""
    serve = tf.saved_model.load(folder).serve
    return lambda faces: {name: np.asarray(answer) for name, answer in serve(faces).items()}
