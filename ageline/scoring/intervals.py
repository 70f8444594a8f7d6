"""How far a mean could move had other faces been drawn."""

import numpy as np
import numpy.typing as npt

LEVEL = 0.95


def bootstrap_interval(values: npt.ArrayLike, samples: int, seed: int) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the mean of `values`, `[n]`.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13: the mean of `samples` draws of n values
    with replacement, between its 2.5% and 97.5% quantiles. It tells of the choice of test faces only, not of how a
    training with another seed would differ. One draw is in memory at a time.
    """
    drawn_from = np.asarray(values, np.float64)
    generator = np.random.default_rng(seed)
    count = len(drawn_from)
    means = [drawn_from[generator.integers(0, count, count)].mean() for _ in range(samples)]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
