"""The first thing to read: how good it is, how sure that is, and the handful of figures that people decide on."""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from ageline.params import Target
from ageline.scoring.ages.metrics import FEWEST
from ageline.scoring.report.wording import capital, count_of, in_years, known, number, percent
from ageline.scoring.scores import Scores


class Headline(NamedTuple):
    """The measure that counts, in words.

    Attributes:
        claim: the error, or the accuracy, in a sentence without its end.
        interval: its 95% interval in words, empty where there is none.
        faces: on how many faces it was measured.
        scale: where it stands between the least and the most, for the small picture; None without an interval.
    """

    claim: str
    interval: str
    faces: str
    scale: "Scale | None"


class Mark(NamedTuple):
    """A place on the scale, in percent of its length, and what is written there."""

    place: float
    text: str


class Scale(NamedTuple):
    """The interval as a picture: a line from left to right with marks on it."""

    ticks: tuple[Mark, ...]
    low: Mark
    middle: Mark
    high: Mark
    unit: str


class KeyFigure(NamedTuple):
    """A figure of metrics.json, or two, with what it means."""

    label: str
    value: str
    interval: str
    meaning: str


def headline_of(scores: Scores, target: Target, system: str) -> Headline:
    """The headline of a target's scores."""
    metrics = scores.metrics
    faces = f"measured on {count_of(metrics['n_test'], 'test face')}"
    if target == "age":
        interval = _interval(metrics, "mae", "years") if metrics["n_test"] >= FEWEST else ""
        claim = f"wrong by {in_years(metrics['mae'])} on average"
    else:
        claim, interval = f"right for {percent(metrics['accuracy'])} of the faces", _interval(metrics, "accuracy", "")
    return Headline(f"{capital(system)} is {claim}", interval, faces, _scale(metrics, target) if interval else None)


def key_figures(scores: Scores, target: Target, promised: float | None = None) -> list[KeyFigure]:
    """Those that are known, in the order in which they are read.

    Args:
        scores: what evaluation found.
        target: what is predicted.
        promised: share of true ages that the intervals are made to hold; None where that is not known.
    """
    return [figure for figure in (_of_ages(scores, promised) if target == "age" else _of_genders(scores)) if figure]


def _of_ages(scores: Scores, promised: float | None) -> list[KeyFigure | None]:
    metrics = scores.metrics
    return [
        _figure(metrics, "macro_mae", "Averaged over age groups", in_years,
                "The error if every age group counted the same, however few its faces are."),
        _figure(metrics, "cs5", "Within 5 years", percent, "Share of faces whose error is 5 years at most."),
        _figure(metrics, "bias", "Bias", lambda value: f"{number(value, signed=True)} years",
                "Above zero faces are taken for older than they are, below zero for younger, on average."),
        _figure(metrics, "rmse", "Root mean square error", in_years,
                "Like the average error, but large errors weigh more."),
        _coverage(metrics, promised),
        _minors(scores),
        _gap(scores.tables.get("gaps"), "error", in_years, "years"),
        _failed(metrics),
    ]  # fmt: skip


def _of_genders(scores: Scores) -> list[KeyFigure | None]:
    metrics = scores.metrics
    return [
        _figure(metrics, "balanced_accuracy", "Averaged over both labels", percent,
                "The accuracy if women and men counted the same, however few there are."),
        _figure(metrics, "log_loss", "Log loss", lambda value: f"{value:.3f}",
                "Punishes being sure and wrong; 0 is perfect, tossing a coin gives 0.693."),
        _gap(scores.tables.get("gaps"), "accuracy", percent, ""),
        _failed(metrics),
    ]  # fmt: skip


def _figure(
    metrics: Mapping[str, float], name: str, label: str, write: Callable[[float], str], meaning: str
) -> KeyFigure | None:
    if not known(metrics.get(name)):
        return None
    return KeyFigure(label, write(metrics[name]), _interval(metrics, name, ""), meaning)


