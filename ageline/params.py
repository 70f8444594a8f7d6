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
Factor = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Pixels = Annotated[int, Field(ge=8, le=1024)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Age = Annotated[float, Field(ge=0, le=150)]
WholeAge = Annotated[int, Field(ge=1, le=150)]
Target = Literal["age", "gender"]
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
    face_crop: Literal["whole", "center", "stretch", "detect"]
    detector: str | None
    max_faces: AtLeastOne | None
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
    def _detector_is_of_use(self) -> Self:
        if self.detector is None:
            return self
        if self.face_crop != "detect":
            raise ValueError("detector should be null unless face_crop is 'detect'")
        if self.detector != PurePosixPath(self.detector).name or not self.detector.endswith(".onnx"):
            raise ValueError(f"detector should be an .onnx file's name in data/detectors, not {self.detector!r}")
        return self

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
    min_per_class: Count
    max_copies: Count
    seed: Seed
    transforms: Annotated[
        tuple[Literal["flip", "affine", "light", "color", "compression", "blur", "noise", "erase"], ...],
        Field(min_length=1),
    ]


class Top(Section):
    pooling: Literal["avg", "max", "flatten"]
    units: tuple[AtLeastOne, ...] | None
    activation: Activation
    dropout: Annotated[float, Field(ge=0, lt=1)]
    head: Literal["regression", "distribution", "ordinal", "classes"]
    output_activation: Literal["relu", "softplus", "linear"]
    output_bias: Literal["mean", "zero"]
    answer: Literal["median", "mean"]


class Model(Section):
    backbone: Literal[
        "ResNet50", "CNN",
        "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
        "EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L",
        "ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge",
        "MobileNetV3Small", "MobileNetV3Large",
    ]  # fmt: skip
    weights: Literal["random", "imagenet", "file"]
    weights_file: str | None
    preprocessing: Literal["backbone", "rescale"]
    batchnorm_momentum: Annotated[float, Field(gt=0, lt=1)]
    top: Top

    @model_validator(mode="after")
    def _file_is_named(self) -> Self:
        if (self.weights == "file") != (self.weights_file is not None):
            raise ValueError("weights_file should name a file when weights is 'file', and be null otherwise")
        if self.weights_file is not None and self.weights_file != PurePosixPath(self.weights_file).name:
            raise ValueError(f"weights_file should be a file's name in data/weights, not {self.weights_file!r}")
        return self

    @model_validator(mode="after")
    def _weights_exist(self) -> Self:
        if self.backbone == "CNN" and self.weights == "imagenet":
            raise ValueError("weights should be random or file with backbone CNN, which nobody trained on ImageNet")
        return self


class Optimizer(Section):
    name: Literal["adam", "adamw", "sgd"]
    learning_rate: Positive
    momentum: Share
    weight_decay: Annotated[float, Field(ge=0)] | None
    schedule: Literal["constant", "cosine", "step"]
    warmup: Count
    step_every: AtLeastOne | None
    step_factor: Factor
    global_clipnorm: Positive | None
    ema: Factor | None

    @model_validator(mode="after")
    def _decay_is_used(self) -> Self:
        if self.name == "adamw" and self.weight_decay is None:
            raise ValueError("weight_decay should be a number for adamw, not null")
        if self.name == "adam" and self.weight_decay is not None:
            raise ValueError("weight_decay should be null for adam, which has none")
        return self

    @model_validator(mode="after")
    def _schedule_is_described(self) -> Self:
        if self.schedule != "cosine" and self.warmup:
            raise ValueError(f"warmup should be 0 with schedule {self.schedule!r}, which has none, not {self.warmup}")
        if (self.schedule == "step") != (self.step_every is not None):
            raise ValueError("step_every should be a number of epochs with schedule 'step', and null with any other")
        return self


class Phase(Section):
    epochs: Count
    trainable: Literal["all", "none"] | Annotated[tuple[str, ...], Field(min_length=1)]
    learning_rate_factor: Positive


class Phases(Section):
    """The phases of training, in the order in which they run; one of 0 epochs is left out."""

    top: Phase
    fine_tune: Phase
    polish: Phase

    @model_validator(mode="after")
    def _something_is_learned(self) -> Self:
        if not (self.top.epochs or self.fine_tune.epochs or self.polish.epochs):
            raise ValueError("epochs should be at least 1 in one of top, fine_tune and polish")
        return self


class Augmentation(Section):
    flip: bool
    rotate: Share
    shift: Share
    zoom: Annotated[float, Field(ge=0, lt=1)]
    brightness: Share
    contrast: Annotated[float, Field(ge=0, lt=1)]
    erase: Share


class Dldl(Section):
    sigma: Positive
    expectation_weight: Annotated[float, Field(ge=0)]


class Checkpoint(Section):
    use: Literal["best", "last"]
    keep: Literal["best", "all"]


class Patience(Section):
    patience: AtLeastOne | None


class ReduceLr(Patience):
    factor: Factor


class Train(Section):
    backend: Literal["tensorflow", "jax"]
    seed: Seed
    deterministic: bool
    threads: AtLeastOne
    precision: Literal["float32", "mixed_bfloat16"]
    batch_size: AtLeastOne
    loss: Literal["mae", "mse", "huber", "dldl", "crossentropy"]
    dldl: Dldl
    weighting: Literal["none", "lds"]
    optimizer: Optimizer
    phases: Phases
    max_epochs: AtLeastOne | None
    augmentation: Augmentation
    monitor: Literal["val_loss", "val_mae", "val_accuracy"]
    checkpoint: Checkpoint
    early_stopping: Patience
    reduce_lr: ReduceLr

    @property
    def epochs(self) -> int:
        """Of all phases, unless one stops early."""
        phases = (self.phases.top, self.phases.fine_tune, self.phases.polish)
        return sum(phase.epochs if self.max_epochs is None else min(phase.epochs, self.max_epochs) for phase in phases)

    @model_validator(mode="after")
    def _one_hand_on_the_learning_rate(self) -> Self:
        if self.optimizer.schedule != "constant" and self.reduce_lr.patience is not None:
            raise ValueError(
                f"reduce_lr.patience should be null with optimizer.schedule {self.optimizer.schedule!r}:"
                " only one of the two can set the learning rate"
            )
        return self


class Resume(Section):
    epochs: AtLeastOne
    seconds: Annotated[float, Field(ge=0)]


class Bootstrap(Section):
    samples: Annotated[int, Field(ge=100)]
    seed: Seed


class Evaluate(Section):
    epoch: AtLeastOne | None
    interval: Annotated[float, Field(gt=0, lt=1)]
    bootstrap: Bootstrap
    age_bins: Annotated[tuple[Age, ...], Field(min_length=1)]
    thresholds: tuple[WholeAge, WholeAge]
    minor_pass: Annotated[float, Field(gt=0, lt=1)]
    reference: Literal["appa-real"] | None
    worst: AtLeastOne
    suspects: AtLeastOne

    @property
    def tried_thresholds(self) -> range:
        """Every threshold of the till, years."""
        return range(self.thresholds[0], self.thresholds[1] + 1)

    @model_validator(mode="after")
    def _bins_ascend(self) -> Self:
        if list(self.age_bins) != sorted(set(self.age_bins)):
            raise ValueError(f"age_bins should ascend, each bin's first age once, not {list(self.age_bins)}")
        return self

    @model_validator(mode="after")
    def _thresholds_ascend(self) -> Self:
        if self.thresholds[0] > self.thresholds[1]:
            raise ValueError(f"thresholds should be the first and the last of a row, not {list(self.thresholds)}")
        return self


class Report(Section):
    faces: Literal["synthetic", "never", "always"]

    def shows_faces(self, *, synthetic: bool) -> bool:
        """Whether the report has pictures of faces, which may be `synthetic`."""
        return self.faces == "always" or (self.faces == "synthetic" and synthetic)


class Export(Section):
    formats: Annotated[tuple[Literal["onnx", "litert", "saved_model"], ...], Field(min_length=1)]
    tolerance: Positive

    @model_validator(mode="after")
    def _onnx_is_there(self) -> Self:
        if "onnx" not in self.formats:
            raise ValueError(f"formats should hold onnx, which `ageline predict` reads, not {list(self.formats)}")
        if len(set(self.formats)) < len(self.formats):
            raise ValueError(f"formats should hold each once, not {list(self.formats)}")
        return self


class Gate(Section):
    metric: Literal["mae", "accuracy"]
    limit: Positive
    use: Literal["value", "bound"]
    tolerance: Annotated[float, Field(ge=0)]
    bin_tolerance: Annotated[float, Field(ge=0)]


class Params(Section):
    """The whole of params.yaml."""

    target: Target
    sample: Sample
    data: Data
    ingest: Ingest
    eda: Eda
    augment: Augment
    model: Model
    train: Train
    resume: Resume
    evaluate: Evaluate
    report: Report
    export: Export
    gate: Gate

    @model_validator(mode="after")
    def _head_answers_target(self) -> Self:
        heads = _HEADS[self.target]
        if self.model.top.head not in heads:
            raise ValueError(
                f"model.top.head should be {_either(heads)} with target {self.target!r}, not {self.model.top.head!r}"
            )
        losses = _LOSSES[self.model.top.head]
        if self.train.loss not in losses:
            raise ValueError(
                f"train.loss should be {_either(losses)} with model.top.head {self.model.top.head!r},"
                f" not {self.train.loss!r}"
            )
        return self

    @model_validator(mode="after")
    def _target_is_measured(self) -> Self:
        metric = _METRIC[self.target]
        if self.train.monitor not in ("val_loss", f"val_{metric}"):
            raise ValueError(
                f"train.monitor should be val_loss or val_{metric} with target {self.target!r},"
                f" not {self.train.monitor!r}"
            )
        if self.gate.metric != metric:
            raise ValueError(
                f"gate.metric should be {metric} with target {self.target!r}, not {self.gate.metric!r};"
                " gate.limit and the tolerances are in its unit"
            )
        return self

    @model_validator(mode="after")
    def _density_is_of_ages(self) -> Self:
        if self.target != "age" and self.train.weighting == "lds":
            raise ValueError(f"train.weighting should be none with target {self.target!r}: lds is of ages")
        return self

    @model_validator(mode="after")
    def _people_guessed_ages(self) -> Self:
        if self.target != "age" and self.evaluate.reference is not None:
            raise ValueError(f"evaluate.reference should be null with target {self.target!r}: people guessed ages")
        return self

    @model_validator(mode="after")
    def _epoch_is_kept(self) -> Self:
        if self.evaluate.epoch is not None and self.train.checkpoint.keep != "all":
            raise ValueError("evaluate.epoch should be null unless train.checkpoint.keep is 'all'")
        if self.evaluate.epoch is not None and self.evaluate.epoch > self.train.epochs:
            raise ValueError(
                f"evaluate.epoch should be at most {self.train.epochs}, the epochs of train.phases,"
                f" not {self.evaluate.epoch}"
            )
        return self


_HEADS = {"age": ("regression", "distribution", "ordinal"), "gender": ("classes",)}
_LOSSES = {
    "regression": ("mae", "mse", "huber"),
    "distribution": ("dldl",),
    "ordinal": ("crossentropy",),
    "classes": ("crossentropy",),
}
_METRIC = {"age": "mae", "gender": "accuracy"}


def _either(values: Sequence[str]) -> str:
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def load_params(path: str | Path = "params.yaml") -> Params:
    """Read and validate params.yaml.

    Raises:
        AgelineError: the file is missing or no YAML, or a key is unknown, missing or ill-typed; every such key is
            named, with what was expected and received.
    """
    return parse_params(read_sections(path), str(path))


def read_sections(path: str | Path = "params.yaml") -> Any:
    """What params.yaml holds, not validated.

    Raises:
        AgelineError: the file is missing or no YAML.
    """
    path = Path(path)
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AgelineError(f"{path} does not exist in {Path.cwd()}. Run from the repository's root.") from None
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # the latter two of values that no YAML tool would write
        raise AgelineError(f"{path} is not readable as YAML: {error}") from error


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
    if problem["type"] == "value_error":  # without a key, the message names the keys of several sections
        return f"{key}: {problem['ctx']['error']}" if key else str(problem["ctx"]["error"])
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
