"""models/model.json: what a model expects of a photo, how its answers are read, and how far they are off.

Stage export writes it beside model.onnx; every prediction begins by reading it.
"""

import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ageline.errors import AgelineError
from ageline.scoring.bins import first_ages
from ageline.scoring.reach import Reach

MODEL, CARD = "model.onnx", "model.json"  # in one folder
FORMAT = 1  # of model.json; what an older Ageline would misread has the next number
NOT_FOR = "A guess from a photo. Not for verifying anyone's age, nor for any decision about a person."

ANEW = "Run `dvc repro export` to write both anew, or take both files from where they were exported."

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
    reach_of_bins: tuple[Annotated[float, Field(ge=0, le=1000)], ...]
    scaled_by_std: bool

    @model_validator(mode="after")
    def _a_reach_for_each_bin(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.age_bins)):
            raise ValueError(f"age_bins should ascend, received {list(self.age_bins)}")
        bins, reaches = len(first_ages(self.age_bins)), len(self.reach_of_bins)
        if bins != reaches:
            raise ValueError(f"reach_of_bins should have a number for each of {bins} bins, received {reaches}")
        return self


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
    threshold: Annotated[int, Field(ge=1, le=150)] | None
    metrics: Mapping[str, float | int]
    bfloat16: Bfloat16 | None
    synthetic: bool
    hashes: Mapping[str, str]
    not_for: str = NOT_FOR

    @model_validator(mode="after")
    def _target_is_described(self) -> Self:
        if self.target == "age":
            if self.classes is not None:
                raise ValueError(f"classes should be null with target age, received {list(self.classes)}")
        elif self.classes is None or len(set(self.classes)) != 2 or len(self.classes) != 2:
            raise ValueError(f"classes should be two names with target gender, received {self.classes}")
        elif self.interval is not None or self.threshold is not None:
            raise ValueError("interval and threshold should be null with target gender")
        return self

    def reach(self) -> Reach | None:
        """What gives each age its interval; None where there are none."""
        known = self.interval
        if known is None:
            return None
        return Reach(known.level, known.age_bins, known.reach_of_bins, known.scaled_by_std)


def read_model_card(folder: Path) -> ModelCard:
    """What is known of the model in `folder`.

    Raises:
        AgelineError: model.json or model.onnx is missing; model.json is no JSON, comes from a newer Ageline or has keys
            or values that it should not; or model.onnx is not the one it was written for.
    """
    path, model = folder / CARD, folder / MODEL
    for file in (path, model):
        if not file.is_file():
            raise AgelineError(
                f"{folder} holds no {file.name}, expected {MODEL} and {CARD} as stage export writes them. Run"
                " `dvc repro export`, or `dvc pull`, or name another folder."
            )
    card = _parse(path.read_bytes(), path)
    found, known = hash_of(model), card.hashes.get("onnx")
    if found != known:
        raise AgelineError(
            f"{path} was not written for {model}: it was for one with the SHA-256 {known}, received {found}. {ANEW}"
        )
    return card


def as_json(card: ModelCard) -> dict[str, Any]:
    """What model.json holds, for `ageline.store.files.write_json`."""
    return card.model_dump(mode="json")


def hash_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(content: bytes, path: Path) -> ModelCard:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AgelineError(f"{path} is not readable as JSON: {error}. {ANEW}") from None
    if not isinstance(values, dict):
        raise AgelineError(f"{path} should hold keys and values, received {str(values)[:80]}. {ANEW}")
    _check_format(values.get("format"), path)
    try:
        return ModelCard.model_validate_json(content)
    except ValidationError as error:
        problems = "\n".join(f"  {_describe(problem)}" for problem in error.errors())
        raise AgelineError(f"{path} is not what stage export writes:\n{problems}\n{ANEW}") from None


def _check_format(received: Any, path: Path) -> None:
    """Before all else: of what a newer Ageline writes, any other complaint would mislead."""
    if isinstance(received, int | float) and received > FORMAT:
        raise AgelineError(
            f"{path} has format {str(received)[:20]}, which a newer Ageline wrote; this one reads format {FORMAT}."
            " Upgrade with `pip install --upgrade ageline`, or export the model with this one."
        )


def _describe(problem: Any) -> str:
    """One sentence about a problem found by pydantic: key, expected, received."""
    key = ".".join(map(str, problem["loc"]))
    if problem["type"] in {"missing", "extra_forbidden"}:
        return f"{key}: {'missing' if problem['type'] == 'missing' else 'unknown key'}"
    if problem["type"] == "value_error":
        return f"{key}: {problem['ctx']['error']}".removeprefix(": ")
    return f"{key}: {problem['msg'].replace('Input should', 'should')}, received {str(problem['input'])[:80]}"
