"""The verdict over a model: may it go in, given its metrics, those of the revision it would replace, and the limits?

    metrics = parse_metrics(Path(METRICS).read_text(), METRICS)
    reasons = refuse(metrics, base, params.gate, base_name="main")

Nothing is read here, so the verdict is the same from a command line, a workflow and a test.
"""

import json
import sys
from dataclasses import dataclass
from typing import TypeGuard

from ageline.errors import AgelineError
from ageline.params import Gate

METRICS = "metrics/metrics.json"
_DECIMALS = 6  # of a comparison: 8.09 + 0.10 is 8.19, also in binary


@dataclass(frozen=True)
class Metrics:
    """What the gate takes from metrics.json, in years; the interval may be absent."""

    mae: float
    interval: tuple[float, float] | None = None


def parse_metrics(text: str, where: str, remedy: str = "Run `dvc repro` and commit the result.") -> Metrics:
    """Read the text of a metrics.json.

    Args:
        text: of the file.
        where: what to call the file in an error, such as "metrics/metrics.json at main".
        remedy: what to do about an error.

    Raises:
        AgelineError: it is no JSON object, or its `mae` is missing or no finite number of years.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number with thousands of digits
        raise AgelineError(f"{where} is not readable as JSON: {error}. {remedy}") from None
    if not isinstance(values, dict):
        raise AgelineError(f"{where} should hold metrics by name, received {text.strip()[:40]}. {remedy}")
    if "mae" not in values:
        raise AgelineError(f"{where} has no `mae`, it has {', '.join(values) or 'nothing'}. {remedy}")
    if not _is_years(values["mae"]):
        raise AgelineError(f"{where} has the mae {values['mae']!r}, expected a number of years. {remedy}")
    low, high = values.get("mae_low"), values.get("mae_high")
    return Metrics(float(values["mae"]), (low, high) if _is_years(low) and _is_years(high) else None)


def refuse(metrics: Metrics, base: Metrics | None, limits: Gate, base_name: str = "the base") -> list[str]:
    """The reasons against a model, one plain sentence each; none where it may go in.

    Args:
        metrics: of the model.
        base: of the model it would replace; without, the limit alone decides.
        limits: the `gate` section of params.yaml.
        base_name: what to call the revision of `base`.
    """
    reasons = []
    # Written as "not within", so that a NaN, which is neither above nor below, is refused.
    if not _within(metrics.mae, limits.limit):
        mae, limit = _years(metrics.mae, limits.limit)
        reasons.append(f"mae is {mae} years, over the limit of {limit} (gate.limit).")
    if base is not None and not _within(metrics.mae - base.mae, limits.tolerance):
        worse, tolerance, mae, former = _years(metrics.mae - base.mae, limits.tolerance, metrics.mae, base.mae)
        reasons.append(
            f"mae is {mae} years, {worse} worse than {former} at {base_name},"
            f" more than the tolerance of {tolerance} (gate.tolerance)."
        )
    return reasons


def describe_pass(metrics: Metrics, base: Metrics | None, limits: Gate, base_name: str = "the base") -> str:
    """The sentence for a model that nothing is held against."""
    mae, limit = _years(metrics.mae, limits.limit)
    interval = f" [{metrics.interval[0]:.2f}, {metrics.interval[1]:.2f}]" if metrics.interval else ""
    former = f", {base.mae:.2f} at {base_name}" if base else ""
    return f"mae {mae} years{interval}, limit {limit}{former}: passed."


def _within(value: float, highest: float) -> bool:
    return round(value - highest, _DECIMALS) <= 0


def _is_years(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= sys.float_info.max


def _years(value: float, other: float, *more: float) -> list[str]:
    """Years with two decimals, or as many as tell `value` from `other`: "8.00 is over 8.00" would puzzle."""
    decimals = next((n for n in range(2, _DECIMALS) if f"{value:.{n}f}" != f"{other:.{n}f}"), _DECIMALS)
    if value == other:
        decimals = 2
    return [f"{years:.{decimals}f}" for years in (value, other, *more)]
