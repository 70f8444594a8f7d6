"""What the pipeline builds of params, in a form that can be compared: for the tests of which key reaches what.

Each description depends on params alone. Keras numbers in a process what is given no name, so each begins anew.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import pandas as pd
from PIL import Image
from tiny_model import Run, TinyClasses, tiny_model

from ageline.errors import AgelineError
from ageline.faces.image import decode_face
from ageline.faces.layouts import Listed
from ageline.faces.outcome import tabulate
from ageline.model.backbones import build_backbone, write_initial_weights
from ageline.model.face_model import build_model
from ageline.model.heads import make_head
from ageline.oversample.drawing import Copier, draw_copies
from ageline.oversample.rarity import plan_balance, plan_copies
from ageline.params import Params
from ageline.store.faceset import FaceSet, write_faceset
from ageline.training.feed import FaceFeed, training_feed, validation_feed
from ageline.training.history import Record
from ageline.training.labels import labels_of
from ageline.training.learning import learn
from ageline.training.scratch import Scratch

SIZE = (64, 64)
BLOCKS = ("conv1_conv", "conv2_conv", "conv3_conv", "conv4_conv", "conv5_conv")
_FOLDER = TemporaryDirectory()


def _faces_of(folder: Path, ages: list[float], brightness: list[int]) -> FaceSet:
    """Grey faces of 8 x 8 pixels; the dark half is female."""
    names = [f"face{number:03}" for number in range(len(ages))]
    manifest = pd.DataFrame(
        {
            "face_id": names,
            "source": names,
            "age": np.array(ages, float),
            "gender": ["female" if bright < 100 else "male" for bright in brightness],
            "split_group": names,
            "split": "train",
            "width": 8,
            "height": 8,
            "flags": "",
        }
    )
    write_faceset(folder, manifest, (np.full((8, 8, 3), bright, np.uint8) for bright in brightness), (8, 8))
    return FaceSet.open(folder)


@cache
def _faces(kind: str) -> FaceSet:
    """Of `train` the bright are old; of `val` less so, and one is older than its looks; there are also `many`."""
    ages = {"train": [20.0] * 6 + [40.0, 60.0, 61.5], "val": [25.0, 26.0, 30.0, 95.0], "many": [30.0, 50.0, 51.0] * 25}
    brightness = {"train": [40] * 6 + [80, 120, 123], "val": [50, 90, 60, 110], "many": [60, 100, 102] * 25}
    return _faces_of(Path(_FOLDER.name, kind), ages[kind], brightness[kind])


def labels(params: Params) -> Any:
    return labels_of([_faces("train")], params.target).tolist()


def accepted(params: Params) -> Any:
    """Which of five photos are taken in."""
    listed = [Listed(f"{age}.jpg", age=float(age), gender="female") for age in (21, 22, 23, 24, 25)]
    photos = tabulate(listed, params.target, params.ingest)
    return photos.source[photos.reason == ""].tolist()


def photo(params: Params) -> Any:
    """A photo of two halves, wider than high, as ingest takes it in."""
    halves = np.zeros((40, 60, 3), np.uint8)
    halves[:, 30:] = 200
    file = io.BytesIO()
    Image.fromarray(halves).save(file, "PNG")
    return decode_face(file.getvalue(), params.ingest.height_width, params.ingest.face_crop).pixels.tobytes()


def copies(params: Params) -> Any:
    """The pixels of all copies of the training faces."""
    faces, augment = _faces("train"), params.augment
    kinds = faces.manifest.gender if params.target == "gender" else np.floor(faces.manifest.age).astype(int)
    counts = kinds.value_counts().rename_axis(params.target).sort_index()
    minimum = augment.min_per_class if params.target == "gender" else augment.min_per_age
    plan = plan_copies(faces.manifest, plan_balance(counts, minimum, augment.max_copies))
    return [copy.tobytes() for copy in draw_copies(faces, plan, Copier(augment.transforms, augment.seed))]


def weights(params: Params) -> Any:
    """The first weights of the backbone, or why there are none: files of any name are at hand, ImageNet's are not."""
    with TemporaryDirectory() as folder:
        if params.model.weights == "file":
            keras.utils.set_random_seed(ord(params.model.weights_file[0]))
            build_backbone(params.model).save_weights(Path(folder, params.model.weights_file))
        try:
            write_initial_weights(Path(folder, "first.weights.h5"), params.model, 3, Path(folder))
        except AgelineError as error:
            return str(error)
        backbone = build_backbone(params.model)
        backbone.load_weights(Path(folder, "first.weights.h5"))
        return [float(np.abs(weight).sum()) for weight in backbone.get_weights()]


def network(params: Params) -> Any:
    """All layers before, in and after the backbone, with their settings and first biases."""
    keras.utils.clear_session(free_memory=False)
    model = build_model(params, SIZE, make_head(params, 30.0))
    biases = [weight for layer in model.layers[-1:] for weight in layer.weights if "bias" in weight.path]
    return json.dumps(model.get_config(), default=str), [np.asarray(bias).tolist() for bias in biases]


