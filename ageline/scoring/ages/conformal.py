"""Intervals of age that hold the true age of a chosen share of faces, calibrated on the validation fold.

Split-conformal (Papadopoulos et al. 2002; Lei et al. 2018, "Distribution-free predictive inference for regression"),
by predicted age (Mondrian: Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world"). With e the
predicted minus the true age of a validation face, its score is abs(e) / std where the head tells its spread, else
abs(e). Of n scores, q is the one of rank ceil((n + 1) * level) from below. The interval of a new face is predicted
-+ q * std, or predicted -+ q. If the new face and the n are drawn alike, it holds the true age with a chance of at
least `level`, and of at most `level` + 1 / (n + 1) where no scores are equal, whatever the model.

The n are validation faces predicted about as old: those of the same age bin, where they and the new face are 100. A bin
with fewer is joined with a neighbour, the one with fewer faces, until all have 100 or one is left. By its predicted age
each face belongs to one such group and is held against that group alone, so the promise is kept in each. It would not
be if bins with few faces borrowed the scores of all: they are mostly the oldest, whose errors are the largest.

Training may have chosen its epoch by the validation fold, whose errors are then a little smaller than a new face's. The
coverage on the test fold (`ageline.scoring.ages.coverage`) shows what that, or any other difference, comes to.

crepes and MAPIE do the like; docs/decisions/0013 says why neither is here.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.scoring.ages.predictions import errors
from ageline.scoring.bins import bin_labels
from ageline.scoring.reach import Reach, bins_by_prediction, scale_of

# Faces behind an interval, the new one among them. With their choice its coverage at 0.9 moves by 3 points (one sd).
FEWEST = 100

_Numbers = npt.NDArray[np.float64]
_Positions = npt.NDArray[np.intp]


class Calibration(NamedTuple):
    """The validation faces, from which intervals of any level follow.

    Attributes:
        validation: a checked predictions table; its column std, where it has one, scales scores and intervals.
        age_bins: the first age in years of each bin.
    """

    validation: pd.DataFrame
    age_bins: Sequence[float]

    def intervals(self, predictions: pd.DataFrame, level: float) -> pd.DataFrame:
        """The interval of each face, columns low and high in years, from 0, with the index of `predictions`.

        NaN, for all faces, where the validation faces are too few for `level`, between 0 and 1; `shortage` says so.

        Raises:
            ValueError: the validation faces have a std and `predictions` have none.
        """
        if self.shortage(level):
            return pd.DataFrame({"low": np.nan, "high": np.nan}, index=predictions.index, dtype=np.float64)
        std = predictions["std"].to_numpy(np.float64) if "std" in predictions else None
        low, high = self.reach(level).ends(predictions.predicted.to_numpy(np.float64), std)
        return pd.DataFrame({"low": low, "high": high}, index=predictions.index)

    def reach(self, level: float) -> Reach:
        """How far intervals of `level` reach; of no use where there is a shortage."""
        return Reach(level, self.age_bins, tuple(self._quantiles(level).tolist()), "std" in self.validation)

    def calibrated_on(self, predictions: pd.DataFrame, level: float) -> pd.Series:
        """The validation faces behind the interval of each face, with the index of `predictions`."""
        counts = self._members(level).sum(axis=1)[bins_by_prediction(predictions.predicted, self.age_bins)]
        return pd.Series(counts, predictions.index, name="calibrated_on")

    def groups(self, predictions: pd.DataFrame, level: float) -> pd.Series:
        """What stands for the validation faces behind the interval of each face: alike for faces that share them."""
        firsts = np.array([first for first, _ in self._spans(level)])
        groups = firsts[bins_by_prediction(predictions.predicted, self.age_bins)]
        return pd.Series(groups, predictions.index, name="group")

    def shortage(self, level: float) -> str | None:
        """A sentence where the validation faces are too few for intervals of `level`, else None."""
        needed, count = faces_needed(level), len(self.validation)
        if count >= needed:
            return None
        return (
            f"No intervals of age: at a level of {level:g} they take {needed:,} validation faces, and there are"
            f" {count:,}. Give the validation fold more faces, or lower evaluate.interval."
        )

    def _quantiles(self, level: float) -> _Numbers:
        """The score of rank ceil((n + 1) * level) among the n behind each bin, `[bins]`."""
        scores = errors(self.validation).abs().to_numpy()
        if "std" in self.validation:
            scores = scores / scale_of(self.validation["std"])
        return np.array([np.sort(scores[members])[rank(members.sum(), level) - 1] for members in self._members(level)])

    def _members(self, level: float) -> npt.NDArray[np.bool_]:
        """Which validation faces are behind each bin, `[bins, n]`."""
        bins = bins_by_prediction(self.validation.predicted, self.age_bins)
        return np.array([(bins >= first) & (bins < end) for first, end in self._spans(level)])

    def _spans(self, level: float) -> list[tuple[int, int]]:
        bins, count = bins_by_prediction(self.validation.predicted, self.age_bins), len(bin_labels(self.age_bins))
        return spans_of_bins(np.bincount(bins, minlength=count), max(FEWEST, faces_needed(level) + 1))


def calibrate(validation: pd.DataFrame, age_bins: Sequence[float]) -> Calibration:
    """Take a checked predictions table of the validation fold, which may be empty, for calibration by `age_bins`."""
    return Calibration(validation.reset_index(drop=True), tuple(age_bins))


def rank(count: int, level: float) -> int:
    """ceil((count + 1) * level), of the decimal number written: 100 * 0.55 is 55.00000000000001 in binary."""
    return ceil((int(count) + 1) * Fraction(str(level)))


def faces_needed(level: float) -> int:
    """The fewest validation faces n for which rank(n, level) is no more than n."""
    share = Fraction(str(level))
    return ceil(share / (1 - share))


def spans_of_bins(counts: npt.NDArray[np.int_], fewest: int) -> list[tuple[int, int]]:
    """The bins, from first to before end, whose validation faces stand behind each bin.

    Args:
        counts: of validation faces, `[bins]`.
        fewest: of them and the new face together, where there are as many.
    """
    # How bins are joined then depends on the n + 1 faces only as a set, in which the new one is like any other. Were it
    # not counted, a validation face could be told from it by the joining, and the promise would hold but nearly.
    places = np.arange(len(counts))
    joined = (_join(counts + (places == place), fewest) for place in places)
    return [next(span for span in spans if span[0] <= place < span[1]) for place, spans in enumerate(joined)]


def _join(counts: npt.NDArray[np.int_], fewest: int) -> list[tuple[int, int]]:
    """Neighbouring bins, joined until each span of them has `fewest` faces, or one span is left."""
    spans = [(place, place + 1) for place in range(len(counts))]
    while len(spans) > 1:
        sizes = [int(counts[first:end].sum()) for first, end in spans]
        thin = int(np.argmin(sizes))
        if sizes[thin] >= fewest:
            break
        other = min((place for place in (thin - 1, thin + 1) if 0 <= place < len(spans)), key=sizes.__getitem__)
        left = min(thin, other)
        spans[left : left + 2] = [(spans[left][0], spans[left + 1][1])]
    return spans
