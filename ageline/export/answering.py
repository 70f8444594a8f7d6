"""What an engine answers for the faces of a fold, in numbers that can be compared with Keras'."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.params import Target
from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS

Numbers = npt.NDArray[np.float64]
# Faces, uint8 `[n, height, width, 3]` -> answers by name, `[n, ...]` each.
Answer = Callable[[npt.NDArray[np.uint8]], Mapping[str, npt.NDArray[Any]]]

BATCH = 32  # faces at a time, as a Predictor takes them


def numbers_of(predictions: pd.DataFrame, target: Target) -> Numbers:
    """What is compared of a table of predictions, `[n, m]`: age and std in years, or the probability of each gender."""
    columns = list(GENDERS) if target == "gender" else ["predicted", *({"std"} & set(predictions))]
    return predictions[columns].to_numpy(np.float64)


def answers_for(answer: Answer, faces: FaceSet, target: Target) -> Numbers:
    """The same of what an engine answers for all of `faces`, in the order of the manifest."""
    starts = range(0, len(faces), BATCH)
    parts = [answer(faces.pixels(range(start, min(start + BATCH, len(faces))))) for start in starts]
    names = ["gender"] if target == "gender" else ["age", *({"std"} & set(parts[0]))]
    return np.concatenate([np.hstack([part[name] for name in names]) for part in parts]).astype(np.float64)
