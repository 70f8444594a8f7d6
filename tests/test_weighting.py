import numpy as np
import pytest

from ageline.training.weighting import density_weights


def test_a_face_weighs_the_more_the_fewer_are_near_its_age():
    # sqrt(4) = 2 at 10 and 1 at 11 and 50; smoothed 2 + 0.9458, 1 + 2 * 0.9458 and 1; the inverse, over their mean.
    weights = density_weights(np.array([10, 10, 10, 10, 11, 50], np.float32))
    assert weights.dtype == np.float32
    assert weights.tolist() == pytest.approx([0.753337] * 4 + [0.767450, 2.219201], rel=1e-5)
    assert weights.mean() == pytest.approx(1)


def test_the_kernel_reaches_two_years_and_no_further():
    near, far = (density_weights(np.array([30, 30 + years, 70], np.float32)) for years in (2, 3))
    assert near.tolist() == pytest.approx([0.777547, 0.777547, 1.444905], rel=1e-5)
    assert far.tolist() == [1, 1, 1]


def test_part_years_count_for_the_year_begun():
    assert density_weights(np.array([30.0, 30.9, 60.0], np.float32)).tolist() == pytest.approx(
        density_weights(np.array([30.0, 30.0, 60.0], np.float32)).tolist()
    )


def test_newborns_and_a_single_age_have_weights_too():
    assert density_weights(np.array([0, 0, 0], np.float32)).tolist() == [1, 1, 1]
