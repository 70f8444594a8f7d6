"""Cumulative scores of a few faces, against figures worked out by hand and by scipy."""

import pandas as pd
import pytest
from scipy import stats

from ageline.scoring.ages.cumulative import table_of_cumulative_scores


def table_of(true: list[float], predicted: list[float]) -> pd.DataFrame:
    names = [f"face{number:03}" for number in range(len(true))]
    return pd.DataFrame({"face_id": names, "true": true, "predicted": predicted}).astype(
        {"true": float, "predicted": float}
    )


def test_shares_of_four_faces():
    # errors 0, -1, 5 and 20
    table = table_of_cumulative_scores(table_of([10, 20, 30, 40], [10, 19, 35, 60]))
    assert list(table.columns) == ["years", "share", "share_low", "share_high"]
    assert list(table.years) == list(range(16))
    assert list(table.share) == [0.25, *[0.5] * 4, *[0.75] * 11]


def test_five_years_are_within_five_years():
    assert table_of_cumulative_scores(table_of([3.3], [8.3])).share[5] == 1  # 8.3 - 3.3 > 5 in binary


def test_intervals_are_those_of_scipy():
    table = table_of_cumulative_scores(table_of([10, 20, 30, 40], [10, 19, 35, 60]))
    expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert tuple(table.loc[5, ["share_low", "share_high"]]) == pytest.approx((expected.low, expected.high))


def test_one_face():
    row = table_of_cumulative_scores(table_of([0.5], [116])).iloc[15]
    assert (row.share, row.share_low) == (0, 0)
    assert row.share_high == pytest.approx(0.7935, abs=5e-5)  # Wilson's 0 of 1: 3.8415 / (1 + 3.8415)


def test_no_faces_have_no_share():
    table = table_of_cumulative_scores(table_of([], []))
    assert table.iloc[:, 1:].isna().all(axis=None)
