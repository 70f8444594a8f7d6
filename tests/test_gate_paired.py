"""How sure it is that one model is worse, by hand where that can be done."""

import numpy as np
import pytest
from scipy.stats import norm

from ageline.gate.paired import compare_paired, holm
from ageline.params import Bootstrap

THOUSANDS = Bootstrap(samples=20_000, seed=1)


def test_a_difference_that_every_face_shares_is_certain():
    pair = compare_paired([1.0, 5.0, 9.0], [1.5, 5.5, 9.5], 0.1, Bootstrap(samples=999, seed=1))
    assert (pair.n, pair.base, pair.here, pair.worse_by, pair.at_least) == (3, 5.0, 5.5, 0.5, 0.5)
    assert pair.p == 1 / 1000  # of no draw, and the 1 that keeps p from saying "never"


def test_the_tolerance_itself_is_still_within():
    assert 6.4 - 6.3 > 0.1  # in binary
    assert compare_paired([6.3, 6.3], [6.4, 6.4], 0.1, THOUSANDS).p == 1.0


def test_two_faces_can_be_drawn_in_four_ways():
    pair = compare_paired([0.0, 0.0], [1.0, -1.0], 0.5, THOUSANDS)  # means 1, 0, 0 and -1: one in four is above 0.5
    assert pair.p == pytest.approx(0.75, abs=0.01)
    assert pair.worse_by == 0.0
    assert pair.at_least == -1.0


def test_of_many_faces_it_is_what_the_normal_distribution_says():
    differences = np.random.default_rng(5).normal(0.3, 5, 2000)
    pair = compare_paired(np.zeros(2000), differences, 0.1, THOUSANDS)
    error = differences.std() / np.sqrt(2000)
    assert pair.p == pytest.approx(norm.sf((differences.mean() - 0.1) / error), abs=0.01)
    assert pair.at_least == pytest.approx(differences.mean() - norm.ppf(0.95) * error, abs=0.01)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("samples", [100, 999, 2000])
def test_the_bound_is_over_the_tolerance_exactly_where_p_is_at_most_5_percent(seed, samples):
    differences = np.random.default_rng(seed).normal(0.3, 1, 30)
    pair = compare_paired(np.zeros(30), differences, 0.0, Bootstrap(samples=samples, seed=seed))
    assert (pair.at_least > 0.0) == (pair.p <= 0.05)


def test_the_same_faces_and_seed_give_the_same_answer_however_many_are_drawn_at_once(monkeypatch):
    before, after = np.random.default_rng(3).exponential(5, (2, 40))
    once = compare_paired(before, after, 0.1, Bootstrap(samples=500, seed=2))
    monkeypatch.setattr("ageline.gate.paired._AT_ONCE", 60)
    assert compare_paired(before, after, 0.1, Bootstrap(samples=500, seed=2)) == once


def test_what_is_hard_for_both_models_cancels():
    hardness = np.random.default_rng(1).exponential(5, 500)
    pair = compare_paired(hardness, hardness + 0.3, 0.1, THOUSANDS)
    assert (pair.at_least, pair.p) == (0.3, 1 / 20_001)


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1; none less than the one before it.
    assert holm([0.02, 0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.06, 0.04, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.03]) == [0.03]
    assert holm([]) == []
