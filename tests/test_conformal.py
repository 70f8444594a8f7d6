"""Intervals of age against ranks counted by hand, against another implementation, and over many draws of faces."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ageline.scoring.ages.conformal import calibrate, faces_needed, rank, spans_of_bins
from ageline.scoring.ages.evaluation import prepare
from ageline.scoring.bins import bin_numbers
from ageline.scoring.predictions import Fold
from ageline.scoring.reach import FLOOR

BINS = [0, 13, 18, 25, 35, 45, 60, 70]


def table_of(true, predicted, std=None) -> pd.DataFrame:
    columns = {"true": np.array(true, float), "predicted": np.array(predicted, float)}
    return pd.DataFrame(columns if std is None else columns | {"std": np.array(std, float)})


def faces_off_by(errors) -> pd.DataFrame:
    """A face of 30 years for each error."""
    return table_of(np.full(len(errors), 30.0), 30 + np.array(errors, float))


def draw(generator: np.random.Generator, count: int) -> pd.DataFrame:
    """Faces whose errors grow with age; half are predicted as 40 or older."""
    predicted = generator.choice([8.0, 20.0, 40.0, 65.0], count, p=[0.25, 0.25, 0.35, 0.15])
    errors = generator.normal(0, predicted / 8)
    return table_of((predicted - errors).round(4), predicted)


def covered(faces: pd.DataFrame, intervals: pd.DataFrame) -> np.ndarray:
    return ((intervals.low <= faces.true) & (faces.true <= intervals.high)).to_numpy()


def test_the_interval_of_nine_faces_ends_at_their_largest_error():
    # Rank ceil(10 * 0.9) = 9 of the errors 1 to 9, whatever their sign; rank ceil(10 * 0.5) = 5.
    calibration = calibrate(faces_off_by([1, -2, 3, -4, 5, -6, 7, -8, 9]), BINS)
    new = table_of([0, 0], [40, 41.5])
    assert calibration.intervals(new, 0.9).to_numpy().tolist() == [[31, 49], [32.5, 50.5]]
    assert calibration.intervals(new, 0.5).to_numpy().tolist() == [[35, 45], [36.5, 46.5]]
    assert list(calibration.calibrated_on(new, 0.9)) == [9, 9]


def test_where_the_head_tells_its_spread_the_interval_has_as_many_of_it():
    # Scores abs(e) / std of 1, 2 and 3: rank ceil(4 * 0.5) = 2.
    calibration = calibrate(table_of([30, 30, 30], [34, 28, 39], std=[4, 1, 3]), BINS)
    assert calibration.intervals(table_of([0, 0], [40, 50], std=[1, 2.5]), 0.5).to_numpy().tolist() == [
        [38, 42],
        [45, 55],
    ]
    with pytest.raises(ValueError, match="the intervals are scaled by std, and the faces to be given some have no"):
        calibration.intervals(table_of([0], [40]), 0.5)


def test_a_spread_of_the_validation_faces_alone_makes_no_intervals(make_params):
    validation = faces_off_by([1, -2, 3, -4, 5, -6, 7, -8, 9]).assign(std=2.0, face_id=list("abcdefghi"))
    test = table_of([30], [40]).assign(face_id="x")
    evaluation = prepare(Fold(test), Fold(validation), None, make_params({"evaluate.interval": 0.9}).evaluate)
    assert evaluation.test[["low", "high"]].to_numpy().tolist() == [[31, 49]]  # their largest error to both sides


@pytest.mark.parametrize("std", [0.0, 1e-9])
def test_a_head_that_claims_to_know_to_the_day_is_not_believed(std):
    calibration = calibrate(table_of([30, 30, 30], [30, 32.9, 31], std=[std, std, 2]), BINS)
    # Scores 0, 2.9 / 0.29 = 10 and 1 / 2: rank ceil(4 * 0.75) = 3.
    assert calibration.intervals(table_of([0], [40], std=[std]), 0.75).to_numpy().tolist() == [[37.1, 42.9]]
    assert pytest.approx(1 / math.sqrt(12), abs=0.002) == FLOOR


def test_no_age_is_below_0():
    calibration = calibrate(faces_off_by([5.0] * 9), BINS)
    assert calibration.intervals(table_of([0, 0], [2, -7]), 0.9).to_csv(index=False, lineterminator="\n") == (
        "low,high\n0.0,7.0\n0.0,0.0\n"
    )


def test_ends_are_rounded_away_from_the_predicted_age():
    # 4 / 3 of 1.0001 is 1.33346...: inwards the face with that error would be lost by rounding.
    calibration = calibrate(table_of([30] * 9, [34] * 9, std=[3] * 9), BINS)
    assert calibration.intervals(table_of([0], [40], std=[1.0001]), 0.9).to_numpy().tolist() == [[38.6665, 41.3335]]


def test_a_sum_that_binary_spoils_is_not_rounded_up():
    assert math.ceil((5.2 + 4.4) * 10000) == 96001
    assert math.floor((5.2 - 4.4) * 10000) == 7999
    calibration = calibrate(faces_off_by([4.4] * 9), BINS)
    assert calibration.intervals(table_of([0], [5.2]), 0.9).to_numpy().tolist() == [[0.8, 9.6]]


@pytest.mark.parametrize("with_std", [False, True])
def test_as_many_validation_faces_are_in_their_intervals_as_the_rank_says(with_std):
    # So no face is lost by rounding: without equal scores exactly rank(n, level) of n are inside.
    generator = np.random.default_rng(5)
    true, predicted = generator.uniform(20, 60, (2, 400)).round(4)
    faces = table_of(true, predicted, generator.uniform(1, 9, 400).round(4) if with_std else None)
    calibration = calibrate(faces, [0])
    for level in (0.1, 0.5, 0.9, 0.95):
        assert covered(faces, calibration.intervals(faces, level)).sum() == rank(400, level)


def test_ranks_are_of_the_decimal_number():
    assert 100 * 0.55 > 55  # in binary
    assert rank(99, 0.55) == 55
    assert [rank(9, 0.9), rank(19, 0.95), rank(10, 0.9), rank(0, 0.9)] == [9, 19, 10, 1]
    assert [faces_needed(level) for level in (0.1, 0.5, 0.9, 0.95, 0.99)] == [1, 1, 9, 19, 99]
    for level in (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99):
        enough = [rank(count, level) <= count for count in range(201)]
        assert enough.index(True) == faces_needed(level)
        assert all(enough[faces_needed(level) :])


@pytest.mark.parametrize("count", [0, 1, 8])
def test_too_few_validation_faces_give_no_interval_and_a_sentence(count):
    calibration = calibrate(faces_off_by([1.0] * count), BINS)
    intervals = calibration.intervals(table_of([1, 2], [3, 4]), 0.9)
    assert (intervals.shape, bool(intervals.isna().all(axis=None))) == ((2, 2), True)
    assert calibration.shortage(0.9) == (
        f"No intervals of age: at a level of 0.9 they take 9 validation faces, and there are {count}."
        " Give the validation fold more faces, or lower evaluate.interval."
    )
    assert list(calibration.calibrated_on(table_of([1, 2], [3, 4]), 0.9)) == [count, count]


def test_enough_validation_faces_are_not_remarked_on():
    calibration = calibrate(faces_off_by([1.0] * 9), BINS)
    assert calibration.shortage(0.9) is None
    assert calibration.shortage(0.91) is not None
    assert calibration.intervals(table_of([], []), 0.9).empty


@pytest.mark.parametrize(
    ("counts", "spans"),
    [
        ([100, 100, 100], [(0, 1), (1, 2), (2, 3)]),
        ([150, 20, 300], [(0, 2), (0, 2), (2, 3)]),  # the fewer faces of both neighbours
        ([0, 50, 300, 20, 80, 500, 10], [(0, 3), (0, 3), (0, 3), (3, 5), (3, 5), (5, 7), (5, 7)]),
        ([5, 5, 5], [(0, 3)] * 3),
        ([0, 0, 0], [(0, 3)] * 3),
        ([7], [(0, 1)]),
        # A face of the first bin makes 100 there, one of another bin does not.
        ([99, 100, 200], [(0, 1), (0, 2), (2, 3)]),
        ([98, 100, 200], [(0, 2), (0, 2), (2, 3)]),
    ],
)
def test_bins_with_few_faces_are_joined_with_a_neighbour(counts, spans):
    assert spans_of_bins(np.array(counts), 100) == spans


def test_a_bin_of_100_faces_has_its_own_intervals_and_smaller_ones_share_theirs():
    # 120 children off by 1 year, 100 teens by 2, 90 and 60 adults by 5 and 9: 150, of which rank ceil(151 * 0.9) = 136.
    ages, counts = [8.0, 15.0, 40.0, 50.0], [120, 100, 90, 60]
    predicted = np.repeat(ages, counts)
    calibration = calibrate(table_of(predicted - np.repeat([1, 2, 5, 9], counts), predicted), [0, 13, 18, 45])
    new = table_of([0] * 5, [8, 15, 40, 50, -1])
    assert list(calibration.intervals(new, 0.9).high) == [9, 17, 49, 59, 0]
    assert list(calibration.intervals(new, 0.5).high) == [9, 17, 45, 55, 0]  # rank 76 of 150
    assert list(calibration.calibrated_on(new, 0.9)) == [120, 100, 150, 150, 120]
    assert list(calibration.groups(new, 0.9)) == [0, 1, 2, 2, 0]


def test_a_level_that_takes_more_than_100_faces_joins_more_bins():
    predicted = np.repeat([8.0, 40.0], 150)
    calibration = calibrate(table_of(predicted - np.repeat([1, 5], 150), predicted), [0, 18])
    new = table_of([0], [8])
    assert list(calibration.calibrated_on(new, 0.99)) == [150]
    assert (faces_needed(0.995), list(calibration.calibrated_on(new, 0.995))) == (199, [300])
    assert calibration.intervals(new, 0.995).high[0] == 13


def test_the_same_intervals_as_by_trying_every_width():
    """Another implementation: the smallest error that enough faces of the same bin stay under, face by face."""
    generator = np.random.default_rng(2)
    validation, new = draw(generator, 800), draw(generator, 40)  # no bin has fewer than 100
    found = calibrate(validation, [0, 13, 30, 60]).intervals(new, 0.8)
    bins = bin_numbers(validation.predicted, [0, 13, 30, 60])
    distances = (validation.predicted - validation.true).abs().round(4)
    for face, low, high in zip(new.predicted, found.low, found.high, strict=True):
        mates = sorted(distances[bins == bin_numbers([face], [0, 13, 30, 60])[0]])
        width = next(w for w in mates if sum(d <= w for d in mates) >= Fraction(8, 10) * (len(mates) + 1))
        assert (low, high) == pytest.approx((max(0, face - width), face + width), abs=1e-9)


def test_the_order_of_faces_does_not_matter_and_the_index_is_kept():
    generator = np.random.default_rng(3)
    validation, new = draw(generator, 300), draw(generator, 20)
    intervals = calibrate(validation, BINS).intervals(new, 0.9)
    turned = calibrate(validation.iloc[::-1], BINS).intervals(new.iloc[::-1], 0.9)
    pd.testing.assert_frame_equal(turned.iloc[::-1], intervals)


def test_over_many_draws_intervals_hold_the_share_they_promise_among_the_rare_too():
    # Of 260 validation faces 39 are predicted as 60 or older: too few, so they share with the 91 of 40.
    generator, inside, rare, borrowed = np.random.default_rng(4), [], [], []
    for _ in range(200):
        validation, new = draw(generator, 260), draw(generator, 400)
        intervals = calibrate(validation, [0, 30, 60]).intervals(new, 0.8)
        old = (new.predicted > 30).to_numpy()
        inside.append(covered(new, intervals).mean())
        rare.append(covered(new, intervals)[old].mean())
        of_all = calibrate(validation, [0]).intervals(new, 0.8)
        borrowed.append(covered(new, of_all)[old].mean())
    assert_about(inside, 0.8, 0.8 + 1 / 100)
    assert_about(rare, 0.8, 0.8 + 1 / 100)
    assert np.mean(borrowed) < 0.75  # what the pool of all validation faces would do to them


def test_over_many_draws_ten_faces_hold_as_much_as_their_rank_says():
    # Rank ceil(11 * 0.8) = 9 of 10 holds 9 / 11 of new faces: the promise is kept and not by much.
    generator, inside = np.random.default_rng(6), []
    for _ in range(400):
        intervals = calibrate(faces_off_by(generator.normal(size=10).round(4)), BINS)
        new = faces_off_by(generator.normal(size=200).round(4))
        inside.append(covered(new, intervals.intervals(new, 0.8)).mean())
    assert_about(inside, 9 / 11, 9 / 11)


def assert_about(shares: list[float], least: float, most: float) -> None:
    """The mean of the shares is between `least` and `most`, within three of its standard errors."""
    noise = 3 * np.std(shares) / math.sqrt(len(shares))
    assert least - noise < np.mean(shares) < most + noise
    assert noise < 0.02
