"""From predicted ages to their intervals, with what calibration found: arithmetic that needs numpy alone.

`ageline.scoring.ages.conformal` finds the reach of each bin on the validation faces; evaluation and every later
prediction then do the same with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ageline.scoring.bins import bin_numbers

DECIMALS = 4  # of ages and of the ends of intervals
# Years, of std: the standard deviation of an age known in whole years, 1 / sqrt(12). No head can know better, and where
# it says 0 the score would be infinite. Any floor keeps the promise, since it is the same for all faces.
FLOOR = 0.29

_Numbers = npt.NDArray[np.float64]


class Reach(NamedTuple):
    """How far the interval of a face reaches to either side of its predicted age.

    Attributes:
        level: share of faces whose interval should hold their true age.
        age_bins: the first age in years of each bin, by predicted age.
        of_bins: for each bin, youngest first: in years, or in multiples of std where `scaled`.
        scaled: whether the model tells the spread of each age.
    """

    level: float
    age_bins: Sequence[float]
    of_bins: Sequence[float]
    scaled: bool

    def ends(self, predicted: _Numbers, std: _Numbers | None = None) -> tuple[_Numbers, _Numbers]:
        """The lower and upper end of each interval, `[n]` each, in years from 0, to 4 decimals.

        Args:
            predicted: years, `[n]`, to 4 decimals.
            std: years, `[n]`, to 4 decimals; needed where `scaled`.

        Raises:
            ValueError: it is scaled and `std` is not given.
        """
        reach = np.asarray(self.of_bins, np.float64)[bins_by_prediction(predicted, self.age_bins)]
        if self.scaled:
            if std is None:
                raise ValueError("the intervals are scaled by std, and the faces to be given some have none")
            reach = reach * scale_of(std)
        return _outward(predicted - reach, np.floor), _outward(predicted + reach, np.ceil)


def bins_by_prediction(predicted: npt.ArrayLike, age_bins: Sequence[float]) -> npt.NDArray[np.intp]:
    """The position of each face's bin by predicted age, `[n]`; a predicted age below 0 is in the first."""
    return np.maximum(bin_numbers(predicted, age_bins), 0)


def scale_of(std: npt.ArrayLike) -> _Numbers:
    """By what the error of each face is divided, `[n]`, where the model tells the spread of each age."""
    scales: _Numbers = np.maximum(np.asarray(std, np.float64), FLOOR)
    return scales


def _outward(ends: _Numbers, towards: np.ufunc) -> _Numbers:
    """Ends of intervals, from 0 years, on the 4 decimals of all ages: away from the predicted age, so none is lost.

    First to 9 decimals: 8.3 + 5 may be 13.300000000000001, which is 13.3, not 13.3001.
    """
    years: _Numbers = np.maximum(towards((ends * 10**DECIMALS).round(5)) / 10**DECIMALS, 0.0)
    return years + 0.0  # which turns -0.0, as a CSV would show it, into 0.0
