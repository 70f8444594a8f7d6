"""The verdict: what is held against a model, by three questions.

1. Is its metric beyond gate.limit?
2. Is it worse than the base's model on the same faces, by more than gate.tolerance, with 95% confidence?
3. Is it worse in an age bin, or for a gender, by more than gate.bin_tolerance, with 95% confidence over all of them?
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from ageline.errors import AgelineError
from ageline.gate.folds import FoldChange, shared_faces
from ageline.gate.metrics import JUDGED, Score, can_be
from ageline.gate.paired import DECIMALS, RISK, Paired, compare_paired, holm
from ageline.gate.predictions import Answers
from ageline.gate.runs import METRICS, PREDICTIONS, WITHIN, OtherTarget, Run
from ageline.params import Bootstrap, Evaluate, Gate
from ageline.scoring.bins import ENOUGH, faces_by_bin
from ageline.scoring.intervals import bootstrap_interval, wilson_interval

_DRAWS_PER_BIN = 200  # so that Holm's correction, which multiplies p by the bins, leaves one that 10 draws can decide


class Status(IntEnum):
    """The exit status of `ageline gate`."""

    PASSED = 0
    REFUSED = 1
    BROKEN = 2
    TEST_CHANGED = 3
    NO_BASE = 4


@dataclass(frozen=True)
class Group:
    """The faces of an age bin, or of a gender, that two runs share.

    Attributes:
        label: "18-24" or "female".
        compared: both runs on them, held against gate.bin_tolerance; None without a base.
        here: mean distance of the answers of the run from the labels.
        n: faces.
        p: adjusted for the number of groups by Holm; None where there are too few faces to judge.
    """

    label: str
    n: int
    here: float
    compared: Paired | None = None
    p: float | None = None

    @property
    def is_worse(self) -> bool:
        """Whether this is held against the model."""
        return self.p is not None and self.p <= RISK


@dataclass(frozen=True)
class Verdict:
    """What is held against a model, and all that a person wants to know of it.

    Attributes:
        gate: the limits.
        score: of the model by gate.metric.
        against_limit: what was held against gate.limit: the score's value, or the worse end of its interval.
        faces: of the test fold.
        base: what to call the revision it was compared with; None without one.
        base_score: of that revision; None where it has no run, or learned something else.
        other_target: the metric of a base that learned something else.
        shared: faces that are the same in both test folds.
        overall: both models on the faces that they share; None where there are too few.
        groups: by age bin or gender, of those faces; without a base, of all.
        change: how the test fold differs from the base's; None where nothing can be compared.
        accepted: that the test fold, its labels or the target changed.
    """

    gate: Gate
    score: Score
    against_limit: float
    faces: int
    base: str | None = None
    base_score: Score | None = None
    other_target: str | None = None
    shared: int = 0
    overall: Paired | None = None
    groups: tuple[Group, ...] = ()
    change: FoldChange | None = None
    accepted: bool = False

    @property
    def is_over_limit(self) -> bool:
        # Written as "not within", so that a NaN, which is neither above nor below, is refused.
        beyond = worse_by(self.against_limit, self.gate.limit, self.gate)
        return not round(beyond, DECIMALS) <= 0

    @property
    def is_worse(self) -> bool:
        return self.overall is not None and self.overall.p <= RISK

    @property
    def worse_groups(self) -> list[Group]:
        return [group for group in self.groups if group.is_worse]

    @property
    def is_another_test(self) -> bool:
        """Whether the models did not answer the same questions."""
        return self.other_target is not None or bool(self.change)

    @property
    def status(self) -> Status:
        if self.is_over_limit or self.is_worse or self.worse_groups:
            return Status.REFUSED
        return Status.TEST_CHANGED if self.is_another_test and not self.accepted else Status.PASSED


def judge(
    here: Run,
    base: Run | OtherTarget | None,
    gate: Gate,
    evaluate: Evaluate,
    *,
    base_name: str | None = None,
    accepted: bool = False,
) -> Verdict:
    """The verdict over a model.

    Args:
        here: the model's run.
        base: of the model it would replace; without, the limit alone decides.
        gate: the `gate` section of params.yaml.
        evaluate: the `evaluate` section, of which the age bins and the bootstrap hold here, too.
        base_name: what to call the revision of `base`, where one was asked for.
        accepted: whether another test fold, other labels or another target are meant.

    Raises:
        AgelineError: the limit is no value that the metric can have, or gate.use wants a bound that the run lacks.
    """
    _check_limit(gate)
    verdict = Verdict(
        gate=gate,
        score=here.score,
        against_limit=_against_limit(here, gate, evaluate.bootstrap),
        faces=len(here.answers.labels),
        base=base_name,
        accepted=accepted,
    )
    if isinstance(base, OtherTarget):
        verdict = replace(verdict, other_target=base.metric)
    if not isinstance(base, Run):
        return replace(verdict, groups=tuple(_groups_alone(here.answers, evaluate)))
    faces, change = shared_faces(here.answers, base.answers)
    verdict = replace(verdict, base_score=base.score, change=change, shared=len(faces))
    if len(faces) < ENOUGH:
        return replace(verdict, groups=tuple(_groups_alone(here.answers, evaluate)))
    overall = _compare(here.answers, base.answers, faces, gate.tolerance, evaluate.bootstrap)
    return replace(verdict, overall=overall, groups=tuple(_groups(here.answers, base.answers, faces, gate, evaluate)))


def worse_by(value: float, other: float, gate: Gate) -> float:
    """By how much a value of gate.metric is worse than another; below 0 where it is better."""
    return other - value if JUDGED[gate.metric].higher_is_better else value - other


def _check_limit(gate: Gate) -> None:
    if not can_be(gate.limit, gate.metric):
        raise AgelineError(
            f"gate.limit in params.yaml is {gate.limit:g}, expected {JUDGED[gate.metric].expected}, in which"
            f" {gate.metric} (gate.metric) is measured. Set gate.limit and the tolerances for it."
        )


def _against_limit(here: Run, gate: Gate, bootstrap: Bootstrap) -> float:
    """The metric, or the worse end of its interval, from the faces: a bound is as easily edited as a metric."""
    if gate.use == "value":
        return here.score.value
    higher = JUDGED[gate.metric].higher_is_better
    name = f"{gate.metric}_{'low' if higher else 'high'}"
    if here.score.interval is None:
        raise AgelineError(
            f"{METRICS} has no {name}, which `gate.use: bound` holds against gate.limit: of very few faces there is no"
            " interval. Test on more faces, or set gate.use to value."
        )
    distances = list(here.answers.distances.values())
    if higher:
        bound = wilson_interval(len(distances) - round(sum(distances)), len(distances))[0]
    else:
        bound = bootstrap_interval(np.round(distances, 4), bootstrap.samples, bootstrap.seed)[1]
    written = here.score.interval[0 if higher else 1]
    if abs(written - bound) > WITHIN:
        raise AgelineError(
            f"{METRICS} has the {name} {written:g}, {PREDICTIONS} gives {bound:.4f} with evaluate.bootstrap as in"
            " params.yaml. One of the three was edited. Run `dvc repro` and commit the result."
        )
    return bound


def _groups(here: Answers, base: Answers, faces: Sequence[str], gate: Gate, evaluate: Evaluate) -> list[Group]:
    """The groups of the faces that two runs share, those without faces left out."""
    members = _members(here, faces, evaluate)
    judged = sum(len(inside) >= ENOUGH for _, inside in members)
    samples = max(evaluate.bootstrap.samples, _DRAWS_PER_BIN * judged)
    bootstrap = evaluate.bootstrap.model_copy(update={"samples": samples})
    compared = [_compare(here, base, inside, gate.bin_tolerance, bootstrap) for _, inside in members]
    adjusted = iter(holm([pair.p for pair in compared if pair.n >= ENOUGH]))
    return [
        Group(label, pair.n, pair.here, pair, next(adjusted) if pair.n >= ENOUGH else None)
        for (label, _), pair in zip(members, compared, strict=True)
    ]


def _compare(here: Answers, base: Answers, faces: Sequence[str], tolerance: float, bootstrap: Bootstrap) -> Paired:
    before, after = ([answers.distances[face] for face in faces] for answers in (base, here))
    return compare_paired(before, after, tolerance, bootstrap)


def _groups_alone(here: Answers, evaluate: Evaluate) -> list[Group]:
    """The groups of a run that there is nothing to compare with."""
    return [
        Group(label, len(inside), sum(here.distances[face] for face in inside) / len(inside))
        for label, inside in _members(here, list(here.labels), evaluate)
    ]


def _members(answers: Answers, faces: Sequence[str], evaluate: Evaluate) -> list[tuple[str, list[str]]]:
    """The name of each age bin or gender and the faces in it, those without faces left out."""
    labels = [answers.labels[face] for face in faces]
    named = np.array(labels)
    if any(isinstance(label, str) for label in labels):
        groups = [(name, named == name) for name in sorted(set(map(str, labels)))]
    else:
        groups = faces_by_bin(named, evaluate.age_bins)
    return [
        (name, [face for face, member in zip(faces, inside, strict=True) if member])
        for name, inside in groups
        if inside.any()
    ]
