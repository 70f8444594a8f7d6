"""params.yaml as frozen, validated models: one for each section.

    params = load_params()
    params.train.optimizer.learning_rate

The whole file is checked wherever a part of it is read, so that a typing error in `gate` is found before an hour of
training and not after it. Unknown keys, missing keys and wrong types are all reported at once.
"""

import difflib
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ageline.errors import AgelineError
from ageline.yaml12 import read_yaml

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Pixels = Annotated[int, Field(ge=8, le=1024)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Age = Annotated[float, Field(ge=0, le=150)]
Activation = Literal["relu", "elu", "gelu", "silu", "tanh", "linear"]


class Section(BaseModel):
    """A part of params.yaml: its keys are all required, no others are allowed, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sample(Section):
    faces: Annotated[int, Field(ge=10)]
    image_size: Pixels
    seed: Seed


class Data(Section):
    source: Annotated[str, Field(min_length=1)]
    layout: Literal["auto", "labels", "utkface", "appa-real", "classes", "pattern", "table"]
    pattern: str | None
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None

    @model_validator(mode="after")
    def _layout_is_described(self) -> Self:
        for layout, description in (("pattern", self.pattern), ("table", self.columns)):
            if (self.layout == layout) != (description is not None):
                key = "pattern" if layout == "pattern" else "columns"
                raise ValueError(f"{key} should be given with layout {layout!r}, and be null with any other")
        return self


class Split(Section):
    protocol: Literal["random", "official", "first-fraction", "column", "file"]
    fractions: tuple[Share, Share, Share]
    seed: Seed
    file: str | None

    @model_validator(mode="after")
    def _shares_of_a_whole(self) -> Self:
        if abs(sum(self.fractions) - 1) > 1e-9:
            raise ValueError(f"fractions should add up to 1, not to {sum(self.fractions):g}")
        return self

    @model_validator(mode="after")
    def _file_is_named(self) -> Self:
        if (self.protocol == "file") != (self.file is not None):
            raise ValueError("file should name a CSV when protocol is 'file', and be null otherwise")
        if self.file is not None and self.file != PurePosixPath(self.file).name:
            raise ValueError(f"file should be a file's name in data/splits, not {self.file!r}")
        return self


class Ingest(Section):
    image_size: Pixels | tuple[Pixels, Pixels]
    face_crop: Literal["whole", "center"]
    ages: tuple[Age, Age]
    max_rejected: Share
    duplicates: Literal["keep", "drop", "fail"]
    conflicts: Literal["keep", "drop", "fail"]
    split: Split

    @property
    def height_width(self) -> tuple[int, int]:
        """The size of every ingested face in pixels."""
        size = self.image_size
        return (size, size) if isinstance(size, int) else size

    @model_validator(mode="after")
    def _ages_in_order(self) -> Self:
        if self.ages[0] >= self.ages[1]:
            raise ValueError(f"ages should be [lowest, highest], not {list(self.ages)}")
        return self


class Eda(Section):
    samples: AtLeastOne
    extremes: AtLeastOne


class Augment(Section):
    min_per_age: Count
    max_copies: Count
    seed: Seed
    transforms: Annotated[
        tuple[Literal["flip", "affine", "light", "color", "compression", "blur", "noise", "erase"], ...],
        Field(min_length=1),
    ]


class Top(Section):
    pooling: Literal["avg", "max"]
    units: tuple[AtLeastOne, ...]
    activation: Activation
    dropout: Annotated[float, Field(ge=0, lt=1)]
    output_activation: Literal["relu", "softplus", "linear"]


class Model(Section):
    weights: Literal["random", "imagenet", "file"]
    weights_file: str | None
    preprocessing: Literal["imagenet", "rescale"]
    batchnorm_momentum: Annotated[float, Field(gt=0, lt=1)]
    top: Top

    @model_validator(mode="after")
    def _file_is_named(self) -> Self:
        if (self.weights == "file") != (self.weights_file is not None):
            raise ValueError("weights_file should name a file when weights is 'file', and be null otherwise")
        if self.weights_file is not None and self.weights_file != PurePosixPath(self.weights_file).name:
            raise ValueError(f"weights_file should be a file's name in data/weights, not {self.weights_file!r}")
        return self


class Optimizer(Section):
    name: Literal["adam", "adamw"]
    learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0)] | None
    schedule: Literal["constant", "cosine"]
    warmup: Count

    @model_validator(mode="after")
    def _decay_is_used(self) -> Self:
        if (self.name == "adamw") != (self.weight_decay is not None):
            raise ValueError("weight_decay should be a number for adamw, and null for adam, which has none")
        return self

    @model_validator(mode="after")
    def _warmup_is_used(self) -> Self:
        if self.schedule == "constant" and self.warmup:
            raise ValueError(f"warmup should be 0 with schedule 'constant', which has none, not {self.warmup}")
        return self


class Augmentation(Section):
    flip: bool


class Patience(Section):
    patience: AtLeastOne | None


class ReduceLr(Patience):
    factor: Annotated[float, Field(gt=0, lt=1)]


class Train(Section):
    seed: Seed
    deterministic: bool
    threads: AtLeastOne
    precision: Literal["float32", "mixed_bfloat16"]
    epochs: AtLeastOne
    batch_size: AtLeastOne
    loss: Literal["mae", "mse", "huber"]
    optimizer: Optimizer
    augmentation: Augmentation
    early_stopping: Patience
    reduce_lr: ReduceLr

    @model_validator(mode="after")
    def _one_hand_on_the_learning_rate(self) -> Self:
        if self.optimizer.schedule != "constant" and self.reduce_lr.patience is not None:
            raise ValueError(
                f"reduce_lr.patience should be null with optimizer.schedule {self.optimizer.schedule!r}:"
                " only one of the two can set the learning rate"
            )
        return self


class Bootstrap(Section):
    samples: Annotated[int, Field(ge=100)]
    seed: Seed


class Evaluate(Section):
    bootstrap: Bootstrap
    age_bins: Annotated[tuple[Age, ...], Field(min_length=1)]
    worst: AtLeastOne
    suspects: AtLeastOne

    @model_validator(mode="after")
    def _bins_ascend(self) -> Self:
        if list(self.age_bins) != sorted(set(self.age_bins)):
            raise ValueError(f"age_bins should ascend, each bin's first age once, not {list(self.age_bins)}")
        return self


class Gate(Section):
    limit: Positive
    tolerance: Annotated[float, Field(ge=0)]


class Params(Section):
    """The whole of params.yaml."""

    sample: Sample
    data: Data
    ingest: Ingest
    eda: Eda
    augment: Augment
    model: Model
    train: Train
    evaluate: Evaluate
    gate: Gate


def load_params(path: str | Path = "params.yaml") -> Params:
    """Read and validate params.yaml.

    Raises:
        AgelineError: the file is missing or no YAML, or a key is unknown, missing or ill-typed; every such key is
            named, with what was expected and received.
    """
    path = Path(path)
    try:
        values = read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AgelineError(f"{path} does not exist in {Path.cwd()}. Run from the repository's root.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AgelineError(f"{path} is not readable as YAML: {error}") from error
    return parse_params(values, str(path))


def parse_params(values: Any, where: str = "params.yaml") -> Params:
    """Validate what params.yaml holds, already read: a mapping of sections."""
    if not isinstance(values, dict):
        raise AgelineError(f"{where} should hold sections such as `train:`, received {values!r}")
    try:
        # By way of JSON, for which strict validation still takes a list for a tuple and 8 for 8.0.
        text = json.dumps(values)
    except (TypeError, ValueError) as error:
        raise AgelineError(f"{where} should hold numbers, texts and lists by name: {error}") from None
    try:
        return Params.model_validate_json(text)
    except ValidationError as error:
        problems = "\n".join(f"  {_describe(problem, json.loads(text))}" for problem in error.errors())
        raise AgelineError(f"{where} is not valid, nothing was run:\n{problems}") from None


def _describe(problem: Any, values: dict[str, Any]) -> str:
    """One sentence about a problem found by pydantic: key, expected, received."""
    path = _keys(problem["loc"], values)
    key = ".".join(str(part) for part in path)
    if problem["type"] == "missing":
        return f"{key}: missing, expected as in the shipped params.yaml, which says what it does."
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key, received {problem['input']!r}.{_did_you_mean(path)}"
    if problem["type"] == "value_error":
        return f"{key}: {problem['ctx']['error']}"
    return f"{key}: {problem['msg'].replace('Input should', 'should')}, received {problem['input']!r}"


def _keys(location: Sequence[int | str], values: Any) -> list[int | str]:
    """The keys and indices of pydantic's location, which also names the branch of a union that was tried."""
    keys: list[int | str] = []
    for part in location:
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int):
            values = values[part] if part < len(values) else None
        else:
            continue
        keys.append(part)
    return keys


def _did_you_mean(path: Sequence[int | str]) -> str:
    model: Any = Params
    for part in path[:-1]:
        model = model.model_fields[part].annotation
    close = difflib.get_close_matches(str(path[-1]), list(model.model_fields), n=1)
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(model.model_fields)}."
