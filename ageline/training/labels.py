"""What a model is to answer for each face, as the numbers that its loss compares."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.errors import AgelineError
from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS

Labels = npt.NDArray[np.float32]


def labels_of(facesets: Sequence[FaceSet], target: Literal["age", "gender"]) -> Labels:
    """A label for each face of `facesets`, one after the other: float32 `[n, 1]`.

    With target age it is the age in years; with gender the number of the class in `ageline.store.manifest.GENDERS`.

    Raises:
        AgelineError: a face has none, or one that is no class.
    """
    manifest = pd.concat([faces.manifest for faces in facesets], ignore_index=True)
    numbers = manifest.age if target == "age" else manifest.gender.map({name: k for k, name in enumerate(GENDERS)})
    labels = np.asarray(numbers.to_numpy(np.float64, na_value=np.nan), dtype=np.float32)
    missing = ~np.isfinite(labels)
    if missing.any():
        first = manifest[missing].iloc[0]
        raise AgelineError(
            f"{missing.sum()} of {len(labels)} faces have no {target} to learn from, {first.source} the first:"
            f" expected {_expected(target)}, received {first[target]}. Faces without a label are rejected by ingest:"
            f" run `dvc repro`, and if it stays look at what metrics/ingest says of the labels of data.source."
        )
    return labels[:, None]


def mean_age(faces: FaceSet, target: Literal["age", "gender"]) -> float:
    """The mean age of `faces` in years, which an untrained model of age answers; 0 for a model that answers no age."""
    return float(faces.ages.mean(dtype=np.float64)) if target == "age" else 0.0


def _expected(target: str) -> str:
    return "years" if target == "age" else " or ".join(GENDERS)
