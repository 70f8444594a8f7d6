"""A verdict in sentences."""

import re
from collections.abc import Sequence

from ageline.gate.folds import FoldChange
from ageline.gate.metrics import JUDGED, Metric
from ageline.gate.paired import Paired
from ageline.gate.runs import METRICS, PREDICTIONS
from ageline.gate.verdict import Group, Status, Verdict
from ageline.scoring.bins import ENOUGH

_MOST_DECIMALS = 6
_LONGEST = 64  # characters of a face_id
_NAMED = 5  # faces that a sentence names, of those that changed


def describe(verdict: Verdict) -> list[str]:
    """What there is to say of a verdict, a sentence each: what was compared, then the reasons or the outcome."""
    return [*notes(verdict), *(reasons(verdict) or [outcome(verdict)])]


def outcome(verdict: Verdict) -> str:
    """The sentence for a model that nothing is held against but, at the most, another test fold."""
    metric = JUDGED[verdict.gate.metric]
    value, limit = _shown(metric, verdict.score.value, verdict.gate.limit)
    interval = ""
    if verdict.score.interval:
        low, high = verdict.score.interval
        interval = f" [{low:.{metric.decimals}f}, {high:.{metric.decimals}f}]"
    end = "passed" if verdict.status is Status.PASSED else "passes once --accept-test-change is given"
    held = " for the worse end of it" if verdict.gate.use == "bound" else ""
    compared = f"; {_compared(verdict, verdict.overall)}" if verdict.overall else ""
    return f"{verdict.gate.metric} {value}{metric.unit}{interval}, limit {limit}{held}{compared}: {end}."


def reasons(verdict: Verdict) -> list[str]:
    """What is held against a model, a sentence each; none where it may go in, or waits for its test fold only."""
    found = [_over_limit(verdict)] if verdict.is_over_limit else []
    if verdict.overall and verdict.is_worse:
        found.append(_is_worse(verdict, verdict.overall))
    return found + [_group_is_worse(verdict, group, group.compared) for group in verdict.worse_groups if group.compared]


def notes(verdict: Verdict) -> list[str]:
    """What a verdict is not about, a sentence each: a first run, another target, other or few faces."""
    if verdict.base is None:
        return ["There is no base to compare with: judged on the limit alone."]
    name = verdict.base
    if verdict.other_target:
        return [
            f"{name} has {verdict.other_target} and no {verdict.gate.metric}, for its target is"
            f" {JUDGED[verdict.other_target].target}: nothing can be compared, judged on the limit alone."
            f"{_accept(verdict)}"
        ]
    if verdict.change is None:
        return [f"{name} has no {METRICS} and no {PREDICTIONS} yet: a first run, judged on the limit alone."]
    found = [f"{_fold_changed(verdict, verdict.change)}{_accept(verdict)}"] if verdict.change else []
    if verdict.overall is None and verdict.shared:
        found.append(
            f"{count_faces(verdict.shared)} can be compared with {name}, and of fewer than {ENOUGH} chance alone could"
            " make a model look worse: judged on the limit alone."
        )
    return found


def _over_limit(verdict: Verdict) -> str:
    metric = JUDGED[verdict.gate.metric]
    value, limit = _shown(metric, verdict.against_limit, verdict.gate.limit)
    side, least = ("under", "at least") if metric.higher_is_better else ("over", "at most")
    if verdict.gate.use == "value":
        return f"{verdict.gate.metric} is {value}{metric.unit}, {side} the limit of {limit} (gate.limit)."
    return (
        f"{verdict.gate.metric} is {least} {value}{metric.unit} with 95% confidence, {side} the limit of {limit}"
        " (gate.limit, gate.use: bound)."
    )


def _is_worse(verdict: Verdict, pair: Paired) -> str:
    metric = JUDGED[verdict.gate.metric]
    worse, least, tolerance = _shown(metric, pair.worse_by, pair.at_least, verdict.gate.tolerance)
    return (
        f"{verdict.gate.metric} is {worse}{metric.unit} worse than at {verdict.base} on the same {count_faces(pair.n)},"
        f" with 95% confidence at least {least}: more than the tolerance of {tolerance} (gate.tolerance)."
    )


