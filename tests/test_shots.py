"""Errors by how often an age was seen in training, against figures worked out by hand."""

import math

import pandas as pd
import pytest

from ageline.scoring.ages.shots import table_by_shot, training_counts


def table_of(true: list[float], predicted: list[float]) -> pd.DataFrame:
    names = [f"face{number:03}" for number in range(len(true))]
    return pd.DataFrame({"face_id": names, "true": true, "predicted": predicted})


@pytest.fixture
def bootstrap(make_params):
    return make_params({"evaluate.bootstrap.samples": 100}).evaluate.bootstrap


def test_the_bounds_of_many_medium_and_few():
    training = [10] * 101 + [20] * 100 + [30] * 20 + [40] * 19
    assert list(training_counts([10, 20, 30, 40, 50], training)) == [101, 100, 20, 19, 0]


def test_errors_by_shot(bootstrap):
    # many: age 10, error 1; medium: 20 and 30, errors -2 and 4; few: 40 and 50 (never seen), errors 5 and -10
    training = [10.5] * 101 + [20] * 100 + [30] * 20 + [40] * 19
    table = table_by_shot(table_of([10, 20.9, 30, 40, 50], [11, 18.9, 34, 45, 40]), training, bootstrap)
    assert table.to_csv(index=False, lineterminator="\n") == (
        "shot,n,mae,mae_low,mae_high,bias\n"
        "many,1,1.0,,,1.0\n"
        "medium,2,3.0,,,1.0\n"
        "few,2,7.5,,,-2.5\n"
    )  # fmt: skip


def test_an_age_of_completed_years_is_counted():
    assert list(training_counts([17.9, 0.5, 116], [17.0, 17.5, 18.0, 0, 116.4, math.nan])) == [2, 1, 1]


def test_all_faces_of_one_age(bootstrap):
    table = table_by_shot(table_of([5, 5, 5, 5, 5], [6, 6, 6, 6, 6]), [5] * 500, bootstrap)
    assert list(table.n) == [5, 0, 0]
    assert list(table.iloc[0, 2:]) == [1, 1, 1, 1]
    assert table.iloc[1:, 2:].isna().all(axis=None)


def test_without_training_faces_every_age_is_seldom(bootstrap):
    assert list(table_by_shot(table_of([5], [6]), [], bootstrap).n) == [0, 0, 1]


def test_without_faces_no_age_has_errors(bootstrap):
    table = table_by_shot(table_of([], []).astype({"true": float, "predicted": float}), [5], bootstrap)
    assert list(table.n) == [0, 0, 0]
