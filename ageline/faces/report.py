"""The account of an ingest: every photo in one of two columns, accepted or rejected with its reason."""

from pathlib import Path
from typing import Any

import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.outcome import Outcome
from ageline.store import write_csv, write_json, written_whole
from ageline.store.manifest import SPLITS

REASONS_SHOWN = 5


def write_report(folder: str | Path, outcome: Outcome) -> None:
    """Write `ingest.json` (counts), `rejected.csv` and `duplicates.csv` (a row per photo each)."""
    with written_whole(folder) as partial:
        partial.mkdir()
        write_json(partial / "ingest.json", count(outcome))
        write_csv(partial / "rejected.csv", outcome.rejected[["source", "reason", "detail"]])
        write_csv(partial / "duplicates.csv", outcome.duplicates)


def count(outcome: Outcome) -> dict[str, Any]:
    """The counts of `ingest.json`; `accepted` and `rejected` add up to `listed`."""
    accepted = outcome.accepted
    return {
        "listed": len(outcome.photos),
        "accepted": len(accepted),
        "rejected": len(outcome.rejected),
        "rejected_by_reason": _by_reason(outcome),
        "other_files": outcome.other_files,
        "faces": {split: int((accepted.split == split).sum()) for split in SPLITS},
        "flags": {
            str(flag): int(n) for flag, n in accepted["flags"].str.split().explode().value_counts().sort_index().items()
        },
        "duplicates": _count_groups(outcome.duplicates),
        "conflicts": _count_groups(outcome.duplicates[outcome.duplicates.conflict]),
    }


def summarize(counts: dict[str, Any]) -> str:
    """The counts as a few plain lines."""
    folds = ", ".join(f"{split} {faces:,}" for split, faces in counts["faces"].items())
    duplicates, conflicts = counts["duplicates"], counts["conflicts"]
    return "\n".join(
        [
            f"{counts['listed']:,} photos listed: {counts['accepted']:,} accepted, {counts['rejected']:,} rejected",
            *(f"  {faces:,} {reason}" for reason, faces in counts["rejected_by_reason"].items()),
            f"faces: {folds}",
            f"duplicates: {duplicates['groups']:,} groups of {duplicates['photos']:,} photos; labels differ in"
            f" {conflicts['groups']:,}, by up to {conflicts['largest_age_gap']:g} years",
        ]
    )


def check(outcome: Outcome, max_rejected: float, source: str | Path, report: str | Path) -> None:
    """Refuse an outcome that no model should be trained on.

    Raises:
        AgelineError: no photo is usable, the share of the rejected is over `max_rejected`, or a fold is empty.
    """
    listed, rejected = len(outcome.photos), len(outcome.rejected)
    where = f"No fold was written; {Path(report) / 'rejected.csv'} lists them all."
    if rejected == listed:
        raise AgelineError(
            f"{source} has no usable photo of {listed:,}:\n{_examples(outcome)}\n{where} Mend the source."
        )
    if rejected > max_rejected * listed:
        raise AgelineError(
            f"{rejected:,} of {listed:,} photos in {source} were rejected, {rejected / listed:.1%}; expected at most"
            f" {max_rejected:.1%} (ingest.max_rejected):\n{_examples(outcome)}\n{where}"
            " Mend the source, or raise ingest.max_rejected."
        )
    for split in SPLITS:
        if not (outcome.accepted.split == split).any():
            raise AgelineError(
                f"The {split} fold holds none of the {listed - rejected:,} faces, expected at least one. No fold was"
                f" written. Add faces, or raise {split}'s share in ingest.split.fractions."
            )


def _by_reason(outcome: Outcome) -> dict[str, int]:
    counts = outcome.rejected.groupby("reason").size()
    return {
        str(reason): int(counts[reason])
        for reason in sorted(counts.index, key=lambda reason: (-counts[reason], reason))
    }


def _count_groups(duplicates: pd.DataFrame) -> dict[str, float]:
    return {
        "groups": int(duplicates.split_group.nunique()),
        "photos": len(duplicates),
        "rejected": int((~duplicates.kept).sum()),
        "largest_age_gap": float(duplicates.age_gap.max()) if len(duplicates) else 0.0,
    }


def _examples(outcome: Outcome) -> str:
    """The commonest reasons, each with its first photo."""
    first = outcome.rejected.drop_duplicates("reason").set_index("reason")
    lines = []
    for reason, photos in list(_by_reason(outcome).items())[:REASONS_SHOWN]:
        detail = f" ({first.detail[reason]})" if first.detail[reason] else ""
        lines.append(f"  {photos:,} {reason}, such as {first.source[reason]}{detail}")
    return "\n".join(lines)
