"""A verdict for a page of Markdown, and for a program."""

from collections.abc import Sequence
from typing import Any

from ageline.gate.metrics import JUDGED
from ageline.gate.paired import Paired
from ageline.gate.verdict import Group, Status, Verdict
from ageline.gate.wording import notes, outcome, reasons, show_p, shown_name
from ageline.scoring.bins import ENOUGH

_HEADINGS = {
    Status.PASSED: "The gate: passed",
    Status.REFUSED: "The gate: stopped",
    Status.TEST_CHANGED: "The gate: waits for `--accept-test-change`",
}
_NAMED = 50  # faces of a changed fold that a page lists


def as_markdown(verdict: Verdict, more: Sequence[str] = ()) -> str:
    """The verdict as a heading and sentences, with a table of the error by age or gender, before and after.

    Args:
        verdict: of `judge`.
        more: sentences to be added to its notes.
    """
    sentences = [*(reasons(verdict) or [outcome(verdict)]), *notes(verdict), *more]
    return "\n".join(
        [
            f"### {_HEADINGS[verdict.status]}",
            "",
            *(f"- {sentence}" for sentence in sentences),
            "",
            *_table(verdict),
            *_changed_faces(verdict),
        ]
    )


def as_json(verdict: Verdict, more: Sequence[str] = ()) -> dict[str, Any]:
    """The verdict by name, for `json.dumps`; docs/gate.md describes it."""
    change, gate, score = verdict.change, verdict.gate, verdict.score
    return {
        "status": int(verdict.status),
        "passed": verdict.status is Status.PASSED,
        "reasons": reasons(verdict),
        "notes": [*notes(verdict), *more],
        "gate": gate.model_dump(),
        "metric": {"name": gate.metric, "value": score.value, "interval": score.interval, "faces": verdict.faces},
        "against_limit": round(verdict.against_limit, 4),
        "base": verdict.base
        and {"revision": verdict.base, "value": None if verdict.base_score is None else verdict.base_score.value},
        "comparison": verdict.overall and _pair(verdict.overall),
        "groups": [
            {
                "group": group.label,
                **(_pair(group.compared) if group.compared else {"faces": group.n}),
                "p_holm": _rounded(group.p),
                "judged": group.p is not None,
                "worse": group.is_worse,
            }
            for group in verdict.groups
        ],
        "test_change": None
        if change is None
        else {
            "accepted": verdict.accepted,
            "added": change.added,
            "removed": change.removed,
            "relabelled": {face: {"base": old, "here": new} for face, (old, new) in change.relabelled.items()},
        },
    }


def _pair(pair: Paired) -> dict[str, float]:
    """Distances as they are: of genders the share of mistakes."""
    named = {"faces": pair.n, "base": pair.base, "here": pair.here, "worse_by": pair.worse_by}
    return {name: round(value, 4) for name, value in (named | {"at_least": pair.at_least, "p": pair.p}).items()}


def _rounded(p: float | None) -> float | None:
    return None if p is None else round(p, 4)


def _table(verdict: Verdict) -> list[str]:
    metric = JUDGED[verdict.gate.metric]
    unit, kind = ("years", "Age") if metric.target == "age" else ("share of mistakes", "Gender")
    faces = f"on the {verdict.overall.n:,} faces of both" if verdict.overall else "here"
    heading = f"#### Error by {kind.lower()}, {unit}, {faces}: lower is better"
    if verdict.overall is None:
        rows = [f"| {group.label} | {group.n:,} | {_value(group.here, metric.decimals)} |" for group in verdict.groups]
        return [heading, "", f"| {kind} | Faces | Error |", "|:--|--:|--:|", *rows]
    whole = Group("all", verdict.overall.n, verdict.overall.here, verdict.overall, verdict.overall.p)
    groups = [*verdict.groups, whole]
    rows = [_row(group, group.compared, metric.decimals) for group in groups if group.compared]
    return [heading, "", f"| {kind} | Faces | Before | After | Change | Verdict |", "|:--|--:|--:|--:|--:|:--|", *rows]


def _row(group: Group, pair: Paired, decimals: int) -> str:
    change = f"{pair.worse_by:+.{decimals}f}" if round(pair.worse_by, decimals) else f"{0:.{decimals}f}"
    values = [f"{group.n:,}", _value(pair.base, decimals), _value(pair.here, decimals), change]
    return f"| {' | '.join([group.label, *values, _said_of(group)])} |"


def _said_of(group: Group) -> str:
    if group.is_worse:
        return f"**worse**, {show_p(group.p)}"
    return f"under {ENOUGH} faces" if group.p is None else "passed"


def _value(distance: float, decimals: int) -> str:
    return f"{distance:.{decimals}f}"


def _changed_faces(verdict: Verdict) -> list[str]:
    change = verdict.change
    if not change:
        return []
    relabelled = [f"`{shown_name(face)}` {old} before, {new} after" for face, (old, new) in change.relabelled.items()]
    added, removed = ([f"`{shown_name(face)}`" for face in faces] for faces in (change.added, change.removed))
    lists = [("Added", added), ("Removed", removed), ("Relabelled", relabelled)]
    lines = ["", "<details><summary>Faces of the test fold that changed</summary>", ""]
    for kind, faces in lists:
        if faces:
            more = [f"and {len(faces) - _NAMED:,} more"] if len(faces) > _NAMED else []
            lines += [f"{kind}: {', '.join([*faces[:_NAMED], *more])}.", ""]
    return [*lines, "</details>"]
