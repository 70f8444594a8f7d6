"""What a metrics.json says of the metric that is judged."""

import pytest

from ageline.errors import AgelineError
from ageline.gate.metrics import Score, metric_of_another_target, pick_score, read_metrics


def score_of(text: str, metric: str = "mae") -> Score:
    return pick_score(read_metrics(text, "here", "Mend it."), metric, "here", "Mend it.")


def test_metrics_are_read():
    assert score_of('{"mae": 6.1, "mae_low": 5, "mae_high": 7.5}') == Score(6.1, (5, 7.5))
    assert score_of('{"mae": 6, "mae_low": null}') == Score(6.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"accuracy": 0.9, "n_test": 2}',
            r"here has no `mae` \(gate.metric\), it has accuracy, n_test. A run with `target: age` writes it. Mend it.",
        ),
        (
            "{}",
            r"here has no `mae` \(gate.metric\), it has nothing. A run with `target: age` writes it. Mend it.",
        ),
        ("[6.1]", r"here should hold metrics by name, received '\[6.1\]'. Mend it."),
        ("", "here is not readable as JSON: Expecting value: line 1 column 1 .* Mend it."),
        ("<<<<<<< HEAD", "here is not readable as JSON: Expecting value: line 1 column 1 .* Mend it."),
        (
            '{"mae": 6, "mae_low": 0.2, "mae_high": 0.5}',
            "here has the mae 6 outside of its interval, 0.2 to 0.5. One of them was edited. Mend it.",
        ),
        ('{"mae": NaN}', "here has the mae nan, expected a number of years. Mend it."),
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


@pytest.mark.parametrize("value", ["1.01", "-0.1", "96.16", "NaN", "true", "null"])
def test_an_accuracy_is_a_share(value):
    with pytest.raises(AgelineError, match=r"here has the accuracy .*, expected a share from 0 to 1. Mend it."):
        score_of(f'{{"accuracy": {value}}}', "accuracy")


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
