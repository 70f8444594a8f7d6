"""The decision at the till for one face is the one that evaluation counts."""

import pandas as pd
import pytest

from ageline.scoring.ages.till import table_of_outcomes
from ageline.serving.answers import Age
from ageline.serving.decision import decide


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        (Age(25.0, 12.0, 38.0), "pass"),
        (Age(24.9999, 12.0, 37.9), "ask"),
        (Age(24.9999, None, None), "ask"),
        (Age(12.0, 8.0, 17.9999), "too young"),
        (Age(12.0, 8.0, 18.0), "ask"),
        (Age(4.0, None, None), "ask"),
    ],
)
def test_at_a_threshold_of_25_years(answer, decision):
    assert decide(answer, 25) == decision


def test_even_a_face_below_18_passes_a_lower_threshold():
    assert decide(Age(15.0, 13.0, 17.0), 14.5) == "pass"


def test_evaluation_counts_the_same():
    answers = [Age(10.0, 7.0, 13.0), Age(17.0, 10.0, 17.9), Age(17.0, 15.0, 19.0), Age(26.0, 10.0, 42.0)]
    table = table_of_outcomes(pd.DataFrame(answers, columns=["predicted", "low", "high"]).assign(true=30.0), 25)
    decisions = [decide(answer, 25) for answer in answers]
    assert decisions == ["too young", "too young", "ask", "pass"]
    assert table.set_index("age").loc["25+", ["too_young", "asked", "passed"]].tolist() == [2, 1, 1]
