"""Age bins: which ages are judged together, and what they are called."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

ENOUGH = 50  # faces: between bins and groups of fewer, chance alone makes gaps that look like differences
UNKNOWN = "unknown"  # of faces without an age, which a set labelled with genders may hold


def first_ages(age_bins: Sequence[float]) -> list[float]:
    """The first age in years of each bin; one from 0 is put before `age_bins` where they start later.

    So every face has a bin, and none is left out of a table in silence.
    """
    return [*([0.0] if age_bins[0] > 0 else []), *age_bins]


def bin_labels(age_bins: Sequence[float]) -> list[str]:
    """What each bin is called: "18-24" holds the ages from 18 to before 25; the last bin, "70+", has no end."""
    first = first_ages(age_bins)
    closed = [_label(low, high) for low, high in pairwise(first)]
    return [*closed, f"{first[-1]:g}+"]


def bin_numbers(ages: npt.ArrayLike, age_bins: Sequence[float]) -> npt.NDArray[np.intp]:
    """The position of each age's bin in `bin_labels`."""
    return np.searchsorted(np.asarray(first_ages(age_bins)), np.asarray(ages, np.float64), side="right") - 1


def faces_by_bin(ages: npt.ArrayLike, age_bins: Sequence[float]) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """What each bin is called and which faces are in it, `[n]`, youngest first, bins without faces included.

    Faces whose age is not known, NaN, come last as "unknown", where there are any.
    """
    known = ~np.isnan(np.asarray(ages, np.float64))
    numbers = bin_numbers(ages, age_bins)
    bins = [(label, known & (numbers == position)) for position, label in enumerate(bin_labels(age_bins))]
    return bins if known.all() else [*bins, (UNKNOWN, ~known)]


def _label(low: float, high: float) -> str:
    """The ages from `low` to before `high`, by the whole years people give as their age."""
    if low % 1 or high % 1:
        return f"{low:g} to under {high:g}"
    return f"{low:g}" if high - low == 1 else f"{low:g}-{high - 1:g}"
