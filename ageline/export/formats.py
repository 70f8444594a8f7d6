"""The formats beside ONNX: a file for LiteRT, a folder for TensorFlow Serving. Both take uint8 faces, as ONNX does."""

from pathlib import Path

import keras
import tensorflow as tf

from ageline.export.answering import Answer
from ageline.export.tracing import constant_function

LITERT, SAVED_MODEL = "model.tflite", "saved_model"


def write_litert(model: keras.Model, path: Path) -> None:
    """Write a finished model for LiteRT, once TensorFlow Lite; its signature names photo and answers.

    The same model is the same bytes.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([constant_function(model)], tf.Module())
    path.write_bytes(converter.convert())


def read_litert(path: Path) -> Answer:
    """What such a file answers, on the processor."""
    runner = tf.lite.Interpreter(str(path)).get_signature_runner()
    return lambda faces: runner(photo=faces)


def write_saved_model(model: keras.Model, folder: Path) -> None:
    """Write a finished model as TensorFlow Serving reads it.

    Not by Keras, whose export has all weights twice. TensorFlow writes an identity drawn at random into such a folder,
    so two exports of one model differ; no stage depends on it.
    """
    tf.saved_model.save(tf.Module(), folder, {"serving_default": constant_function(model)})


def read_saved_model(folder: Path) -> Answer:
    """What such a folder answers."""
    loaded = tf.saved_model.load(folder)  # kept, for its functions live as long as it does
    return lambda faces: {
        name: answer.numpy() for name, answer in loaded.signatures["serving_default"](photo=tf.constant(faces)).items()
    }
