"""What a model answers for a face set."""

import keras
import numpy as np
import pandas as pd

from ageline.store import FaceSet
from ageline.training.feed import FaceFeed


def predict_ages(model: keras.Model, faces: FaceSet, batch_size: int) -> pd.DataFrame:
    """A row per face in the manifest's order: face_id, true and predicted (age in years)."""
    predicted = model.predict(FaceFeed([faces], batch_size), verbose=0)[:, 0]
    return pd.DataFrame(
        {
            "face_id": faces.manifest.face_id,
            "true": faces.manifest.age,
            "predicted": predicted.astype(np.float64),
        }
    )
