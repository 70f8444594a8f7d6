"""The account of an ingest: every photo in one of two columns, accepted or rejected with its reason."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.audit.findings import FLAWS, tabulate_findings
from ageline.faces.audit.groups import KINDS
from ageline.faces.outcome import DUPLICATE, Outcome
from ageline.params import Ingest
from ageline.store import write_csv, write_json, written_whole
from ageline.store.manifest import SPLITS

REASONS_SHOWN = 5
DECADE = 10  # years
SPREAD = ["faces", "mean_age", "lowest", "first_quartile", "median", "third_quartile", "highest"]


def write_report(folder: str | Path, outcome: Outcome) -> None:
    """Write the account of an ingest.

    `ingest.json` has the counts and `summary.txt` says them in words; `rejected.csv`, `audit.csv` (see
    `audit.findings`) and `splits.csv` (see `splits.read_splits`) have a row per photo, `folds.csv` one per fold.
    """
    counts = count(outcome)
    with written_whole(folder) as partial:
        partial.mkdir()
        write_json(partial / "ingest.json", counts)
        (partial / "summary.txt").write_text(summarize(counts) + "\n", encoding="utf-8", newline="\n")
        write_csv(partial / "rejected.csv", outcome.rejected[["source", "reason", "detail"]])
        write_csv(
            partial / "audit.csv", tabulate_findings(outcome.photos, outcome.duplicates, outcome.links, outcome.flaws)
        )
        write_csv(partial / "splits.csv", outcome.accepted[["source", "split"]])
        write_csv(partial / "folds.csv", spread_ages(outcome.accepted))


def count(outcome: Outcome) -> dict[str, Any]:
    """The counts of `ingest.json`; `accepted` and `rejected` add up to `listed`."""
    accepted, duplicates = outcome.accepted, outcome.duplicates
    return {
        "listed": len(outcome.photos),
        "accepted": len(accepted),
        "rejected": len(outcome.rejected),
        "rejected_by_reason": _by_reason(outcome),
        "other_files": outcome.other_files,
        "faces": {split: int((accepted.split == split).sum()) for split in SPLITS},
        "ages": {
            split: None if ages.empty else {"mean": round(ages.mean(), 2), "low": ages.min(), "high": ages.max()}
            for split in SPLITS
            for ages in [accepted.age[accepted.split == split]]
        },
        "straddling": {
            "groups": len(outcome.straddling),
            "photos": sum(map(len, outcome.straddling)),
        },
        "flags": {
            str(flag): int(n) for flag, n in accepted["flags"].str.split().explode().value_counts().sort_index().items()
        },
        "duplicates": _count_groups(duplicates),
        "duplicates_by_kind": {kind: int((duplicates.kind == kind).sum()) for kind in KINDS},
        "conflicts": _count_groups(duplicates[duplicates.conflict]),
        "links": {"pairs": len(outcome.links), "conflicts": int(outcome.links.conflict.sum())},
        "flaws": {name: int((outcome.flaws.finding == name).sum()) for name in FLAWS},
    }


def summarize(counts: dict[str, Any], examples: Mapping[str, str] | None = None) -> str:
    """The counts as a few plain lines, with `find_examples` if given."""
    examples = examples or {}
    return "\n".join(
        [
            f"{counts['listed']:,} photos listed: {counts['accepted']:,} accepted, {counts['rejected']:,} rejected",
            *(
                f"  {faces:,} {reason}{examples.get(reason, '')}"
                for reason, faces in counts["rejected_by_reason"].items()
            ),
            *(_fold(split, faces, counts["ages"][split]) for split, faces in counts["faces"].items()),
            _straddle(**counts["straddling"]),
            *_duplicates(counts),
            "flaws: " + ", ".join(f"{number:,} {flaw.replace('_', ' ')}" for flaw, number in counts["flaws"].items()),
        ]
    )


def _fold(split: str, faces: int, ages: dict[str, float] | None) -> str:
    if ages is None:
        return f"{split}: no faces"
    return f"{split}: {faces:,} faces aged {ages['low']:g} to {ages['high']:g}, {ages['mean']:.1f} on average"


def _straddle(groups: int, photos: int) -> str:
    if not groups:
        return "no copies of a photo and no photos of a person were found in different folds"
    return f"copies of a photo, or photos of a person, straddle folds: {_number(groups, 'group')} of {photos:,} photos"


def _duplicates(counts: dict[str, Any]) -> Iterator[str]:
    duplicates, conflicts = counts["duplicates"], counts["conflicts"]
    kinds = ", ".join(f"{photos:,} {kind.replace('_', ' ')}" for kind, photos in counts["duplicates_by_kind"].items())
    if not duplicates["groups"]:
        yield "duplicates: none"
        return
    yield f"duplicates: {_number(duplicates['groups'], 'group')} of {duplicates['photos']:,} photos ({kinds})"
    if conflicts["groups"]:
        yield (
            f"conflicts: labels differ in {conflicts['groups']:,} of them, {conflicts['photos']:,} photos,"
            f" by up to {conflicts['largest_age_gap']:g} years"
        )
    links = counts["links"]
    if links["pairs"]:
        pairs = _number(links["pairs"], "pair")
        yield f"near-duplicates between groups: {pairs}, labels differ in {links['conflicts']:,}"


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'s' * (count != 1)}"


def spread_ages(accepted: pd.DataFrame) -> pd.DataFrame:
    """How ages spread in each fold: a row per fold with its size, mean, quartiles and the faces of each decade."""
    oldest = int(accepted.age.max()) if len(accepted) else 0
    decades = range(0, oldest + 1, DECADE)
    folds = {split: accepted.age[accepted.split == split] for split in SPLITS}
    spread = {
        split: [len(ages), ages.mean(), *ages.quantile([0, 0.25, 0.5, 0.75, 1])]
        + [int((ages // DECADE * DECADE == decade).sum()) for decade in decades]
        for split, ages in folds.items()
    }
    columns = [*SPREAD, *(f"age_{decade}" for decade in decades)]
    table = pd.DataFrame.from_dict(spread, orient="index", columns=columns).astype({"faces": int})
    return table.rename_axis("split").reset_index()


def check(outcome: Outcome, params: Ingest, source: str | Path, report: str | Path | None) -> None:
    """Refuse an outcome that no model should be trained on.

    Args:
        outcome: of all photos.
        params: the section `ingest` of params.yaml.
        source: the folder or archive, to be named.
        report: where the account was written, to be named; None where none was.

    Raises:
        AgelineError: no photo is usable, the share of the rejected is over `ingest.max_rejected`, there are duplicates
            or conflicts where params say `fail`, or a fold is empty.
    """
    listed, rejected = len(outcome.photos), len(outcome.rejected)
    consequence = _consequence(report, "rejected.csv")
    if rejected == listed:
        raise AgelineError(
            f"{source} has no usable photo of {listed:,}:\n{_commonest(outcome)}\n{consequence}Mend the source."
        )
    unwanted = int((outcome.rejected.reason != DUPLICATE).sum())  # to drop copies is no failure
    if unwanted > params.max_rejected * listed:
        raise AgelineError(
            f"{unwanted:,} of {listed:,} photos in {source} were rejected, {unwanted / listed:.1%}; expected at most"
            f" {params.max_rejected:.1%} (ingest.max_rejected):\n{_commonest(outcome)}\n"
            f"{consequence}Mend the source, or raise ingest.max_rejected."
        )
    _check_copies(outcome, params, source, report)
    for split in SPLITS:
        if not (outcome.accepted.split == split).any():
            raise AgelineError(
                f"The {split} fold holds none of the {listed - rejected:,} faces, expected at least one."
                f" {_consequence(report)}{_remedy(split, params.split.protocol)}"
            )


def _check_copies(outcome: Outcome, params: Ingest, source: str | Path, report: str | Path | None) -> None:
    duplicates = outcome.duplicates
    for policy, key, found, what in (
        (params.duplicates, "duplicates", duplicates, "are copies of one another"),
        (params.conflicts, "conflicts", duplicates[duplicates.conflict], "are one photo under different labels"),
    ):
        if policy == "fail" and len(found):
            raise AgelineError(
                f"{len(found):,} photos in {source} {what}, {found.source.iloc[0]} among them; expected none"
                f" (ingest.{key}: fail). {_consequence(report, 'audit.csv')}Mend the source,"
                f" or set ingest.{key} to drop or keep."
            )


def _consequence(report: str | Path | None, table: str = "") -> str:
    """What a refusal came to, and which table of the report has more; nothing where nothing was to be written."""
    if report is None:
        return ""
    return f"No fold was written; {Path(report) / table} lists them all. " if table else "No fold was written. "


def _remedy(split: str, protocol: str) -> str:
    if protocol in {"random", "first-fraction"}:
        return f"Add faces, or raise {split}'s share in ingest.split.fractions."
    return f"State {split} for some photos, or choose another ingest.split.protocol than {protocol}."


def _by_reason(outcome: Outcome) -> dict[str, int]:
    counts = outcome.rejected.groupby("reason").size()
    return {
        str(reason): int(counts[reason])
        for reason in sorted(counts.index, key=lambda reason: (-counts[reason], reason))
    }


def _count_groups(duplicates: pd.DataFrame) -> dict[str, float]:
    return {
        "groups": int(duplicates.group.nunique()),
        "photos": len(duplicates),
        "rejected": int((~duplicates.kept).sum()),
        "largest_age_gap": float(duplicates.age_gap.max()) if len(duplicates) else 0.0,
    }


def find_examples(outcome: Outcome) -> dict[str, str]:
    """By reason, the commonest first, what follows it in a sentence: the first photo that was rejected for it."""
    first = outcome.rejected.drop_duplicates("reason").set_index("reason")
    return {
        reason: legible(f", such as {first.source[reason]}" + f" ({first.detail[reason]})" * bool(first.detail[reason]))
        for reason in _by_reason(outcome)
    }


def legible(text: str) -> str:
    """A name on one line and of visible characters, so that it can't break a line or steer a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda unseen: repr(unseen[0])[1:-1], text)


def _commonest(outcome: Outcome) -> str:
    """The commonest reasons, each with its first photo."""
    reasons, examples = _by_reason(outcome), find_examples(outcome)
    return "\n".join(f"  {reasons[reason]:,} {reason}{examples[reason]}" for reason in list(reasons)[:REASONS_SHOWN])