def _coverage(metrics: Mapping[str, float], promised: float | None) -> KeyFigure | None:
    if not known(metrics.get("coverage")):
        return None
    aim = f", made to hold {100 * promised:g}% of true ages" if promised else ""
    width = f" They are {in_years(metrics['width'])} apart on average." if known(metrics.get("width")) else ""
    return KeyFigure(
        "Inside their interval", percent(metrics["coverage"]), "",
        f"Each prediction comes with a lowest and a highest age{aim}; this share lies between.{width}",
    )  # fmt: skip


def _minors(scores: Scores) -> KeyFigure | None:
    metrics, till = scores.metrics, scores.tables.get("till")
    if not (known(metrics.get("minor_pass")) and known(metrics.get("threshold"))):
        return None
    at_threshold = [] if till is None else till[till.threshold == metrics["threshold"]].to_dict("records")
    shares = {
        str(name): value for row in at_threshold for name, value in row.items()
    } or metrics  # the same, with bounds
    meaning = f"Share of faces under 18 that are taken for {metrics['threshold']:g} or older, the chosen threshold."
    return KeyFigure(
        f"Minors who pass at {metrics['threshold']:g}", percent(shares["minor_pass"]),
        _interval(shares, "minor_pass", ""), meaning,
    )  # fmt: skip


def _gap(gaps: pd.DataFrame | None, measure: str, write: Callable[[float], str], unit: str) -> KeyFigure | None:
    """Between genders or ethnicities; that between ages is a matter of the task."""
    people = [] if gaps is None else gaps[gaps.grouping != "age_bin"].to_dict("records")
    if not people:
        return None
    widest = {str(name): value for name, value in max(people, key=lambda row: row["gap"]).items()}
    return KeyFigure(
        "Largest gap between groups", write(widest["gap"]), _interval(widest, "gap", unit),
        f"By {widest['grouping']}: {measure} of {widest['worst']} beside that of {widest['best']}, the two"
        " furthest apart. Where the interval holds 0 it may be chance; ages or photos may explain it too.",
    )  # fmt: skip


def _failed(metrics: Mapping[str, float]) -> KeyFigure | None:
    if not metrics.get("n_failed"):
        return None
    return KeyFigure("Without an answer", count_of(metrics["n_failed"], "face"), "", "No other figure counts them.")


def _interval(values: Mapping[str, float], name: str, unit: str) -> str:
    """The interval of a figure in words; empty where there is none."""
    low, high = values.get(f"{name}_low"), values.get(f"{name}_high")
    if low is None or high is None or not (known(low) and known(high)):
        return ""
    ends = f"{number(low)} to {number(high)}" if unit == "years" else f"{percent(low)} to {percent(high)}"
    return f"95% interval {ends}"


def _scale(metrics: Mapping[str, float], target: Target) -> Scale:
    if target == "gender":
        least = 0.5 if metrics["accuracy_low"] >= 0.5 else 0.0
        return _marked(metrics, "accuracy", [least + step / 10 * (1 - least) * 2 for step in range(6)], "")
    most = max(1.0, metrics["mae_high"] * 1.15)
    steps = (step * 10.0**power for power in itertools.count() for step in (0.2, 0.5, 1))
    step = next(step for step in steps if most / step <= 7)
    return _marked(metrics, "mae", [step * number for number in range(math.ceil(most / step) + 1)], "years")


def _marked(metrics: Mapping[str, float], name: str, ticks: list[float], unit: str) -> Scale:
    def mark(value: float, *, tick: bool = False) -> Mark:
        place = 4 + 92 * (value - ticks[0]) / (ticks[-1] - ticks[0])
        if unit:
            return Mark(round(place, 2), f"{value:g}" if tick else f"{value:.1f}")
        return Mark(round(place, 2), percent(value, 0 if tick else 1))

    low, middle, high = (mark(metrics[f"{name}{end}"]) for end in ("_low", "", "_high"))
    return Scale(tuple(mark(round(tick, 4), tick=True) for tick in ticks), low, middle, high, unit)
