"""The verdict, sentence by sentence."""

import math

import pytest

from ageline.errors import AgelineError
from ageline.gate import Score, describe_pass, metric_of_another_target, pick_score, read_metrics, refuse
from ageline.params import Gate

LIMITS = Gate(metric="mae", limit=8.0, use="value", tolerance=0.1, bin_tolerance=0.5)
SHARES = Gate(metric="accuracy", limit=0.95, tolerance=0.01)


def score_of(text: str, metric: str = "mae") -> Score:
    return pick_score(read_metrics(text, "here"), metric, "here")


def test_a_good_model_has_nothing_against_it():
    assert refuse(Score(6.1), None, LIMITS) == []
    assert refuse(Score(6.1), Score(6.3), LIMITS, "main") == []


def test_a_model_over_the_limit():
    assert refuse(Score(9.12), None, LIMITS) == ["mae is 9.12 years, over the limit of 8.00 (gate.limit)."]


def test_a_model_worse_than_the_base():
    assert refuse(Score(7.4), Score(7.09), LIMITS, "main") == [
        "mae is 7.40 years, 0.31 worse than 7.09 at main, more than the tolerance of 0.10 (gate.tolerance)."
    ]


def test_both_reasons_are_told():
    assert refuse(Score(8.4), Score(8.09), LIMITS, "main") == [
        "mae is 8.40 years, over the limit of 8.00 (gate.limit).",
        "mae is 8.40 years, 0.31 worse than 8.09 at main, more than the tolerance of 0.10 (gate.tolerance).",
    ]


def test_limits_are_still_within():
    assert 6.4 - 6.3 > 0.1  # in binary
    assert refuse(Score(6.4), Score(6.3), LIMITS) == []
    assert refuse(Score(8.0), None, LIMITS) == []


def test_a_close_miss_is_told_with_the_decimals_that_show_it():
    assert refuse(Score(8.0004), None, LIMITS) == ["mae is 8.0004 years, over the limit of 8.0000 (gate.limit)."]
    assert refuse(Score(6.4003), Score(6.3), LIMITS, "main") == [
        "mae is 6.4003 years, 0.1003 worse than 6.3000 at main, more than the tolerance of 0.1000 (gate.tolerance)."
    ]


def test_without_tolerance_an_equal_model_passes_and_a_worse_one_does_not():
    strict = Gate(metric="mae", limit=8.0, tolerance=0)
    assert refuse(Score(6.1), Score(6.1), strict) == []
    assert len(refuse(Score(6.1001), Score(6.1), strict)) == 1


def test_an_error_that_is_no_number_never_passes():
    assert len(refuse(Score(math.nan), Score(6.1), LIMITS)) == 2
    assert len(refuse(Score(6.1), Score(math.nan), LIMITS)) == 1


def test_the_passing_sentence():
    metrics = Score(6.1, (5.4, 6.9))
    assert describe_pass(metrics, None, LIMITS) == "mae 6.10 years [5.40, 6.90], limit 8.00: passed."
    assert describe_pass(metrics, Score(6.25), LIMITS, "main") == (
        "mae 6.10 years [5.40, 6.90], limit 8.00, 6.25 at main: passed."
    )
    assert describe_pass(Score(6.1), None, LIMITS) == "mae 6.10 years, limit 8.00: passed."


def test_metrics_are_read():
    assert score_of('{"mae": 6.1, "mae_low": 5, "mae_high": 7.5}') == Score(6.1, (5, 7.5))
    assert score_of('{"mae": 6, "mae_low": null}') == Score(6.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"accuracy": 0.9, "n_test": 2}',
            r"here has no `mae` \(gate.metric\), it has accuracy, n_test. A run with `target: age` writes it. Run `dvc",
        ),
        (
            "{}",
            r"here has no `mae` \(gate.metric\), it has nothing. A run with `target: age` writes it. Run `dvc repro`",
        ),
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
        score_of(text)


def test_a_higher_accuracy_is_better():
    assert refuse(Score(0.9616), None, SHARES) == []
    assert refuse(Score(0.95), Score(0.9512), SHARES) == []
    assert refuse(Score(0.91), None, SHARES) == ["accuracy is 0.9100, under the limit of 0.9500 (gate.limit)."]
    assert refuse(Score(0.9516), Score(0.9667), SHARES, "main") == [
        "accuracy is 0.9516, 0.0151 worse than 0.9667 at main, more than the tolerance of 0.0100 (gate.tolerance)."
    ]


def test_an_accuracy_at_its_limits_is_within_and_one_that_is_no_number_never():
    assert 0.96 - 0.95 > 0.01  # in binary
    assert refuse(Score(0.95), Score(0.96), SHARES) == []
    assert refuse(Score(1.0), Score(0.96), SHARES) == []
    assert len(refuse(Score(math.nan), Score(0.96), SHARES)) == 2


def test_an_accuracy_that_passes_is_shown_with_its_interval_and_without_a_unit():
    metrics = '{"accuracy": 0.9616, "accuracy_low": 0.9512, "accuracy_high": 0.9698, "mae": 3}'
    assert describe_pass(score_of(metrics, "accuracy"), Score(0.959), SHARES, "main") == (
        "accuracy 0.9616 [0.9512, 0.9698], limit 0.9500, 0.9590 at main: passed."
    )


@pytest.mark.parametrize("value", ["1.01", "-0.1", "96.16", "NaN", "true", "null"])
def test_an_accuracy_is_a_share(value):
    with pytest.raises(AgelineError, match=r"here has the accuracy .*, expected a share from 0 to 1. Run `dvc repro`"):
        score_of(f'{{"accuracy": {value}}}', "accuracy")


def test_a_limit_in_another_unit_judges_nothing():
    with pytest.raises(AgelineError, match=r"gate.limit in params.yaml is 7.7, expected a share from 0 to 1, in which"):
        refuse(Score(0.96), None, Gate(metric="accuracy", limit=7.7, tolerance=0.01))


@pytest.mark.parametrize(
    ("values", "metric", "other"),
    [
        ({"mae": 6.1}, "accuracy", "mae"),
        ({"accuracy": 0.9}, "mae", "accuracy"),
        ({"accuracy": 0.9, "mae": 6.1}, "mae", None),
        ({"rmse": 8.0}, "mae", None),
    ],
)
def test_metrics_of_another_target(values, metric, other):
    assert metric_of_another_target(values, metric) == other
