"""Losses of outputs that are a distribution over years of age, computed from logits, which can't over- or underflow."""

import keras
import numpy as np
from keras import ops


class LabelDistributionLoss(keras.losses.Loss):  # type: ignore[misc]
    """DLDL-v2: the distance from a Gaussian around the label, and that of the expected age from the label.

    Gao, Zhou, Wu and Geng, Age Estimation Using Expectation of Label Distribution Learning, IJCAI 2018: the
    Kullback-Leibler divergence of the output's softmax from the Gaussian at the years, made to add up to 1, plus
    `expectation_weight` times the absolute error of the expectation in years.

    Args:
        years: of the outputs, ascending.
        sigma: the Gaussian's width in years.
        expectation_weight: of the second term.
    """

    def __init__(self, years: range, sigma: float, expectation_weight: float) -> None:
        super().__init__(name="dldl", dtype="float32")
        self._years = np.array(years, np.float32)
        self._sigma = sigma
        self._expectation_weight = expectation_weight

    def call(self, labels: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """Ages `[n, 1]` and logits `[n, years]` -> `[n]`."""
        target = ops.log_softmax(-0.5 * ((self._years - labels) / self._sigma) ** 2, axis=-1)
        output = ops.log_softmax(logits, axis=-1)
        divergence = ops.sum(ops.exp(target) * (target - output), axis=-1)
        expected = ops.sum(ops.exp(output) * self._years, axis=-1)
        return divergence + self._expectation_weight * ops.absolute(expected - labels[:, 0])


class ThresholdsLoss(keras.losses.Loss):  # type: ignore[misc]
    """One binary cross-entropy for each threshold, "is this face older than k years?", summed over thresholds.

    Niu, Zhou, Wang, Gao and Hua, Ordinal Regression with Multiple Output CNN for Age Estimation, CVPR 2016, with all
    thresholds of equal weight. The answer to k is yes from k + 1 years on, as there; of an age between two years it is
    the fraction, so that the answers always add up to the age.

    Args:
        thresholds: in years, ascending.
    """

    def __init__(self, thresholds: range) -> None:
        super().__init__(name="crossentropy", dtype="float32")
        self._thresholds = np.array(thresholds, np.float32)

    def call(self, labels: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """Ages `[n, 1]` and logits `[n, thresholds]` -> `[n]`."""
        older = ops.clip(labels - self._thresholds, 0.0, 1.0)
        return ops.sum(ops.softplus(logits) - older * logits, axis=-1)
