"""A run as Git has it: its metrics.json and its predictions.csv, which must tell the same story."""

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum

from ageline.errors import AgelineError
from ageline.gate.metrics import JUDGED, Score, metric_of_another_target, pick_score, read_metrics
from ageline.gate.predictions import Answers, read_predictions

METRICS = "metrics/metrics.json"
PREDICTIONS = "metrics/predictions.csv"
WITHIN = 1.01e-4  # metrics.json has 4 decimals, of errors that had 4 themselves


@dataclass(frozen=True)
class Run:
    """What a run scored on its test faces.

    Attributes:
        score: by the judged metric.
        answers: to each face, of which that score is the mean.
    """

    score: Score
    answers: Answers


@dataclass(frozen=True)
class OtherTarget:
    """A run whose model learned something else, so that no answer of it can be compared.

    Attributes:
        metric: that it is judged by.
    """

    metric: str


def read_run(text_of: Callable[[str], str | None], metric: str, at: str, remedy: str) -> Run | OtherTarget | None:
    """The run whose files `text_of` gives.

    Args:
        text_of: the text of a file, given its path; None where there is no such file.
        metric: that it is to be judged by: mae or accuracy.
        at: put behind a file's name in an error: " at main", or nothing.
        remedy: what to do about an error.

    Returns:
        None where there is neither file: nothing ran there yet.

    Raises:
        AgelineError: one file is missing, one is broken, or they contradict each other.
    """
    texts = {path: text_of(path) for path in (METRICS, PREDICTIONS)}
    missing = [path for path, text in texts.items() if text is None]
    if len(missing) == len(texts):
        return None
    if missing:
        (there,) = set(texts) - set(missing)
        raise AgelineError(f"{missing[0]}{at} does not exist, while {there} does; a run writes both. {remedy}")
    metrics, predictions = (text or "" for text in texts.values())
    values = read_metrics(metrics, f"{METRICS}{at}", remedy)
    other = metric_of_another_target(values, metric)
    if other is not None:
        return OtherTarget(other)
    run = Run(
        pick_score(values, metric, f"{METRICS}{at}", remedy),
        read_predictions(predictions, metric, f"{PREDICTIONS}{at}", remedy),
    )
    _check_agreement(run, values.get("n_test"), metric, at, remedy)
    return run


def metric_of(answers: Answers, metric: str) -> float:
    """The metric, mae or accuracy, as the answers give it, not rounded."""
    mean = fsum(answers.distances.values()) / len(answers.distances)
    return 1 - mean if JUDGED[metric].higher_is_better else mean


def _check_agreement(run: Run, n_test: object, metric: str, at: str, remedy: str) -> None:
    """A metric that was edited by hand passes for a better model, unless it is held against what it is the mean of."""
    count, given = len(run.answers.labels), metric_of(run.answers, metric)
    differs = f"{METRICS}{at} and {PREDICTIONS}{at} contradict each other:"
    if abs(given - run.score.value) > WITHIN:
        raise AgelineError(
            f"{differs} the first has the {metric} {run.score.value:g}, the {count:,} faces of the second give"
            f" {given:.4f}. One of them was edited, or is of another run. {remedy}"
        )
    if n_test is not None and n_test != count:
        raise AgelineError(f"{differs} n_test is {n_test!r} in the first, the second has {count:,} faces. {remedy}")