def feed(params: Params) -> Any:
    made = training_feed(_faces("many"), _faces("train"), params)
    return [[np.asarray(column).tolist() for column in made[batch][1:]] for batch in range(len(made))]


def loss(params: Params) -> Any:
    """Of some outputs for the same ages, or classes, in each phase."""
    fits = fits_of(params)
    outputs = np.random.default_rng(1).normal(size=(3, fits[0].outputs)).astype(np.float32)
    return [float(fit.loss(np.array([[1.0], [0.0], [1.0]], np.float32), outputs)) for fit in fits]


def answers(params: Params) -> Any:
    head = make_head(params, 30.0)
    logits = np.random.default_rng(1).normal(size=(3, 121)).astype(np.float32)
    return np.asarray(head.answers(logits)["age"]).tolist()


def phases(params: Params) -> Any:
    """Of each phase its epochs, optimizer, learning rates, metrics, callbacks, and the weights that learn."""
    return [
        (fit.epochs, fit.optimizer, fit.learning_rates, fit.metrics, fit.callbacks, fit.learning)
        for fit in fits_of(params)
    ]


@dataclass(frozen=True)
class Fit:
    """What one phase would train a model with.

    Attributes:
        outputs: how many numbers the model answers for a face.
        learning: the paths of the weights that learn.
        optimizer: its class and settings.
        learning_rates: at the first step of each epoch.
        loss: as compiled.
        metrics: their names.
        callbacks: of each its class and what it watches, if anything: monitor, mode, patience and factor.
    """

    epochs: int
    outputs: int
    learning: list[str]
    optimizer: tuple[str, str]
    learning_rates: list[float]
    loss: keras.losses.Loss
    metrics: list[str]
    callbacks: list[tuple[str, dict[str, Any]]]


def fits_of(params: Params) -> list[Fit]:
    """What `learn` would train a tiny model with five blocks with, phase by phase."""
    keras.utils.clear_session(free_memory=False)
    head = make_head(params, 30.0)
    tiny = tiny_model(head, convolutions=BLOCKS)
    model = Untrained(tiny.input, tiny.output)
    train_feed, val_feed = (
        training_feed(_faces("many"), _faces("train"), params),
        validation_feed(_faces("val"), params),
    )
    with TemporaryDirectory() as folder:
        record = Record(Path(folder, "history.csv"), Path(folder, "epochs"), head.metric().name)
        learn(model, head, train_feed, val_feed, params, record, Scratch(Path(folder, "scratch")))
    return model.fits


class Untrained(keras.Model):
    """A model that notes what it would be trained with, and stays as it is."""

    def __init__(self, *tensors: keras.KerasTensor) -> None:
        super().__init__(*tensors)
        self.fits: list[Fit] = []
        self.compiled_with: Any = None

    def compile(self, optimizer: Any, loss: Any, metrics: Any) -> None:
        self.compiled_with = Compiled(optimizer, loss, metrics, [weight.path for weight in self.trainable_weights])
        self.optimizer = keras.optimizers.SGD()  # quick to build, for it has no averages of every weight

    def fit(self, feed: FaceFeed, *, epochs: int, callbacks: list[keras.callbacks.Callback], **_: Any) -> Any:
        compiled = self.compiled_with
        self.fits.append(
            Fit(
                epochs,
                self.output_shape[-1],
                compiled.learning,
                (type(compiled.optimizer).__name__, json.dumps(compiled.optimizer.get_config(), default=str)),
                _learning_rates(compiled.optimizer, range(0, epochs * len(feed), len(feed))),
                compiled.loss,
                [metric.name for metric in compiled.metrics],
                [(type(callback).__name__, _watching(callback)) for callback in callbacks],
            )
        )
        history = keras.callbacks.History()
        history.epoch = list(range(epochs))
        return history


@dataclass(frozen=True)
class Compiled:
    """What a model was compiled with, and the paths of the weights that could learn then."""

    optimizer: keras.optimizers.Optimizer
    loss: keras.losses.Loss
    metrics: list[keras.metrics.Metric]
    learning: list[str]


def _learning_rates(optimizer: keras.optimizers.Optimizer, steps: Iterable[int]) -> list[float]:
    rates = []
    for step in steps:
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    return rates


def _watching(callback: keras.callbacks.Callback) -> dict[str, Any]:
    settings = "monitor", "mode", "patience", "factor"
    return {name: getattr(callback, name) for name in settings if hasattr(callback, name)}


def training(params: Params) -> Any:
    """What a tiny training leaves: its history, the model's weights and answers, and the files of its epochs."""
    head = TinyClasses() if params.target == "gender" else make_head(params, 30.0)
    with TemporaryDirectory() as folder:
        run = Run(Path(folder), params, _faces("train"), _faces("val"), head)
        run.learn()
        answered = run.predict(params.target, params.evaluate.epoch).predicted.tolist()
        files = sorted(path.name for path in Path(folder, "epochs").iterdir())
        return run.history.to_csv(), run.weights.tolist(), answered, files
