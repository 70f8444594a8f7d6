"""The verdict over a model: may it go in, given its metric, that of the revision it would replace, and the limits?

    values = read_metrics(Path(METRICS).read_text(), METRICS)
    score = pick_score(values, params.gate.metric, METRICS)
    reasons = refuse(score, base, params.gate, base_name="main")

No file is read here, so the verdict is the same from a command line, a workflow and a test.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sys import float_info
from typing import Any, TypeGuard

from ageline.errors import AgelineError
from ageline.params import Gate

METRICS = "metrics/metrics.json"
AGAIN = "Run `dvc repro` and commit the result."
_DECIMALS = 6  # of a comparison: 8.09 + 0.10 is 8.19, also in binary


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


def read_metrics(text: str, where: str, remedy: str = AGAIN) -> dict[str, Any]:
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
        raise AgelineError(f"{where} should hold metrics by name, received {text.strip()[:40]}. {remedy}")
    return values


def pick_score(values: Mapping[str, Any], metric: str, where: str, remedy: str = AGAIN) -> Score:
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
        raise AgelineError(
            f"{where} has no `{metric}` (gate.metric), it has {', '.join(values) or 'nothing'}. A run with"
            f" `target: {JUDGED[metric].target}` writes it. {remedy}"
        )
    if not _can_be(values[metric], metric):
        raise AgelineError(f"{where} has the {metric} {values[metric]!r}, expected {JUDGED[metric].expected}. {remedy}")
    low, high = values.get(f"{metric}_low"), values.get(f"{metric}_high")
    return Score(float(values[metric]), (low, high) if _can_be(low, metric) and _can_be(high, metric) else None)


def metric_of_another_target(values: Mapping[str, Any], metric: str) -> str | None:
    """What a metrics.json is judged by that has no `metric`, being of a model that learned something else."""
    return None if metric in values else next((other for other in JUDGED if other in values), None)


def refuse(score: Score, base: Score | None, limits: Gate, base_name: str = "the base") -> list[str]:
    """The reasons against a model, one plain sentence each; none where it may go in.

    Args:
        score: of the model.
        base: of the model it would replace; without, the limit alone decides.
        limits: the `gate` section of params.yaml.
        base_name: what to call the revision of `base`.

    Raises:
        AgelineError: the limit is no value that the metric can have.
    """
    _check_limit(limits)
    name, metric, reasons = limits.metric, JUDGED[limits.metric], []
    # Written as "not within", so that a NaN, which is neither above nor below, is refused.
    if not _within(_worse(score.value, limits.limit, metric), 0):
        value, limit = _shown(metric, score.value, limits.limit)
        side = "under" if metric.higher_is_better else "over"
        reasons.append(f"{name} is {value}{metric.unit}, {side} the limit of {limit} (gate.limit).")
    if base is not None and not _within(_worse(score.value, base.value, metric), limits.tolerance):
        loss = _worse(score.value, base.value, metric)
        worse, tolerance, value, former = _shown(metric, loss, limits.tolerance, score.value, base.value)
        reasons.append(
            f"{name} is {value}{metric.unit}, {worse} worse than {former} at {base_name},"
            f" more than the tolerance of {tolerance} (gate.tolerance)."
        )
    return reasons


def describe_pass(score: Score, base: Score | None, limits: Gate, base_name: str = "the base") -> str:
    """The sentence for a model that nothing is held against."""
    metric = JUDGED[limits.metric]
    value, limit = _shown(metric, score.value, limits.limit)
    interval = former = ""
    if score.interval:
        interval = f" [{score.interval[0]:.{metric.decimals}f}, {score.interval[1]:.{metric.decimals}f}]"
    if base:
        former = f", {base.value:.{metric.decimals}f} at {base_name}"
    return f"{limits.metric} {value}{metric.unit}{interval}, limit {limit}{former}: passed."


def _check_limit(limits: Gate) -> None:
    if not _can_be(limits.limit, limits.metric):
        raise AgelineError(
            f"gate.limit in params.yaml is {limits.limit:g}, expected {JUDGED[limits.metric].expected}, in which"
            f" {limits.metric} (gate.metric) is measured. Set gate.limit and gate.tolerance for it."
        )


def _worse(value: float, other: float, metric: Metric) -> float:
    """By how much `value` is worse than `other`; below 0 where it is better."""
    return other - value if metric.higher_is_better else value - other


def _within(value: float, highest: float) -> bool:
    return round(value - highest, _DECIMALS) <= 0


def _can_be(value: object, metric: str) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= JUDGED[metric].highest


def _shown(metric: Metric, value: float, other: float, *more: float) -> list[str]:
    """Values with their usual decimals, or as many as tell `value` from `other`: "8.00 is over 8.00" would puzzle."""
    telling = (n for n in range(metric.decimals, _DECIMALS) if f"{value:.{n}f}" != f"{other:.{n}f}")
    decimals = metric.decimals if value == other else next(telling, _DECIMALS)
    return [f"{shown:.{decimals}f}" for shown in (value, other, *more)]
