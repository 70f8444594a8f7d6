"""Risk against coverage of a few faces, against figures worked out by hand."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from ageline.scoring.ages.risk import table_of_risk_coverage, why_no_risk


def table_of(errors: list[float], **columns: list[float]) -> pd.DataFrame:
    names = [f"face{number:03}" for number in range(len(errors))]
    return pd.DataFrame({"face_id": names, "true": 30.0, "predicted": 30 + np.array(errors, float), **columns})


def test_the_surest_faces_come_first():
    # by std: errors 1, -3, 2, 10; means of the first one to four: 1, 2, 2, 4
    table = table_of_risk_coverage(table_of([10, -3, 1, 2], std=[9, 2, 1, 3]))
    assert list(table.columns) == ["share", "n", "mae"]
    assert list(table.share) == [round(0.05 * step, 2) for step in range(1, 21)]
    # the share of 4 faces, as many as it allows: below 0.5 one, from 0.5 two, from 0.75 three, at 1 all four
    assert list(table.n) == [1] * 9 + [2] * 5 + [3] * 5 + [4]
    assert list(table.mae) == [1] * 9 + [2] * 5 + [2] * 5 + [4]


def test_a_share_holds_exactly_its_faces():
    # 0.55 * 20 is 11.000000000000002 in binary
    table = table_of_risk_coverage(table_of(list(range(1, 21)), std=list(range(20))))
    assert list(table.n) == list(range(1, 21))
    assert list(table.mae) == [(count + 1) / 2 for count in range(1, 21)]


def test_without_a_std_the_width_of_the_interval_tells():
    predictions = table_of([4, 2], low=[20, 25], high=[40, 35])
    assert table_of_risk_coverage(predictions).mae.iloc[0] == 2
    # one face without a std: the widths, which all faces have, still do
    assert table_of_risk_coverage(predictions.assign(std=[1, math.nan])).mae.iloc[0] == 2
    assert table_of_risk_coverage(predictions.assign(std=[1, 2])).mae.iloc[0] == 4


def test_equally_sure_faces_come_by_face_id_whatever_their_order():
    # 29.9 - 10 is less than 30 - 10.1 in binary, but both are 19.9; width 5 first, then 19.9 twice by face_id
    predictions = table_of([3, 1, 2, 8], low=[10.1, 10, 25, 0], high=[30, 29.9, 30, 60])
    expected = [2.0, 2.5, 2.0, 3.5]  # errors in order: 2, 3, 1, 8
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        table = table_of_risk_coverage(predictions.iloc[order])
        assert [table.mae[row] for row in (4, 9, 14, 19)] == expected


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({}, "or a std of every face"),
        ({"low": [1, 2, math.nan], "high": [3, 4, 5]}, "or a std of every face"),
        ({"std": [None, None, None]}, "or a std of every face"),
        ({"low": [20, 21, 22], "high": [40, 41, 42]}, "3 of 3 faces are equally uncertain .20 years"),
        # an interval of one width, cut at age 0 for a child
        ({"low": [0, 21, 22], "high": [15, 41, 42]}, "2 of 3 faces are equally uncertain .20 years"),
        ({"std": [1, 1, 2]}, "2 of 3 faces are equally uncertain .1 years"),
    ],
)
def test_nothing_tells_sure_from_unsure(columns, reason):
    predictions = table_of([1, 2, 3], **columns)
    assert table_of_risk_coverage(predictions) is None
    assert re.search(reason, why_no_risk(predictions))


def test_where_there_is_a_table_there_is_no_reason():
    assert why_no_risk(table_of([1, 2], std=[1, 2])) is None


def test_one_face_is_no_order():
    assert table_of_risk_coverage(table_of([1], std=[1])) is None
    assert why_no_risk(table_of([1], std=[1])).startswith(
        "There is no risk against coverage: 1 of 1 faces are equally uncertain (1 years), so"
    )


def test_no_faces():
    assert table_of_risk_coverage(table_of([], std=[])) is None
