"""Heads: how a network's features become an age or a gender, what they are trained on, and what they answer.

The output that is trained on is kept apart from the answers of the finished model: all but regression is trained from
logits, where a loss is exact, and answers probabilities and years. All of it is float32, whatever the network is.
"""

import math
from typing import Protocol

import keras
import numpy as np
from keras import ops

from ageline.model.decoding import age_of, distribution_of, exceedance_of, spread_of
from ageline.model.losses import LabelDistributionLoss, ThresholdsLoss
from ageline.params import Params
from ageline.store.manifest import GENDERS

FIRST_SPREAD = 15.0  # years: standard deviation of what an untrained distribution answers

REGRESSION_LOSSES = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "huber": keras.losses.Huber,  # squared up to an error of 1 year, linear beyond
}


class Head(Protocol):
    """The last layer of a model, its loss, its metric, and what the finished model answers."""

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Features `[n, m]` -> what training compares with labels `[n, 1]`."""

    def loss(self) -> keras.losses.Loss:
        """The loss of labels and output."""

    def metric(self) -> keras.metrics.Metric:
        """What is followed while training: `mae` in years, or `accuracy`."""

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """The answers of the finished model by name: `age` `[n, 1]` in years, or `gender` `[n, 2]`, and more.

        A head that knows how sure it is of an age also answers its standard deviation, `std` `[n, 1]` in years.
        """


def make_head(params: Params, mean_age: float) -> Head:
    """The head that `model.top.head` names.

    Args:
        params: the whole of params.yaml; `ingest.ages` are the years that a distribution covers.
        mean_age: of the training faces, in years: about what an untrained model answers; no matter to head classes.
    """
    match params.model.top.head:
        case "regression":
            return Regression(params, mean_age)
        case "distribution":
            return Distribution(params, mean_age)
        case "ordinal":
            return Ordinal(params, mean_age)
        case "classes":
            return Classes()


class Regression:
    """One output: the age in years."""

    def __init__(self, params: Params, mean_age: float) -> None:
        self._activation = params.model.top.output_activation
        self._bias = mean_age if params.model.top.output_bias == "mean" else 0.0
        self._loss = params.train.loss

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        # A relu that starts below zero never learns: a published run stayed at age 0 for good. Starting at the mean
        # age keeps it alive and spares the epochs in which the network only learns that people are not newborn.
        bias = keras.initializers.Constant(self._bias)
        return keras.layers.Dense(1, self._activation, bias_initializer=bias, name="age", dtype="float32")(features)

    def loss(self) -> keras.losses.Loss:
        return REGRESSION_LOSSES[self._loss]()

    def metric(self) -> keras.metrics.Metric:
        return keras.metrics.MeanAbsoluteError(name="mae")

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        return {"age": output}


class Distribution:
    """A probability for each year of `ingest.ages`; trained on a Gaussian around the label (DLDL-v2)."""

    def __init__(self, params: Params, mean_age: float) -> None:
        self._years = _years(params)
        self._mean_age = mean_age
        self._dldl = params.train.dldl
        self._answer = params.model.top.answer

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        first = -0.5 * ((np.array(self._years) - self._mean_age) / FIRST_SPREAD) ** 2
        return _logits(features, "year_logits", first)

    def loss(self) -> keras.losses.Loss:
        return LabelDistributionLoss(self._years, self._dldl.sigma, self._dldl.expectation_weight)

    def metric(self) -> keras.metrics.Metric:
        return _mae_of(self)

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        distribution = ops.softmax(output, axis=-1)
        age = age_of(exceedance_of(distribution), self._years[0], self._answer)
        return {"age": age, "std": spread_of(distribution), "distribution": distribution}


class Ordinal:
    """For each year of `ingest.ages` but the last, the probability of being older (OR-CNN)."""

    def __init__(self, params: Params, mean_age: float) -> None:
        self._thresholds = _years(params)[:-1]
        self._mean_age = mean_age
        self._answer = params.model.top.answer

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        # A logistic distribution, whose exceedance has a straight line of logits.
        scale = FIRST_SPREAD * math.sqrt(3) / math.pi
        first = (self._mean_age - np.array(self._thresholds) - 0.5) / scale
        return _logits(features, "older_logits", first)

    def loss(self) -> keras.losses.Loss:
        return ThresholdsLoss(self._thresholds)

    def metric(self) -> keras.metrics.Metric:
        return _mae_of(self)

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        exceedance = ops.sigmoid(output)
        age = age_of(exceedance, self._thresholds[0], self._answer)
        return {"age": age, "std": spread_of(distribution_of(exceedance)), "exceedance": exceedance}


class Classes:
    """A probability for each gender, in the order of `ageline.store.manifest.GENDERS`."""

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return _logits(features, "gender_logits", np.zeros(len(GENDERS)))

    def loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="crossentropy")

    def metric(self) -> keras.metrics.Metric:
        return keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        return {"gender": ops.softmax(output, axis=-1)}


def _years(params: Params) -> range:
    lowest, highest = params.ingest.ages
    return range(math.floor(lowest), math.ceil(highest) + 1)


def _logits(features: keras.KerasTensor, name: str, first: np.ndarray) -> keras.KerasTensor:
    """A dense layer that answers about `first` before it is trained."""
    dense = keras.layers.Dense(len(first), name=name, dtype="float32")
    logits = dense(features)
    dense.bias.assign(first)  # not by an initializer of our own, which a saved model would name and not find
    return logits


def _mae_of(head: Head) -> keras.metrics.Metric:
    def error(labels: keras.KerasTensor, output: keras.KerasTensor) -> keras.KerasTensor:
        return ops.absolute(labels - head.answers(output)["age"])

    return keras.metrics.MeanMetricWrapper(error, name="mae")
