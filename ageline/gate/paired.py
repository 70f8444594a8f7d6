"""How sure it is that one model is worse than another on the same faces.

A hard photo is hard for both models. What their errors share cancels in the difference of each face, so the mean
difference moves less with the choice of faces than either model's own mean does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import numpy.typing as npt

from ageline.params import Bootstrap

LEVEL = 0.95  # of confidence, on one side: a model that is better is no reason against it
RISK = 1 - LEVEL
DECIMALS = 6  # of a comparison: 8.09 + 0.10 is 8.19, also in binary
_AT_ONCE = 2**20  # faces drawn at a time: 8 MB


@dataclass(frozen=True)
class Paired:
    """Two models on the same faces.

    Attributes:
        n: faces.
        base, here: mean distance of the answers from the labels: years, or the share of mistakes.
        worse_by: `here` less `base`; below 0 where the model is better.
        at_least: that it is worse by, with 95% confidence.
        p: how likely so bad a difference, or a worse one, would be of a model that is worse by just the tolerance.
    """

    n: int
    base: float
    here: float
    worse_by: float
    at_least: float
    p: float


def compare_paired(base: npt.ArrayLike, here: npt.ArrayLike, tolerance: float, bootstrap: Bootstrap) -> Paired:
    """The two models' distances on the same faces, `[n]` each, and how sure it is that they differ by over `tolerance`.

    The paired, one-sided percentile bootstrap: the mean difference of `bootstrap.samples` draws of n faces with
    replacement. p is the share of draws at or below the tolerance, 1 added to both counts; at_least exceeds the
    tolerance exactly where p is at most 0.05. Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters
    13 and 16; Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2, for the 1.
    """
    first, second = np.asarray(base, np.float64), np.asarray(here, np.float64)
    means = np.sort(np.concatenate(list(_means(second - first, bootstrap))).round(DECIMALS))
    rank = max(floor(RISK * (bootstrap.samples + 1) + 1e-9), 1)  # 0.05 is a little more in binary, and 1.0 could be 0.9
    return Paired(
        n=len(first),
        base=float(first.mean()),
        here=float(second.mean()),
        worse_by=float((second - first).mean().round(DECIMALS)),
        at_least=float(means[rank - 1]),
        p=(1 + int((means <= tolerance).sum())) / (bootstrap.samples + 1),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p adjusted for there being several: whoever takes those of at most 0.05 errs in any of them 5% of the time.

    Holm (1979), "A simple sequentially rejective multiple test procedure". However the tests depend on each other.
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return adjusted


def _means(differences: npt.NDArray[np.float64], bootstrap: Bootstrap) -> Iterator[npt.NDArray[np.float64]]:
    """The mean of each draw, some draws at a time."""
    generator = np.random.default_rng(bootstrap.seed)
    count, left = len(differences), bootstrap.samples
    while left:
        draws = min(left, max(1, _AT_ONCE // count))
        yield differences[generator.integers(0, count, (draws, count))].mean(axis=1)
        left -= draws
