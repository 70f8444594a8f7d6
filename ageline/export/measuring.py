"""How far each format is from Keras on the test faces, and what bfloat16 costs there: metrics/export.json."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ageline.export.answering import Answer, Numbers, answers_for, numbers_of
from ageline.export.parity import DECIMALS, UNIT, check_parity, error_of, largest_difference
from ageline.params import Target
from ageline.serving.engines import OpenVinoEngine, has_bfloat16
from ageline.serving.model_card import Bfloat16
from ageline.store.faceset import FaceSet

NO_BFLOAT16 = (
    "bfloat16 was not measured, for this processor has none (AVX512_BF16 or AMX): predictions with this model take"
    " float32 everywhere, unless told otherwise."
)
USELESS = "bfloat16 is of no use for this model: in it, OpenVINO answers no number for some test faces."


class Reference(NamedTuple):
    """What everything is held against.

    Attributes:
        predictions: of Keras in float32 for `faces`, as `ageline.training.prediction.predict` returns them.
        faces: the test faces.
        target: what the model answers.
    """

    predictions: pd.DataFrame
    faces: FaceSet
    target: Target

    def numbers(self, answer: Answer | None = None) -> Numbers:
        """What is compared, `[n, m]`, of an engine's answers or, without one, of Keras'."""
        if answer is None:
            return numbers_of(self.predictions, self.target)
        return answers_for(answer, self.faces, self.target)

    def error(self, numbers: Numbers) -> float:
        """Of these answers: MAE in years, or the share of wrong genders."""
        return error_of(numbers, self.predictions.true, self.target)


def measure(reference: Reference, formats: Mapping[str, Answer], tolerance: float) -> dict[str, float | int]:
    """The faces, their MAE or accuracy, and the largest difference of each format from Keras.

    Args:
        reference: the answers of Keras.
        formats: what answers, by the name of the metric; the first is what predictions are made with.
        tolerance: the largest difference that is taken, in years or of probability.

    Raises:
        AgelineError: a format is further off, or answers no number.
    """
    decimals, expected = DECIMALS[reference.target], reference.numbers()
    found = {name: reference.numbers(answer) for name, answer in formats.items()}
    ids, unit = reference.predictions.face_id, UNIT[reference.target]
    differences = {
        name: round(check_parity(name, numbers, expected, ids, tolerance, unit), decimals)
        for name, numbers in found.items()
    }
    error = reference.error(next(iter(found.values())))
    whole = {"mae": round(error, 4)} if reference.target == "age" else {"accuracy": round(1 - error, 4)}
    return {"n_test": len(expected), **whole, **differences}


def measure_bfloat16(reference: Reference, onnx: Path) -> tuple[Bfloat16 | None, Sequence[str]]:
    """What 16 bits cost on the test faces; without it, a sentence on why it was not measured."""
    if not has_bfloat16():
        return None, [NO_BFLOAT16]
    numbers, expected = reference.numbers(OpenVinoEngine(onnx, "bfloat16").run), reference.numbers()
    if not np.isfinite(numbers).all():
        return None, [USELESS]
    largest = round(largest_difference(numbers, expected), DECIMALS[reference.target])
    lost = round(reference.error(numbers) - reference.error(expected), 4) + 0.0
    if reference.target == "age":
        return Bfloat16(largest=largest, mae=lost), []
    return Bfloat16(largest=largest, accuracy=lost), []


def metrics_of(bfloat16: Bfloat16 | None) -> dict[str, float]:
    """As export.json has them: the largest difference of a face, and what MAE is higher or accuracy lower by."""
    if bfloat16 is None:
        return {}
    costs = {"bfloat16_mae_rise": bfloat16.mae, "bfloat16_accuracy_fall": bfloat16.accuracy}
    return {"bfloat16": bfloat16.largest, **{name: cost for name, cost in costs.items() if cost is not None}}
