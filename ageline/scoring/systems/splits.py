"""The splits that a file of predictions names, and the faces of each."""

import pandas as pd

from ageline.faces.layouts.words import FOLDS
from ageline.scoring.systems.values import whole_code

TEST, VALIDATION, TRAINING = "test", "val", "train"


def spelled(name: str) -> str:
    """A split as it is called here: 1 for 1.0, train, val or test where it is a word for one, else as written."""
    return FOLDS.get(name.lower(), whole_code(name))


def count_faces(system: pd.DataFrame) -> dict[str, int]:
    """The faces of each split, by name."""
    return {str(name): int(faces) for name, faces in system.groupby("split").size().items()}


def list_splits(splits: dict[str, int]) -> str:
    """What `count_faces` found, in words."""
    if not splits:
        return "no row of it names a split"
    return "it has " + ", ".join(f"{faces:,} of {name}" for name, faces in splits.items())


def faces_of(system: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of a split."""
    return system[system["split"] == name]


def count_failures(faces: pd.DataFrame) -> int:
    """The faces without a prediction."""
    return int(faces.predicted.isna().sum())
