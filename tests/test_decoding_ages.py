"""Ages out of distributions over years."""

import numpy as np
import pytest
from keras import ops

from ageline.model.decoding import age_of, distribution_of, exceedance_of, spread_of


def decoded(distribution: list[float], lowest: int, answer: str) -> float:
    exceedance = exceedance_of(ops.convert_to_tensor([distribution], "float32"))
    return float(age_of(exceedance, lowest, answer)[0, 0])


@pytest.mark.parametrize("answer", ["median", "mean"])
@pytest.mark.parametrize("age", [0, 1, 30, 120])
def test_who_is_surely_of_an_age_is_of_that_age(age, answer):
    assert decoded([float(year == age) for year in range(121)], 0, answer) == pytest.approx(age, abs=1e-4)


def test_the_mean_is_the_expectation_and_the_median_is_interpolated():
    # Six tenths lie between 9.5 and 10.5 years: one half is reached five sixths of the way.
    assert decoded([0.6, 0.3, 0.1], 10, "mean") == pytest.approx(10.5, abs=1e-5)
    assert decoded([0.6, 0.3, 0.1], 10, "median") == pytest.approx(9.5 + 5 / 6, abs=1e-5)


def test_the_median_of_two_equal_halves_is_in_the_middle():
    halves = [0.5 if year in (20, 40) else 0.0 for year in range(121)]
    assert decoded(halves, 0, "median") == pytest.approx(30, abs=1e-4)
    assert decoded(halves, 0, "mean") == pytest.approx(30, abs=1e-4)


def test_of_thresholds_that_contradict_each_other_the_median_is_the_count():
    surely = ops.convert_to_tensor([[1.0, 1.0, 0.0, 1.0, 0.0, 0.0]])  # older than 0, 1 and 3, but not than 2
    assert float(age_of(surely, 0, "median")[0, 0]) == pytest.approx(3, abs=1e-4)
    assert float(age_of(surely, 0, "mean")[0, 0]) == pytest.approx(3, abs=1e-4)


def test_many_are_decoded_at_once():
    exceedance = ops.convert_to_tensor([[1.0, 0.0], [0.0, 0.0], [0.5, 0.25]])
    np.testing.assert_allclose(age_of(exceedance, 5, "mean"), [[6], [5], [5.75]])
    np.testing.assert_allclose(age_of(exceedance, 5, "median"), [[6], [5], [5.5]], atol=1e-4)


def test_the_spread_is_the_standard_deviation_of_the_distribution():
    # Means 1, 1, 1 and 10; squared distances 0, 0.5 * 1 + 0.5 * 1, and 0.25 * 1 + 0.5 * 0 + 0.25 * 1.
    distributions = ops.convert_to_tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.25, 0.5, 0.25]])
    np.testing.assert_allclose(spread_of(distributions), [[0], [1], [0.5**0.5]], atol=1e-6)
    numpys = np.random.default_rng(1).dirichlet(np.ones(121))
    years = np.random.default_rng(2).choice(121, 200_000, p=numpys)
    assert float(spread_of(ops.convert_to_tensor(numpys[None]))[0, 0]) == pytest.approx(years.std(), rel=0.01)


def test_thresholds_become_a_distribution_also_where_they_contradict_each_other():
    np.testing.assert_allclose(distribution_of(ops.convert_to_tensor([[0.75, 0.5]])), [[0.25, 0.25, 0.5]])
    np.testing.assert_allclose(distribution_of(ops.convert_to_tensor([[0.5, 0.75]])), [[0.25, 0.25, 0.5]])
    given = ops.convert_to_tensor(np.random.default_rng(1).dirichlet(np.ones(20), 5))
    np.testing.assert_allclose(distribution_of(exceedance_of(given)), given, atol=1e-6)
