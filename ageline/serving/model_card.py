"""models/model.json: what a model expects of a photo, how its answers are read, and how far they are off.

Stage export writes it beside model.onnx; every prediction begins by reading it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MODEL, CARD = "model.onnx", "model.json"  # in one folder
FORMAT = 1  # of model.json; what an older Ageline would misread has the next number
NOT_FOR = "A guess from a photo. Not for verifying anyone's age, nor for any decision about a person."

Pixels = Annotated[int, Field(ge=8, le=1024)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Photo(_Part):
    """What goes in: the upright RGB photo, brought to this size in this way (`ageline.faces.image`)."""

    height: Pixels
    width: Pixels
    face_crop: Literal["whole", "center", "stretch", "detect"]
    detector: str | None  # with face_crop detect: the name of the YuNet file that ingest used; None for the cascades


class Interval(_Part):
    """How far the interval around each age reaches (`ageline.scoring.reach.Reach`)."""

    level: Annotated[float, Field(gt=0, lt=1)]
    age_bins: Annotated[tuple[float, ...], Field(min_length=1)]
    reach_of_bins: tuple[Annotated[float, Field(ge=0)], ...]
    scaled_by_std: bool


class Bfloat16(_Part):
    """What 16 bits cost on the test fold, against 32, as stage export measured."""

    largest: float  # difference of a face: years, or probability
    mae: float | None = None  # by how many years it is higher, with target age
    accuracy: float | None = None  # by what share it is lower, with target gender


class ModelCard(_Part):
    """All of model.json.

    Attributes:
        format: of this file.
        made_by: the version of Ageline.
        target: what the model answers.
        photo: what goes in.
        classes: with target gender, what its outputs stand for, in their order.
        interval: around each age; None where the validation faces were too few, and with target gender.
        threshold: in years, from which a face passes the till; None where validation supports none.
        metrics: on the test fold, as metrics.json has them.
        bfloat16: None where the machine that exported has no bfloat16 in hardware.
        synthetic: whether it learned from the built-in sample's drawn faces.
        hashes: of faces and labels, params and model.keras (short, as in the report), and of model.onnx (SHA-256).
        not_for: what it must not be used for.
    """

    format: Literal[1] = 1
    made_by: str
    target: Literal["age", "gender"]
    photo: Photo
    classes: tuple[str, ...] | None
    interval: Interval | None
    threshold: int | None
    metrics: Mapping[str, float | int]
    bfloat16: Bfloat16 | None
    synthetic: bool
    hashes: Mapping[str, str]
    not_for: str = NOT_FOR


def as_json(card: ModelCard) -> dict[str, Any]:
    """What model.json holds, for `ageline.store.files.write_json`."""
    return card.model_dump(mode="json")


def hash_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
