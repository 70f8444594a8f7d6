"""Errors by single year, gender and ethnicity, and the gaps between groups, against figures worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ageline.scoring.ages.groups import (
    difference_interval,
    table_by_ethnicity,
    table_by_gender,
    table_by_year,
    table_of_gaps,
)
from ageline.scoring.ages.metrics import error_columns
from ageline.scoring.groups import comparable, faces_by_value


def table_of(true: list[float], predicted: list[float], **columns: list) -> pd.DataFrame:
    names = [f"face{number:03}" for number in range(len(true))]
    return pd.DataFrame({"face_id": names, "true": true, "predicted": predicted, **columns}).astype({"true": float})


def csv_of(table: pd.DataFrame) -> list[str]:
    return table.to_csv(index=False, lineterminator="\n", float_format="%.4f").splitlines()


@pytest.fixture
def evaluate(make_params):
    return make_params({"evaluate.bootstrap.samples": 2000}).evaluate


@pytest.fixture
def bootstrap(evaluate):
    return evaluate.bootstrap


def test_an_age_is_one_of_completed_years(bootstrap):
    # of age 0: 0.5 as 1 and 0 as 2, errors 0.5 and 2; of 17: 17.9 as 15, error -2.9; 26 and 116 have no row
    table = table_by_year(table_of([0.5, 17.9, 25.99, 26, 116, 0], [1, 15, 26, 30, 90, 2]), bootstrap)
    assert list(table.age) == list(range(26))
    assert table.n.sum() == 4
    lines = csv_of(table)
    assert lines[0] == "age,n,mae,mae_low,mae_high,bias"
    assert lines[1] == "0,2,1.2500,,,1.2500"
    assert lines[2] == "1,0,,,,"
    assert lines[18] == "17,1,2.9000,,,-2.9000"
    assert lines[26] == "25,1,0.0100,,,0.0100"


def test_nobody_is_young(bootstrap):
    assert list(table_by_year(table_of([40], [30]), bootstrap).n) == [0] * 26


def test_errors_of_genders_with_the_unknown_last(bootstrap):
    # male: -2 and 4; female: 1; unknown (NaN, None and the empty text): -3, 0 and 0
    predictions = table_of(
        [20, 30, 40, 50, 60, 70], [18, 34, 41, 47, 60, 70], gender=["male", "male", "female", math.nan, None, ""]
    )
    assert csv_of(table_by_gender(predictions, bootstrap)) == [
        "gender,n,mae,mae_low,mae_high,bias",
        "female,1,1.0000,,,1.0000",
        "male,2,3.0000,,,1.0000",
        "unknown,3,1.0000,,,-1.0000",
    ]


@pytest.mark.parametrize("columns", [{}, {"ethnicity": [None, None]}, {"ethnicity": [math.nan, "unknown"]}])
def test_no_face_has_an_ethnicity(bootstrap, columns):
    assert table_by_ethnicity(table_of([20, 30], [21, 31], **columns), bootstrap) is None


def test_one_face_of_one_ethnicity(bootstrap):
    table = table_by_ethnicity(table_of([20], [21.5], ethnicity=["asian"]), bootstrap)
    assert csv_of(table)[1:] == ["asian,1,1.5000,,,1.5000"]


def test_the_interval_of_a_group_is_that_of_scipy(bootstrap):
    error = pd.Series([0.5, -1, 2, -4, 8, 16, -3, 1, 0, 2])
    expected = stats.bootstrap((error.abs(),), np.mean, method="percentile", n_resamples=20000, rng=1)
    found = error_columns(error, bootstrap)
    assert found["mae"] == 3.75
    assert found["mae_low"] == pytest.approx(expected.confidence_interval.low, abs=0.15)
    assert found["mae_high"] == pytest.approx(expected.confidence_interval.high, abs=0.3)


def test_a_bias_that_is_written_as_zero_has_no_sign(bootstrap):
    # a mean of -0.0001 / 5 = -0.00002 years
    assert str(error_columns(pd.Series([-0.0001, 0, 0, 0, 0]), bootstrap)["bias"]) == "0.0"


def test_errors_of_no_faces(bootstrap):
    found = error_columns(pd.Series([], dtype=float), bootstrap)
    assert found.pop("n") == 0
    assert all(math.isnan(value) for value in found.values())


def test_groups_of_fewer_than_fifty_faces_are_not_compared():
    predictions = table_of([20] * 152, [20] * 152, ethnicity=["a"] * 50 + ["b"] * 49 + [None] * 53)
    groups = faces_by_value(predictions, "ethnicity")
    assert [(name, inside.sum()) for name, inside in groups] == [("a", 50), ("b", 49), ("unknown", 53)]
    assert [name for name, _ in comparable(groups)] == ["a"]


def test_the_gap_between_the_worst_and_the_best(evaluate):
    # 18-24: 50 times error 1; 25-34: 60 times 3; 70+: 49 times 30, too few; 35-44: 50 times 2
    true, error = np.repeat([20, 30, 80, 40], [50, 60, 49, 50]), np.repeat([1, 3, 30, 2], [50, 60, 49, 50])
    table = table_of_gaps(table_of(list(true), list(true - error), gender=["male"] * 209), evaluate)
    # Of errors that are all alike every mean is the same, and so is every difference.
    assert csv_of(table) == [
        "grouping,worst,best,gap,gap_low,gap_high",
        "age_bin,25-34,18-24,2.0000,2.0000,2.0000",
    ]


def test_gaps_of_every_grouping_in_their_order(evaluate):
    predictions = table_of(
        [20.0] * 50 + [30.0] * 50,
        [21.0] * 50 + [35.0] * 50,
        ethnicity=["black", "white"] * 50,
        gender=["male"] * 50 + ["female"] * 50,
    )
    table = table_of_gaps(predictions, evaluate)
    assert table.iloc[:, :4].to_csv(index=False, lineterminator="\n").splitlines()[1:] == [
        "age_bin,25-34,18-24,4.0",
        "gender,female,male,4.0",
        "ethnicity,black,white,0.0",  # both 3: of equal ones the first and the last, never one and the same
    ]
    assert table.gap_low[2] < 0 < table.gap_high[2]


def test_no_two_groups_are_large_enough(evaluate):
    assert table_of_gaps(table_of([20] * 100, [21] * 100, gender=["male"] * 100), evaluate) is None
    assert table_of_gaps(table_of([20], [21]), evaluate) is None


def test_the_interval_of_a_gap_is_that_of_scipy(bootstrap):
    generator = np.random.default_rng(5)
    first, second = generator.gamma(2, 4, 60), generator.gamma(2, 2, 200)
    expected = stats.bootstrap(
        (first, second), lambda one, two, axis: one.mean(axis) - two.mean(axis), method="percentile", rng=1
    )
    low, high = difference_interval(first, second, bootstrap)
    assert low == pytest.approx(expected.confidence_interval.low, abs=0.1)
    assert high == pytest.approx(expected.confidence_interval.high, abs=0.1)


def test_each_of_two_groups_is_drawn_on_its_own(bootstrap):
    # Were both drawn by the same numbers, the difference of equal groups would always be 0.
    values = np.arange(60.0)
    low, high = difference_interval(values, values, bootstrap)
    # +- 1.96 * sqrt(2 * variance / 60), variance (60 * 60 - 1) / 12: 1.96 * 3.1618 = 6.20
    assert (low, high) == pytest.approx((-6.2, 6.2), abs=0.5)
