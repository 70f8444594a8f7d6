"""All that stage export writes, measured before any of it is in place."""

from pathlib import Path
from typing import NamedTuple

import keras
import pandas as pd

from ageline.export.answering import Answer
from ageline.export.conversion import describe, to_onnx
from ageline.export.formats import (
    LITERT,
    SAVED_MODEL,
    read_litert,
    read_saved_model,
    write_litert,
    write_saved_model,
)
from ageline.export.measuring import Reference, measure
from ageline.export.quiet import quiet
from ageline.params import Export, Target
from ageline.serving.engines import OnnxRuntimeEngine, OpenVinoEngine
from ageline.serving.model_card import NOT_FOR
from ageline.store.tables import write_csv

LIST = "formats.csv"  # what is in the folder of other formats; without it DVC would warn of an empty one
WRITERS = {
    "litert": (LITERT, write_litert, read_litert),
    "saved_model": (SAVED_MODEL, write_saved_model, read_saved_model),
}


class Places(NamedTuple):
    """Where to write what."""

    onnx: Path
    card: Path
    formats: Path
    parity: Path


def write_formats(model: keras.Model, target: Target, export: Export, places: Places) -> None:
    """Write model.onnx, and the other formats that are asked for into their folder."""
    with quiet():
        converted = to_onnx(model)
        describe(converted, {"target": target, "not_for": NOT_FOR})
        places.onnx.write_bytes(converted.SerializeToString(deterministic=True))
        places.formats.mkdir()
        others = {name: WRITERS[name] for name in export.formats if name in WRITERS}
        for file, write, _ in others.values():
            write(model, places.formats / file)
        write_csv(
            places.formats / LIST,
            pd.DataFrame({"format": list(others), "file": [file for file, *_ in others.values()]}),
        )


def hold_against_keras(reference: Reference, export: Export, places: Places) -> dict[str, float | int]:
    """How far each of these files is from Keras; raises AgelineError as `measure` does."""
    answering: dict[str, Answer] = {
        "onnx_openvino": OpenVinoEngine(places.onnx, "float32").run,
        "onnx_onnxruntime": OnnxRuntimeEngine(places.onnx).run,
    }
    with quiet():
        for name in export.formats:
            if name in WRITERS:
                file, _, read = WRITERS[name]
                answering[name] = read(places.formats / file)
        return measure(reference, answering, export.tolerance)
