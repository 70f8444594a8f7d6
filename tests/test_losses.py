import numpy as np
import pytest
from keras import ops

from ageline.model.losses import LabelDistributionLoss, ThresholdsLoss

AGES = np.array([[30.0]], np.float32)


def gaussian(years: range, age: float, sigma: float) -> np.ndarray:
    weights = np.exp(-0.5 * ((np.array(years) - age) / sigma) ** 2)
    return weights / weights.sum()


def value(loss, labels: list[float], logits: object) -> list[float]:
    return ops.convert_to_numpy(loss.call(np.array(labels, np.float32)[:, None], np.array(logits, np.float32))).tolist()


def test_a_distribution_that_is_the_gaussian_costs_nothing():
    years = range(121)
    loss = LabelDistributionLoss(years, sigma=2.5, expectation_weight=1.0)
    logits = [np.log(gaussian(years, age, 2.5) + 1e-37) for age in (30, 71.4)]
    assert value(loss, [30, 71.4], logits) == pytest.approx([0, 0], abs=1e-4)


def test_label_distribution_is_the_divergence_and_the_distance_of_the_expectation():
    # Of three years, the Gaussian of width 1 around the middle one is 0.274, 0.452, 0.274; the output is 1/4, 1/4, 1/2.
    target = np.array([0.27406862, 0.45186276, 0.27406862])
    output = np.array([0.25, 0.25, 0.5])
    divergence = float(np.sum(target * np.log(target / output)))
    assert divergence == pytest.approx(0.1278, abs=1e-4)
    for weight, expected in ((0, divergence), (1, divergence + 0.25), (4, divergence + 1)):
        loss = LabelDistributionLoss(range(9, 12), sigma=1, expectation_weight=weight)
        assert value(loss, [10], [np.log(output)]) == pytest.approx([expected], abs=1e-5)


def test_the_gaussian_is_made_to_add_up_to_1_at_the_lowest_age():
    loss = LabelDistributionLoss(range(121), sigma=2.5, expectation_weight=0)
    assert value(loss, [0], [np.log(gaussian(range(121), 0, 2.5) + 1e-37)]) == pytest.approx([0], abs=1e-5)


def test_thresholds_cost_ln_2_each_before_anything_is_known():
    assert value(ThresholdsLoss(range(120)), [30], np.zeros((1, 120))) == pytest.approx([120 * np.log(2)])


def test_thresholds_are_older_than_each_year_below_the_age():
    loss = ThresholdsLoss(range(20, 24))
    right = [[50, 50, -50, -50]]  # older than 20 and 21, not than 22 and 23
    assert value(loss, [22], right) == pytest.approx([0], abs=1e-6)
    assert value(loss, [23], right) == pytest.approx([50])
    assert value(loss, [21.5], [[50, 0, -50, -50]]) == pytest.approx([np.log(2)])


@pytest.mark.parametrize(
    "loss", [LabelDistributionLoss(range(121), 0.1, 1), ThresholdsLoss(range(121))], ids=["dldl", "thresholds"]
)
@pytest.mark.parametrize("size", [1e-30, 1e4, 1e30])
def test_a_loss_is_finite_for_any_logits(loss, size):
    logits = size * np.linspace(-1, 1, 121)[None]
    assert np.isfinite(value(loss, [0], logits)).all()
    assert np.isfinite(value(loss, [119.5], logits)).all()


def test_a_loss_weighs_faces():
    loss = ThresholdsLoss(range(2))
    logits, weights = np.zeros((2, 2), np.float32), np.array([1, 3], np.float32)
    assert float(loss(np.ones((2, 1), np.float32), logits, weights)) == pytest.approx(4 * 2 * np.log(2) / 2)
