"""Heads: how a network's features become an age or a gender, what they are trained on, and what they answer.

The output that is trained on is kept apart from the answers of the finished model: a distribution is trained from its
logits, where the loss is exact, and answers years.
"""

from typing import Protocol

import keras

from ageline.params import Params

REGRESSION_LOSSES = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "huber": keras.losses.Huber,  # squared below an error of 1 year, absolute above
}


class Head(Protocol):
    """The last layer of a model, its loss, its metric, and what the finished model answers. All of it is float32."""

    def output(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Features `[n, m]` -> what training compares with labels `[n, 1]`."""

    def loss(self) -> keras.losses.Loss:
        """The loss of labels and output."""

    def metric(self) -> keras.metrics.Metric:
        """What is followed while training: `mae` in years, or `accuracy`."""

    def answers(self, output: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """The answers of the finished model by name: `age` `[n, 1]` in years, or `gender` `[n, 2]`, and more."""


def make_head(params: Params, mean_age: float) -> Head:
    """The head that `model.top.head` names.

    Args:
        params: the whole of params.yaml; `ingest.ages` are the years that a distribution covers.
        mean_age: of the training faces, in years: about what an untrained model answers.
    """
    return Regression(params, mean_age)


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
