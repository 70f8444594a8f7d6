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
    differences = np.abs(found - expected)
    return float(np.where(np.isnan(differences), np.inf, differences).max())


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
    largest = largest_difference(found, expected)
    if largest <= tolerance:
        return largest
    differences = np.abs(found - expected)
    worst = int(np.where(np.isnan(differences), np.inf, differences).max(axis=1).argmax())
    raise AgelineError(
        f"{name} does not answer as Keras does: for the test face {faces.iloc[worst]} it answers {_said(found[worst])}"
        f" and Keras {_said(expected[worst])}, a difference of {largest:.4g} {unit}; export.tolerance is"
        f" {tolerance:g}. Nothing was written. Leave the format out of export.formats, or raise export.tolerance if"
        " the difference does no harm; where it is much larger, report it as a fault of Ageline's."
    )


def error_of(numbers: Numbers, truth: pd.Series, target: Target) -> float:
    """The mean error in years of ages, or the share of wrong genders."""
    if target == "age":
        return float(np.abs(numbers[:, 0] - truth.to_numpy(np.float64)).mean())
    return float((np.array(GENDERS)[numbers.argmax(axis=1)] != truth.to_numpy()).mean())


def _said(numbers: Numbers) -> str:
    return " and ".join(f"{number:.6g}" for number in numbers)
