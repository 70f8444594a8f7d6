"""What made a set of scores, in short: hashes of the faces, the params and the model, and versions of libraries.

Nothing here tells the revision, the time or the machine: with the same inputs a report is the same, byte for byte.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from ageline.store.faceset import FaceSet

SECTIONS = ("target", "data", "ingest", "augment", "model", "train", "evaluate")  # of params.yaml, which make a model
_LIBRARIES = (
    "ageline",
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "jax",
    "numpy",
    "scipy",
    "pandas",
    "matplotlib",
    "pillow",
)
_LABELLED = ["face_id", "split", "age", "gender", "ethnicity", "source"]


def made_by(facesets: Sequence[FaceSet], settings: Mapping[str, Any], model: Path) -> dict[str, str]:
    """The hashes of the faces and their labels, of the params and of the model, and the installed libraries."""
    return {
        "faces and labels": hash_of_faces(facesets),
        "params": hash_of_settings(settings),
        "model": short_hash(model.read_bytes()),
        **{name: found for name in _LIBRARIES if (found := _installed(name))},
    }


def hash_of_faces(facesets: Sequence[FaceSet]) -> str:
    """The same for the same photos, labels and folds, in whatever order; a face_id is the hash of its photo."""
    everyone = pd.concat([faces.manifest[_LABELLED] for faces in facesets]).sort_values("face_id")
    return short_hash(everyone.to_csv(index=False).encode())


def hash_of_settings(settings: Mapping[str, Any]) -> str:
    """The same for the same values, in whatever order."""
    return short_hash(json.dumps(settings, sort_keys=True).encode())


def short_hash(content: bytes) -> str:
    """The first 16 hexadecimal digits of a SHA-256: enough to tell two runs apart, short enough to compare by eye."""
    return hashlib.sha256(content).hexdigest()[:16]


def _installed(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
