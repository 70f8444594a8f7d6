"""What a finished model answers for a face set."""

from typing import Literal

import keras
import numpy as np
import pandas as pd

from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS
from ageline.training.feed import FaceFeed


def predict(model: keras.Model, faces: FaceSet, target: Literal["age", "gender"], batch_size: int) -> pd.DataFrame:
    """A row per face in the manifest's order.

    Args:
        model: a finished one, whose answers have names, as `ageline.model.archive.load_model` returns it.
        faces: whose label may be unknown; then `true` is null.
        target: what the model answers.
        batch_size: faces in a batch; another one may change the last digits.

    Returns:
        face_id, true and predicted. With target age these are years, float64, and so is `std`, which only a head that
        answers a distribution has; with gender they are `female` or `male`, and the columns `female` and `male` hold
        the probability of each, float64.

    Raises:
        AgelineError: there are no faces.
    """
    answers = model.predict(FaceFeed([faces], batch_size), verbose=0)
    table = pd.DataFrame({"face_id": faces.manifest.face_id, "true": faces.manifest[target]})
    if target == "age":
        named = {"predicted": answers["age"]} | ({"std": answers["std"]} if "std" in answers else {})
        return table.assign(**{name: years[:, 0].astype(np.float64) for name, years in named.items()})
    probabilities = answers["gender"].astype(np.float64)
    predicted = np.array(GENDERS, dtype=object)[probabilities.argmax(axis=1)]
    return table.assign(predicted=predicted, **dict(zip(GENDERS, probabilities.T, strict=True)))
