"""How far a mean, or a share, could move had other faces been drawn.

Both kinds tell of the choice of test faces only, not of how a training with another seed would differ, and take faces
for drawn one by one: several of one person tell less than as many people would.
"""

from collections.abc import Callable
from math import nan, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
_DEVIATIONS = NormalDist().inv_cdf((1 + LEVEL) / 2)


def bootstrap_interval(values: npt.ArrayLike, samples: int, seed: int) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the mean of `values`, `[n]`.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13: the mean of `samples` draws of n values
    with replacement, between its 2.5% and 97.5% quantiles. One draw is in memory at a time.
    """
    drawn_from = np.asarray(values, np.float64)
    generator = np.random.default_rng(seed)
    count = len(drawn_from)
    means = [drawn_from[generator.integers(0, count, count)].mean() for _ in range(samples)]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """The 95% interval of the share `hits` / `count`.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference". Where all of few faces are
    right, which is what an accurate model makes of a small age bin, the bootstrap draws nothing but right ones and says
    "1, for certain"; of 5 out of 5, this says 0.57 to 1. Brown, Cai and DasGupta (2001), "Interval estimation for a
    binomial proportion", recommend it for few.
    """
    share, square = hits / count, _DEVIATIONS**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = _DEVIATIONS / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def clopper_pearson_interval(hits: int, count: int) -> tuple[float, float]:
    """The exact 95% interval of the share `hits` / `count`, which holds the share at least 95% of the time.

    Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial".
    Wilson's is narrower and right on average; where a share near 0 is a risk, the wider one is what to be held to.
    """
    from scipy.stats import binomtest  # takes over a second to import, which nobody but evaluation should wait for

    low, high = binomtest(hits, count).proportion_ci(confidence_level=LEVEL, method="exact")
    return float(low), float(high)


def share_columns(
    name: str, hits: int, count: int, interval: Callable[[int, int], tuple[float, float]]
) -> dict[str, float]:
    """The share `hits` / `count` as columns `name`, `name`_low and `name`_high; NaN where `count` is 0."""
    low, high = interval(hits, count) if count else (nan, nan)
    return {name: hits / count if count else nan, f"{name}_low": low, f"{name}_high": high}
