"""The metric that a model is judged by, as its metrics.json has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sys import float_info
from typing import Any, TypeGuard

from ageline.errors import AgelineError


@dataclass(frozen=True)
class Metric:
    """What is to be known of a metric that can be judged.

    Attributes:
        target: of the models that are measured by it.
        higher_is_better: whether a limit is the least, or else the most.
        highest: that it can be; 0 is the lowest.
        expected: what its values are, as an error says it.
        unit: as a sentence says it behind a value.
        decimals: shown at the least: of an accuracy as many as metrics.json has, for 0.96 may be 0.9551 or 0.9649.
    """

    target: str
    higher_is_better: bool
    highest: float
    expected: str
    unit: str
    decimals: int


JUDGED = {
    "mae": Metric("age", False, float_info.max, "a number of years", " years", 2),
    "accuracy": Metric("gender", True, 1.0, "a share from 0 to 1", "", 4),
}


@dataclass(frozen=True)
class Score:
    """The value of the judged metric, in its unit; the interval may be absent."""

    value: float
    interval: tuple[float, float] | None = None


def read_metrics(text: str, where: str, remedy: str) -> dict[str, Any]:
    """The metrics by name, given the text of a metrics.json.

    Args:
        text: of the file.
        where: what to call the file in an error, such as "metrics/metrics.json at main".
        remedy: what to do about an error.

    Raises:
        AgelineError: it is no JSON object.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number with thousands of digits
        raise AgelineError(f"{where} is not readable as JSON: {error}. {remedy}") from None
    if not isinstance(values, dict):
        raise AgelineError(f"{where} should hold metrics by name, received {text.strip()[:40]!r}. {remedy}")
    return values


def pick_score(values: Mapping[str, Any], metric: str, where: str, remedy: str) -> Score:
    """The score by the metric that gate.metric names.

    Args:
        values: of `read_metrics`.
        metric: one of `JUDGED`.
        where: what to call the file in an error.
        remedy: what to do about an error.

    Raises:
        AgelineError: the metric is missing, or no value that it can have.
    """
    if metric not in values:
        names = ", ".join(name if name.isidentifier() else repr(name[:40]) for name in values)
        raise AgelineError(
            f"{where} has no `{metric}` (gate.metric), it has {names or 'nothing'}. A run with"
            f" `target: {JUDGED[metric].target}` writes it. {remedy}"
        )
    value, low, high = (values.get(name) for name in (metric, f"{metric}_low", f"{metric}_high"))
    if not can_be(value, metric):
        raise AgelineError(f"{where} has the {metric} {value!r}, expected {JUDGED[metric].expected}. {remedy}")
    if not (can_be(low, metric) and can_be(high, metric)):
        return Score(float(value))
    if not low <= value <= high:
        raise AgelineError(
            f"{where} has the {metric} {value:g} outside of its interval, {low:g} to {high:g}. One of them was edited."
            f" {remedy}"
        )
    return Score(float(value), (low, high))


def metric_of_another_target(values: Mapping[str, Any], metric: str) -> str | None:
    """What a metrics.json is judged by that has no `metric`, being of a model that learned something else."""
    return None if metric in values else next((other for other in JUDGED if other in values), None)


def can_be(value: object, metric: str) -> TypeGuard[float]:
    """Whether the metric can have this value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= JUDGED[metric].highest
