"""All numbers that a run left in Git: those of its metrics.json, and of each face in its predictions.csv."""

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass

from ageline.errors import AgelineError
from ageline.gate.metrics import JUDGED, read_metrics
from ageline.gate.predictions import Answers, read_predictions
from ageline.gate.runs import METRICS, PREDICTIONS


@dataclass(frozen=True)
class Result:
    """What came out of a scoring.

    Attributes:
        metric: that the model is judged by: mae for ages, accuracy for genders.
        metrics: by name.
        answers: label and distance of each face.
        numbers: by column and face_id: predicted and, where they are known, low, high and std, in years; of genders the
            probabilities female and male.
    """

    metric: str
    metrics: dict[str, int | float]
    answers: Answers
    numbers: dict[str, dict[str, float]]


def read_result(text_of: Callable[[str], str | None], at: str, remedy: str) -> Result:
    """The result whose files `text_of` gives.

    Args:
        text_of: the text of a file, given its path; None where there is no such file.
        at: put behind a file's name in an error: " at main", or nothing.
        remedy: what to do about an error.

    Raises:
        AgelineError: a file is missing, or broken: no JSON, no CSV, cut, with a face twice or with no face, or with
            something else where a finite number is expected.
    """
    metrics, predictions = (_text(text_of(path), f"{path}{at}", remedy) for path in (METRICS, PREDICTIONS))
    values = _metrics(metrics, f"{METRICS}{at}", remedy)
    metric = next((metric for metric in JUDGED if metric in values), None)
    if metric is None:
        raise AgelineError(f"{METRICS}{at} has neither {' nor '.join(JUDGED)}, expected one of them. {remedy}")
    answers = read_predictions(predictions, metric, f"{PREDICTIONS}{at}", remedy)
    texts = {"face_id", "true"} if metric == "mae" else {"face_id", "true", "predicted"}
    return Result(metric, values, answers, _numbers(predictions, texts, f"{PREDICTIONS}{at}", remedy))


def _text(text: str | None, where: str, remedy: str) -> str:
    if text is None:
        raise AgelineError(f"{where} does not exist, expected what a run left. {remedy}")
    if not text.strip():
        raise AgelineError(f"{where} is empty, expected what a run left. {remedy}")
    return text


def _metrics(text: str, where: str, remedy: str) -> dict[str, int | float]:
    values = read_metrics(text, where, remedy)
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise AgelineError(f"{where} has the {name[:40]!r} {str(value)[:40]!r}, expected a number. {remedy}")
    return values


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:  # an integer may have any number of digits
        return False


def _numbers(text: str, texts: set[str], where: str, remedy: str) -> dict[str, dict[str, float]]:
    """The columns of a predictions.csv, already read once without an error, but for those of texts."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    header = rows.fieldnames or []
    if len(set(header)) < len(header):
        raise AgelineError(f"{where} has a column twice: {', '.join(header)[:80]}. {remedy}")
    numbers: dict[str, dict[str, float]] = {column: {} for column in header if column not in texts}
    for row in rows:
        for column, of_faces in numbers.items():
            of_faces[row["face_id"]] = _number(row[column], f"{where}, line {rows.line_num}: {column[:40]}", remedy)
    return numbers


def _number(text: str, where: str, remedy: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise AgelineError(f"{where} should be a number, received {text[:40]!r}. {remedy}")
    return value
