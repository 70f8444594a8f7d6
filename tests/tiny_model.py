"""A model small enough to reason about: it answers an age from the brightness of a face."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import keras
import numpy as np
import pandas as pd

from ageline.model.face_model import finished_model
from ageline.params import Params
from ageline.store.faceset import FaceSet
from ageline.training.checkpoints import load_epoch
from ageline.training.cost import Stopwatch
from ageline.training.feed import training_feed, validation_feed
from ageline.training.history import Record
from ageline.training.learning import learn
from ageline.training.prediction import predict
from ageline.training.scratch import Scratch

# Plain gradient descent at one rate, in one phase of 4 epochs, on faces that nothing augments.
PLAIN: dict[str, object] = {
    "train.optimizer": {
        "name": "sgd",
        "learning_rate": 0.01,
        "momentum": 0.0,
        "weight_decay": None,
        "schedule": "constant",
        "warmup": 0,
        "step_every": None,
        "step_factor": 0.1,
        "global_clipnorm": None,
        "ema": None,
    },
    "train.phases.fine_tune.epochs": 4,
    "train.batch_size": 8,
}


def sgd(learning_rate: float, **changes: object) -> dict[str, object]:
    """PLAIN with another learning rate and other keys of the optimizer."""
    optimizer: Any = PLAIN["train.optimizer"]
    return PLAIN | {"train.optimizer": optimizer | {"learning_rate": learning_rate} | changes}


class TinyHead:
    """The regression that it takes to test training: its loss is the error that it measures."""

    def __init__(self, activation: str = "linear", bias: float = 0.0) -> None:
        self._activation, self._bias = activation, bias

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Dense(
            1, self._activation, kernel_initializer="ones", bias_initializer=keras.initializers.Constant(self._bias)
        )(features)

    def loss(self) -> keras.losses.Loss:
        return keras.losses.MeanAbsoluteError()

    def metric(self) -> keras.metrics.Metric:
        return keras.metrics.MeanAbsoluteError(name="mae")

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        return {"age": output}


class TinyClasses(TinyHead):
    """Two classes that a TinyHead's number decides between."""

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Dense(2, "softmax", kernel_initializer="zeros")(features)

    def loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy()

    def metric(self) -> keras.metrics.Metric:
        return keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        return {"gender": output}


def tiny_model(head: Any = None, size: int = 8, convolutions: Sequence[str] = ("conv",)) -> keras.Model:
    """uint8 `[n, size, size, 3]` -> brightness 0..1 -> a backbone that passes it on -> its three means -> head."""
    keras.utils.set_random_seed(1)
    pixels = x = keras.Input((None, None, 3))
    for name in convolutions:
        x = keras.layers.Conv2D(3, 1, use_bias=False, name=name)(x)
    backbone = keras.Model(pixels, x, name="backbone")
    backbone.set_weights([np.eye(3)[None, None]] * len(convolutions))
    photo = keras.Input((size, size, 3), dtype="uint8")
    features = keras.layers.GlobalAveragePooling2D()(backbone(keras.layers.Rescaling(1 / 255)(photo)))
    return keras.Model(photo, (head or TinyHead()).output(features))


class Run:
    """A training of a tiny model in a folder: what it wrote and what became of the model.

    Its scratch is its own, unless it is given one to go on from.
    """

    def __init__(
        self,
        folder: Path,
        params: Params,
        train: FaceSet,
        val: FaceSet,
        head: TinyHead | None = None,
        scratch: Path | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.scratch = Scratch(scratch or Path(mkdtemp(dir=folder)))
        self.folder, self.params, self.train, self.val = folder, params, train, val
        self.head = head or TinyHead()
        self.model = tiny_model(self.head)

    def learn(self, copies: FaceSet | None = None) -> Stopwatch:
        record = Record(self.folder / "history.csv", self.folder / "epochs", self.head.metric().name)
        nobody = FaceSet(self.train.manifest.iloc[:0], ())
        train_feed = training_feed(self.train, copies or nobody, self.params)
        val_feed = validation_feed(self.val, self.params)
        return learn(self.model, self.head, train_feed, val_feed, self.params, record, self.scratch)

    @property
    def history(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "history.csv")

    @property
    def weights(self) -> np.ndarray:
        """All weights of the model in a row."""
        return np.concatenate([np.ravel(weight) for weight in self.model.get_weights()])

    def weights_of_epoch(self, epoch: int) -> list[np.ndarray]:
        """The convolution's kernel, the dense kernel and bias of a kept epoch."""
        other = finished_model(tiny_model(self.head), self.head)
        load_epoch(other, self.folder / "epochs", epoch)
        return other.get_weights()

    def predict(self, target: str, epoch: int | None = None) -> pd.DataFrame:
        """What the model answers for the validation faces, or what it answered after an epoch."""
        model = finished_model(self.model, self.head)
        if epoch is not None:
            model = finished_model(tiny_model(self.head), self.head)
            load_epoch(model, self.folder / "epochs", epoch)
        return predict(model, self.val, target, 8)
