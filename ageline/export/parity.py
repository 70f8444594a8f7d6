"""How far what was exported answers otherwise than Keras, on the test faces."""

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.export.answering import Numbers
from ageline.params import Target
from ageline.store.manifest import GENDERS

UNIT = {"age": "years", "gender": "of probability"}
DECIMALS = {"age": 4, "gender": 6}  # as in predictions.csv


def largest_difference(found: Numbers, expected: Numbers) -> float:
    """Of any face in any of its numbers, `[n, m]` each; infinite where one is no number."""
    return float(_differences(found, expected).max())


def check_parity(name: str, found: Numbers, expected: Numbers, faces: pd.Series, tolerance: float, unit: str) -> float:
    """The largest difference of a format from Keras.

    Args:
        name: of the format.
        found: what it answers, `[n, m]`.
        expected: what Keras answers, `[n, m]`.
        faces: the id of each face, `[n]`.
        tolerance: the largest difference that is taken.
        unit: of the numbers.

    Raises:
        AgelineError: the difference is larger, or an answer is no number.
    """
    differences = _differences(found, expected)
    worst = int(differences.argmax())
    largest = float(differences[worst])
    if largest <= tolerance:
        return largest
    raise AgelineError(
        f"{name} does not answer as Keras does: for the test face {faces.iloc[worst]} it answers {_said(found[worst])}"
        f" and Keras {_said(expected[worst])}, a difference of {largest:.4g} {unit}; export.tolerance is"
        f" {tolerance:g}. Nothing was written. {_remedy(name)}"
    )


def error_of(numbers: Numbers, truth: pd.Series, target: Target) -> float:
    """The mean error in years of ages, or the share of wrong genders."""
    if target == "age":
        return float(np.abs(numbers[:, 0] - truth.to_numpy(np.float64)).mean())
    return float((np.array(GENDERS)[numbers.argmax(axis=1)] != truth.to_numpy()).mean())


def _differences(found: Numbers, expected: Numbers) -> Numbers:
    """The largest of each face, `[n]`; infinite where one is no number."""
    differences = np.abs(found - expected)
    each: Numbers = np.where(np.isnan(differences), np.inf, differences).max(axis=1)
    return each


def _remedy(name: str) -> str:
    remedy = "Raise export.tolerance if so much does no harm; else report it as a fault of Ageline's."
    # ONNX is what `ageline predict` reads.
    return remedy if name.startswith("onnx") else f"{remedy} Without {name} in export.formats the others are written."


def _said(numbers: Numbers) -> str:
    return " and ".join(f"{number:.6g}" for number in numbers)
