"""From a distribution over years of age to one age.

A distribution is held as its exceedance: the probability of being older than each year but the last, `P(age > year)`.
An age in whole years is taken as spread over half a year on either side, so that a person who is surely 30 has the
median 30. All of it is plain Keras operations, for arrays and for the graph of a model.
"""

from typing import Literal

import keras
from keras import ops

_TIE = 1e-7  # of a year in which exceedance is one half throughout, half counts: the median is in the middle of such


def exceedance_of(distribution: keras.KerasTensor) -> keras.KerasTensor:
    """Probabilities of each year, `[n, years]`, that add up to 1 -> their exceedance, `[n, years - 1]`."""
    return 1.0 - ops.cumsum(distribution, axis=-1)[:, :-1]


def distribution_of(exceedance: keras.KerasTensor) -> keras.KerasTensor:
    """Exceedance, `[n, years - 1]` -> the probability of each year, `[n, years]`.

    Thresholds that are learned one by one may rise from one year to the next, which no exceedance does. They are put in
    falling order, which is nearer to the true one (Chernozhukov, Fernandez-Val and Galichon 2010, "Quantile and
    probability curves without crossing", Econometrica 78).
    """
    falling = -ops.sort(-exceedance, axis=-1)
    first = ops.pad(falling, ((0, 0), (1, 0)), constant_values=1.0)
    return first - ops.pad(falling, ((0, 0), (0, 1)), constant_values=0.0)


def spread_of(distribution: keras.KerasTensor) -> keras.KerasTensor:
    """The standard deviation in years, `[n, 1]`, of probabilities of each year, `[n, years]`."""
    years = ops.arange(distribution.shape[-1], dtype=distribution.dtype)
    mean = ops.sum(distribution * years, axis=-1, keepdims=True)
    return ops.sqrt(ops.sum(distribution * ops.square(mean - years), axis=-1, keepdims=True))


def age_of(exceedance: keras.KerasTensor, lowest: int, answer: Literal["median", "mean"]) -> keras.KerasTensor:
    """The median or the mean age.

    Args:
        exceedance: `[n, years - 1]`.
        lowest: the first year.
        answer: which of the two.

    Returns:
        Years, `[n, 1]`.
    """
    if answer == "mean":
        return ops.sum(exceedance, axis=-1, keepdims=True) + lowest
    return _median(exceedance, lowest)


def _median(exceedance: keras.KerasTensor, lowest: int) -> keras.KerasTensor:
    """How many years of life are exceeded with more than one half, the last one in part, by linear interpolation.

    Where exceedance only falls, as it should, this is the median by linear interpolation of the cumulative
    distribution. Thresholds that are learned one by one may also rise; then it is their count, and still continuous.
    """
    first = ops.pad(exceedance, ((0, 0), (1, 0)), constant_values=1.0) - 0.5  # at the beginning of each year
    last = ops.pad(exceedance, ((0, 0), (0, 1)), constant_values=0.0) - 0.5  # at its end
    above = ops.relu(first) + ops.relu(last) + _TIE
    years = above / (ops.absolute(first) + ops.absolute(last) + 2 * _TIE)
    return ops.sum(years, axis=-1, keepdims=True) + (lowest - 0.5)
