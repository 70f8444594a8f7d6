"""What a predictions.csv says of each test face: its label, and how far off the answer is."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

from ageline.errors import AgelineError

COLUMNS = ("face_id", "true", "predicted")  # those that the gate reads

_MOST = 1e6  # years: far beyond what any model answers, and small enough to add up

Label = float | str  # an age in years, or a gender


@dataclass(frozen=True)
class Answers:
    """The answers to the faces of a test fold, by face_id, in the order of the file.

    Attributes:
        labels: the true age in years, or the true gender.
        distances: how far off the answer is: years of absolute error, or 0 where a gender is right and 1 where it is
            not. The less the better, and their mean is the mae, or 1 less the accuracy.
    """

    labels: dict[str, Label]
    distances: dict[str, float]


def read_predictions(text: str, metric: str, where: str, remedy: str) -> Answers:
    """The answers, given the text of a predictions.csv.

    Args:
        text: of the file.
        metric: mae for ages, accuracy for genders.
        where: what to call the file in an error, such as "metrics/predictions.csv at main".
        remedy: what to do about an error.

    Raises:
        AgelineError: a column is missing, a row is cut or has no answer, a face comes twice, or there is none. The
            sentence names the line.
    """
    label_of = _age if metric == "mae" else _gender
    answers = Answers({}, {})
    try:
        for line, (face, *both) in _rows(text, where):
            if not face:
                raise AgelineError(f"{where}, line {line}: the face has no face_id.")
            if face in answers.labels:
                raise AgelineError(f"{where}, line {line}: the face {face[:40]!r} comes twice.")
            true, predicted = (
                label_of(value, f"{where}, line {line}: {name}") for name, value in zip(COLUMNS[1:], both, strict=True)
            )
            if isinstance(true, float) and true < 0:
                raise AgelineError(f"{where}, line {line}: true should be at least 0 years, received {true:g}.")
            answers.labels[face] = true
            answers.distances[face] = _distance(true, predicted)
    except AgelineError as error:
        raise AgelineError(f"{error} {remedy}") from None
    except csv.Error as error:
        raise AgelineError(f"{where} is not readable as CSV: {error}. {remedy}") from None
    if not answers.labels:
        raise AgelineError(f"{where} has no face, expected a row for each of the test fold. {remedy}")
    return answers


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line, and what it has in the columns that the gate reads."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(rows, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise AgelineError(
            f"{where} has no column {' and no '.join(missing)}, it has {', '.join(header)[:60] or 'nothing'}."
        )
    positions = [header.index(column) for column in COLUMNS]
    for row in filter(None, rows):  # a blank line is no row
        if len(row) != len(header):
            received = ",".join(row)[:40]
            raise AgelineError(
                f"{where}, line {rows.line_num}: expected {len(header)} values as in its first line, received"
                f" {received!r}."
            )
        yield rows.line_num, [row[position] for position in positions]


def _age(value: str, where: str) -> Label:
    try:
        age = float(value)
    except ValueError:
        age = math.nan
    if not abs(age) <= _MOST:  # NaN is not, either
        raise AgelineError(f"{where} should be an age in years, received {value[:40]!r}.")
    return age


def _gender(value: str, where: str) -> Label:
    if value not in ("female", "male"):
        raise AgelineError(f"{where} should be female or male, received {value[:40]!r}.")
    return value


def _distance(true: Label, predicted: Label) -> float:
    if isinstance(true, str) or isinstance(predicted, str):
        return float(true != predicted)
    return abs(predicted - true)
