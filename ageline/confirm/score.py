"""Is a result what came out when the same model was scored again?

Another processor, engine or number of threads rounds otherwise, a GPU more coarsely, so numbers agree within a
tolerance. Where a number is held against a limit, as in a share or at the edge of two bins, rounding can change sides;
then a face is let pass.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ageline.confirm.fold import count, first, fold_differences, name_differences
from ageline.confirm.result import Result
from ageline.confirm.verdict import Verdict
from ageline.gate.metrics import JUDGED
from ageline.gate.predictions import Label
from ageline.gate.wording import shown_name

OF_AGE = 18  # years, as in ageline.scoring.ages.till, which imports more than is needed here
LEAST_SHARE = 0.001  # by which a share may differ where one face is less
EDGE = 100  # one face of so many may have an interval of another bin
_ROUNDED = 0.0001  # metrics.json has 4 decimals
_DECIMALS = 9  # of a comparison: 5.75 - 5.73 is 0.02, also in binary


@dataclass(frozen=True)
class Tolerance:
    """By how much two scorings of one model may differ.

    Attributes:
        metric: for a metric that is a mean over faces: years, or the log_loss.
        face: for each number that a face was given: years, or a probability.
    """

    metric: float
    face: float

    def within(self, metric: float) -> "Tolerance":
        """Another tolerance for metrics, and for faces in proportion."""
        return Tolerance(metric, self.face * metric / self.metric)


TOLERANCES = {"mae": Tolerance(0.02, 0.5), "accuracy": Tolerance(0.02, 0.1)}

_ENDS = {"low", "high"}  # of intervals, which go by bins of age
_MEANS = {"mae", "mae_low", "mae_high", "macro_mae", "rmse", "bias", "log_loss"}
# Of how many faces one is such a share. The ends of a Wilson interval move by up to two shares where one more is right.
_SHARES: Mapping[str, Callable[[list[Label]], float]] = {
    "cs5": len,
    "coverage": len,
    "minor_pass": lambda labels: sum(age < OF_AGE for age in labels if not isinstance(age, str)),
    "accuracy": len,
    "accuracy_low": lambda labels: len(labels) / 2,
    "accuracy_high": lambda labels: len(labels) / 2,
    "balanced_accuracy": lambda labels: min(Counter(labels).values()),
}


def confirm_score(claimed: Result, found: Result, name: str, tolerance: Tolerance) -> Verdict:
    """Whether a result is what came out when its model was scored again.

    Args:
        claimed: what is committed.
        found: what came out here.
        name: what to call where `claimed` is, such as "HEAD".
        tolerance: one of `TOLERANCES`.
    """
    differences = list(fold_differences(claimed, found, name))
    if claimed.metric == found.metric:
        differences += name_differences(claimed, found, name)
        differences += _metric_differences(claimed, found, name, tolerance)
        differences += _face_differences(claimed, found, name, tolerance)
        differences += _other_genders(claimed, found, tolerance) if found.metric == "accuracy" else ()
    if not differences:
        return Verdict(True, _agreement(claimed, found, name, tolerance))
    remedy = (
        f"What {name} has is not what its model gives here. Run `dvc repro`, commit dvc.lock and both files together,"
        " and `dvc push`."
    )
    return Verdict(False, [*differences, remedy])


def _metric_differences(claimed: Result, found: Result, name: str, tolerance: Tolerance) -> Iterator[str]:
    labels = list(found.answers.labels.values())
    for metric in (metric for metric in found.metrics if metric in claimed.metrics):
        old, new, most = claimed.metrics[metric], found.metrics[metric], allowed(metric, labels, tolerance)
        if not _within(abs(old - new), most):
            unit = JUDGED[found.metric].unit if metric in _MEANS | {"width"} else ""
            expected = f"{abs(old - new):.4f}{unit} apart, expected at most {most:.4f}" if most else "expected the same"
            yield f"{shown_name(metric)} is {old} at {name} and {new} here: {expected}."


def allowed(metric: str, labels: list[Label], tolerance: Tolerance) -> float:
    """By how much a metric of faces with these labels may differ; of a name that is not known here, nothing."""
    if metric in _MEANS:
        return tolerance.metric
    if metric == "width":  # of the same intervals
        return tolerance.face
    counted = _SHARES[metric](labels) if metric in _SHARES else 0
    return max(LEAST_SHARE, 1 / counted) + _ROUNDED if counted else 0.0


def _face_differences(claimed: Result, found: Result, name: str, tolerance: Tolerance) -> Iterator[str]:
    unit = JUDGED[found.metric].unit
    for column, apart in _distances(claimed, found).items():
        far = _further(apart, tolerance.face)
        if len(far) <= _exceptions(column, apart):
            continue
        old, new = claimed.numbers[column], found.numbers[column]
        worst = first(f"{shown_name(face)} ({old[face]:g} at {name}, {new[face]:g} here)" for face in far)
        yield f"{shown_name(column)} of {len(far):,} of {count(apart)} is over {tolerance.face:g}{unit} apart: {worst}."


def _other_genders(claimed: Result, found: Result, tolerance: Tolerance) -> Iterator[str]:
    """Of genders that are not the likelier ones: where the two are as likely, rounding chooses."""
    old, new, sure = claimed.answers.distances, found.answers.distances, found.numbers.get("female", {})
    other = [face for face in new if old.get(face, new[face]) != new[face]]
    if far := [face for face in other if abs(sure.get(face, 1) - 0.5) > tolerance.face]:
        yield f"predicted of {len(far):,} of {count(new)} is the other gender: {first(map(shown_name, far))}."


def _distances(claimed: Result, found: Result) -> dict[str, dict[str, float]]:
    """How far apart the numbers of both are, by column and face."""
    return {
        column: {face: abs(old[face] - new) for face, new in found.numbers[column].items() if face in old}
        for column, old in claimed.numbers.items()
        if column in found.numbers
    }


def _further(apart: Mapping[str, float], most: float) -> list[str]:
    """The faces that are further apart, the furthest first."""
    return sorted((face for face in apart if not _within(apart[face], most)), key=lambda face: (-apart[face], face))


def _exceptions(column: str, faces: Collection[str]) -> int:
    """How many faces may be any distance apart."""
    return max(1, len(faces) // EDGE) if column in _ENDS else 0


def _agreement(claimed: Result, found: Result, name: str, tolerance: Tolerance) -> list[str]:
    said = f"metrics.json and predictions.csv of {count(found.answers.labels)} are those of {name}"
    if claimed == found:
        return [f"{said}, to the last digit."]
    distances, unit = _distances(claimed, found), JUDGED[found.metric].unit
    face = max(distance for column, apart in distances.items() if column not in _ENDS for distance in apart.values())
    mean = abs(claimed.metrics[found.metric] - found.metrics[found.metric])
    moved = {face for column in _ENDS & distances.keys() for face in _further(distances[column], tolerance.face)}
    have = "has" if len(moved) == 1 else "have"
    exception = f"{count(moved)} {have} another interval, as one at the edge of two bins of age may have."
    return [
        f"{said} up to rounding: {found.metric} is {mean:.4f}{unit} apart (at most {tolerance.metric:g} expected),"
        f" no face more than {face:.4f} (at most {tolerance.face:g}).",
        *([exception] if moved else []),
    ]


def _within(distance: float, most: float) -> bool:
    return round(distance - most, _DECIMALS) <= 0
