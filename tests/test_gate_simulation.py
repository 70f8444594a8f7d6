"""The gate's two promises, kept in simulated pull requests: how often noise is stopped, and how often a loss is.

Signed errors of both models are normal and correlate by 0.6; the mae of 5.3 years is the best published on APPA-REAL's
test fold. benchmarks/gate.py prints other sizes, errors and losses.
"""

from math import pi, sqrt

import numpy as np
import pytest

from ageline.gate.metrics import Score
from ageline.gate.predictions import Answers
from ageline.gate.runs import Run
from ageline.gate.verdict import Status, Verdict, judge

MAE, CORRELATION, LIMIT = 5.3, 0.6, 8.0


def models(count: int, loss: float, generator: np.random.Generator) -> tuple[Run, Run]:
    """The base's run and that of a model whose true mae is `loss` years higher, on `count` faces of all ages."""
    covariance = [[1, CORRELATION], [CORRELATION, 1]]
    errors = generator.multivariate_normal([0, 0], covariance, count) * sqrt(pi / 2) * [MAE, MAE + loss]
    labels = {f"face{number}": float(age) for number, age in enumerate(generator.integers(0, 81, count))}
    base, here = (
        Run(Score(float(distances.mean())), Answers(labels, dict(zip(labels, distances.tolist(), strict=True))))
        for distances in np.abs(errors).T
    )
    return base, here


@pytest.fixture
def stopped(make_params):
    """The share of pull requests that the whole gate stops: stopped(faces, loss, times)."""
    params = make_params({"gate.limit": LIMIT, "evaluate.bootstrap.samples": 400})

    def simulate(count: int, loss: float, times: int) -> float:
        generator = np.random.default_rng(7)

        def verdict() -> Verdict:
            base, here = models(count, loss, generator)
            return judge(here, base, params.gate, params.evaluate, base_name="main")

        return sum(verdict().status is Status.REFUSED for _ in range(times)) / times

    return simulate


@pytest.mark.parametrize(("count", "times"), [(60, 400), (400, 200), (1500, 100)])
def test_no_true_change_is_stopped_at_most_5_percent_of_the_time(stopped, count, times):
    assert stopped(count, 0.0, times) <= 0.05


def test_a_true_loss_of_half_a_year_is_caught_at_least_90_percent_of_the_time(stopped):
    assert stopped(1500, 0.5, 200) >= 0.90


def test_a_loss_within_the_tolerance_is_seldom_stopped(stopped):
    assert stopped(1500, 0.1, 100) <= 0.05
