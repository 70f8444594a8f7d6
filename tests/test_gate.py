"""The verdict, sentence by sentence."""

import math

import pytest

from ageline.errors import AgelineError
from ageline.gate import Metrics, describe_pass, parse_metrics, refuse
from ageline.params import Gate

LIMITS = Gate(limit=8.0, tolerance=0.1)


def test_a_good_model_has_nothing_against_it():
    assert refuse(Metrics(6.1), None, LIMITS) == []
    assert refuse(Metrics(6.1), Metrics(6.3), LIMITS, "main") == []


def test_a_model_over_the_limit():
    assert refuse(Metrics(9.12), None, LIMITS) == ["mae is 9.12 years, over the limit of 8.00 (gate.limit)."]


def test_a_model_worse_than_the_base():
    assert refuse(Metrics(7.4), Metrics(7.09), LIMITS, "main") == [
        "mae is 7.40 years, 0.31 worse than 7.09 at main, more than the tolerance of 0.10 (gate.tolerance)."
    ]


def test_both_reasons_are_told():
    assert refuse(Metrics(8.4), Metrics(8.09), LIMITS, "main") == [
        "mae is 8.40 years, over the limit of 8.00 (gate.limit).",
        "mae is 8.40 years, 0.31 worse than 8.09 at main, more than the tolerance of 0.10 (gate.tolerance).",
    ]


def test_limits_are_still_within():
    assert 6.4 - 6.3 > 0.1  # in binary
    assert refuse(Metrics(6.4), Metrics(6.3), LIMITS) == []
    assert refuse(Metrics(8.0), None, LIMITS) == []


def test_a_close_miss_is_told_with_the_decimals_that_show_it():
    assert refuse(Metrics(8.0004), None, LIMITS) == ["mae is 8.0004 years, over the limit of 8.0000 (gate.limit)."]
    assert refuse(Metrics(6.4003), Metrics(6.3), LIMITS, "main") == [
        "mae is 6.4003 years, 0.1003 worse than 6.3000 at main, more than the tolerance of 0.1000 (gate.tolerance)."
    ]


def test_without_tolerance_an_equal_model_passes_and_a_worse_one_does_not():
    strict = Gate(limit=8.0, tolerance=0)
    assert refuse(Metrics(6.1), Metrics(6.1), strict) == []
    assert len(refuse(Metrics(6.1001), Metrics(6.1), strict)) == 1


def test_an_error_that_is_no_number_never_passes():
    assert len(refuse(Metrics(math.nan), Metrics(6.1), LIMITS)) == 2
    assert len(refuse(Metrics(6.1), Metrics(math.nan), LIMITS)) == 1


def test_the_passing_sentence():
    metrics = Metrics(6.1, (5.4, 6.9))
    assert describe_pass(metrics, None, LIMITS) == "mae 6.10 years [5.40, 6.90], limit 8.00: passed."
    assert describe_pass(metrics, Metrics(6.25), LIMITS, "main") == (
        "mae 6.10 years [5.40, 6.90], limit 8.00, 6.25 at main: passed."
    )
    assert describe_pass(Metrics(6.1), None, LIMITS) == "mae 6.10 years, limit 8.00: passed."


def test_metrics_are_read():
    assert parse_metrics('{"mae": 6.1, "mae_low": 5, "mae_high": 7.5}', "here") == Metrics(6.1, (5, 7.5))
    assert parse_metrics('{"mae": 6, "mae_low": null}', "here") == Metrics(6.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"rmse": 8.1, "bias": 0.2}', "here has no `mae`, it has rmse, bias. Run `dvc repro` and commit the result."),
        ("{}", "here has no `mae`, it has nothing. Run `dvc repro`"),
        ("[6.1]", r"here should hold metrics by name, received \[6.1\]. Run `dvc repro`"),
        ("<<<<<<< HEAD", "here is not readable as JSON: Expecting value: line 1 column 1 .* Run `dvc repro`"),
        ('{"mae": NaN}', "here has the mae nan, expected a number of years. Run `dvc repro`"),
        ('{"mae": Infinity}', "here has the mae inf, expected"),
        ('{"mae": -1}', "here has the mae -1, expected"),
        ('{"mae": true}', "here has the mae True, expected"),
        ('{"mae": "6.1"}', "here has the mae '6.1', expected"),
        ('{"mae": null}', "here has the mae None, expected"),
        ('{"mae": 1' + 400 * "0" + "}", "here has the mae 10+, expected"),
    ],
)
def test_metrics_that_cannot_be_judged(text, message):
    with pytest.raises(AgelineError, match=message):
        parse_metrics(text, "here")
