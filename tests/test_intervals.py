"""The exact interval of a share, against closed forms and against quantiles of the beta distribution."""

import math

import pytest
from scipy.stats import beta

from ageline.scoring.intervals import clopper_pearson_interval, share_columns, wilson_interval


def test_none_of_130_minors_proves_no_less_than_3_percent():
    # Of n without a hit the upper end is where (1 - p)^n = 0.025.
    assert clopper_pearson_interval(0, 130) == pytest.approx((0, 1 - 0.025 ** (1 / 130)))
    assert clopper_pearson_interval(0, 130)[1] == pytest.approx(0.028, abs=5e-5)
    assert clopper_pearson_interval(4, 4) == pytest.approx((0.025**0.25, 1))
    assert clopper_pearson_interval(1, 1) == pytest.approx((0.025, 1))


@pytest.mark.parametrize(("hits", "count"), [(1, 2), (7, 20), (19, 1123), (379, 380)])
def test_its_ends_are_quantiles_of_beta_distributions(hits, count):
    ends = (beta.ppf(0.025, hits, count - hits + 1), beta.ppf(0.975, hits + 1, count - hits))
    assert clopper_pearson_interval(hits, count) == pytest.approx(ends, abs=1e-9)


def test_it_is_wider_than_wilsons():
    (low, high), (wilson_low, wilson_high) = clopper_pearson_interval(3, 50), wilson_interval(3, 50)
    assert low < wilson_low < 3 / 50 < wilson_high < high


def test_a_share_of_nothing_is_not_a_number():
    shares = share_columns("minor_pass", 0, 0, clopper_pearson_interval)
    assert list(shares) == ["minor_pass", "minor_pass_low", "minor_pass_high"]
    assert all(math.isnan(share) for share in shares.values())
    assert share_columns("x", 0, 1, clopper_pearson_interval) == pytest.approx({"x": 0, "x_low": 0, "x_high": 0.975})