def _group_is_worse(verdict: Verdict, group: Group, pair: Paired) -> str:
    metric, bins = JUDGED[verdict.gate.metric], sum(other.p is not None for other in verdict.groups)
    worse, tolerance = _shown(metric, pair.worse_by, verdict.gate.bin_tolerance)
    whose = f"ages {group.label}" if metric.target == "age" else group.label
    return (
        f"{verdict.gate.metric} of {whose} is {worse}{metric.unit} worse than at {verdict.base} on the same"
        f" {count_faces(pair.n)}: more than the tolerance of {tolerance} (gate.bin_tolerance; {show_p(group.p)} by"
        f" Holm's correction for {bins} {'bins' if metric.target == 'age' else 'genders'})."
    )


def _compared(verdict: Verdict, pair: Paired) -> str:
    metric = JUDGED[verdict.gate.metric]
    faces = f"on the same {count_faces(pair.n)}"
    if pair.worse_by <= 0:
        better, _ = _shown(metric, -pair.worse_by, 0.0)
        return f"{better} better than at {verdict.base} {faces}" if pair.worse_by else f"as at {verdict.base} {faces}"
    worse, tolerance, least, _ = _shown(metric, pair.worse_by, verdict.gate.tolerance, pair.at_least, 0.0)
    than = f"{worse} worse than at {verdict.base} {faces}"
    if pair.worse_by <= verdict.gate.tolerance:
        return f"{than}, within the tolerance of {tolerance}"
    return f"{than}, but not surely by more than the tolerance of {tolerance} (with 95% confidence at least {least})"


def _fold_changed(verdict: Verdict, change: FoldChange) -> str:
    if not verdict.shared and not change.relabelled:
        return (
            f"The test fold has no face in common with that of {verdict.base}: {count_faces(len(change.added))} here,"
            f" {len(change.removed):,} there. Nothing can be compared, judged on the limit alone."
        )
    labels = [
        f"{shown_name(face)} from {_label(old)} to {_label(new)}" for face, (old, new) in change.relabelled.items()
    ]
    kinds = [
        ("added", [shown_name(face) for face in change.added]),
        ("removed", [shown_name(face) for face in change.removed]),
        ("relabelled", labels),
    ]
    told = ", ".join(f"{len(faces):,} {kind} ({_some(faces)})" for kind, faces in kinds if faces)
    rest = "" if verdict.shared else " No face is the same in both: judged on the limit alone."
    if verdict.overall:
        rest = f" Compared are the {count_faces(verdict.shared)} that are the same in both."
    return f"The test fold is another than that of {verdict.base}: {told}.{rest}"


def _accept(verdict: Verdict) -> str:
    return "" if verdict.accepted else " If that is meant, give --accept-test-change."


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def shown_name(face: str) -> str:
    """A face_id as a page can hold it, where a dot may make a link: it is what the sender of a file chose."""
    return re.sub("[^A-Za-z0-9_-]", "?", face)[:_LONGEST]


def _label(label: object) -> str:
    return f"{label:.10g}" if isinstance(label, float) else str(label)


def count_faces(count: int) -> str:
    """Such as "1 face" or "1,500 faces"."""
    return f"{count:,} face{'' if count == 1 else 's'}"


def show_p(p: float | None) -> str:
    """Such as "p = 0.012"; nothing where there is none."""
    return "" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _shown(metric: Metric, value: float, *others: float) -> list[str]:
    """Values with their usual decimals, or as many as tell them apart: "8.00 is over 8.00" would puzzle."""
    values = (value, *others)
    decimals = metric.decimals
    while decimals < _MOST_DECIMALS and len({f"{shown:.{decimals}f}" for shown in values}) < len(set(values)):
        decimals += 1
    return [f"{round(shown, decimals) + 0.0:.{decimals}f}" for shown in values]  # 0 for -0
