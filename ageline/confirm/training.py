"""Is a result what its code, data and params give when a model is trained again, on another kind of processor?

Training makes much of rounding: after some epochs it is another model, as with another seed. What can still be held
against each other is what no model changes, the test faces and their labels, and how good the two are on these.

Let d be the difference of the two models' errors on a face. If both come of the same code, data and params, d is as
often above 0 as below, and the mean of n such moves with a standard error of sd(d) / sqrt(n). Further apart than
3.3 of these, two trainings alike are once in a thousand times, where models that differ do so face by face.
"""

from collections.abc import Iterator
from math import sqrt
from statistics import stdev

from ageline.confirm.fold import count, fold_differences
from ageline.confirm.result import Result
from ageline.confirm.verdict import Verdict
from ageline.gate.metrics import JUDGED
from ageline.gate.runs import METRICS, PREDICTIONS, WITHIN, metric_of

DEVIATIONS = 3.3


def confirm_training(claimed: Result, found: Result, name: str) -> Verdict:
    """Whether a result may be that of another training with the same code, data and params.

    Args:
        claimed: what is committed.
        found: what came out here.
        name: what to call where `claimed` is, such as "HEAD".
    """
    differences = list(fold_differences(claimed, found, name)) or list(_differences(claimed, found, name))
    if not differences:
        return Verdict(True, [f"{_compared(claimed, found, name)}."])
    remedy = (
        f"What {name} has is not what its code, data and params give. Run `dvc repro` and commit all that it wrote."
    )
    return Verdict(False, [*differences, remedy])


def _differences(claimed: Result, found: Result, name: str) -> Iterator[str]:
    metric = found.metric
    given, said = metric_of(claimed.answers, claimed.metric), claimed.metrics[metric]
    if abs(given - said) > WITHIN:
        yield f"{METRICS} at {name} has the {metric} {said}, and {PREDICTIONS} there gives {given:.4f}."
    for counted in ("n_test", "n_failed"):
        if claimed.metrics.get(counted) != found.metrics.get(counted):
            there, here = (result.metrics.get(counted) for result in (claimed, found))
            yield f"{counted} is {there} at {name} and {here} here: expected the same."
    if abs(metric_of(found.answers, found.metric) - given) > explained_by_training(claimed, found):
        yield f"{_compared(claimed, found, name)}, and more once in a thousand times."


def explained_by_training(one: Result, other: Result) -> float:
    """How far apart two trainings alike may be in that metric, on the same faces."""
    theirs = other.answers.distances
    apart = [distance - theirs[face] for face, distance in one.answers.distances.items()]
    return DEVIATIONS * stdev(apart) / sqrt(len(apart)) if len(apart) > 1 else 0.0


def _compared(claimed: Result, found: Result, name: str) -> str:
    judged, most = JUDGED[found.metric], explained_by_training(claimed, found)
    here, there = metric_of(found.answers, found.metric), metric_of(claimed.answers, claimed.metric)
    values = (f"{value:.{judged.decimals}f}" for value in (here, there, abs(here - there), most))
    found_value, claimed_value, apart, explained = values
    return (
        f"Trained again, the model has the {found.metric} {found_value}{judged.unit}, that of {name} {claimed_value}:"
        f" {apart} apart on the same {count(found.answers.labels)}, where chance explains {explained}"
    )
