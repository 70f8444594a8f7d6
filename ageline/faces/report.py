"""The account of an ingest: every photo in one of two columns, accepted or rejected with its reason."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ageline.faces.audit.findings import FLAWS, tabulate_findings
from ageline.faces.audit.groups import KINDS
from ageline.faces.outcome import SEVERAL, Outcome
from ageline.store.files import write_json, written_whole
from ageline.store.manifest import GENDERS, SPLITS
from ageline.store.tables import write_csv

DECADE = 10  # years
SPREAD = ["faces", "mean_age", "lowest", "first_quartile", "median", "third_quartile", "highest"]


def write_report(folder: str | Path, outcome: Outcome) -> None:
    """Write the account of an ingest.

    `ingest.json` has the counts and `summary.txt` says them in words; `rejected.csv`, `audit.csv` (see
    `audit.findings`) and `splits.csv` (see `splits.read_splits`) have a row per photo, `folds.csv` one per fold.
    """
    counts = count(outcome)
    spread = spread_ages if outcome.target == "age" else spread_genders
    with written_whole(folder) as partial:
        partial.mkdir()
        write_json(partial / "ingest.json", counts)
        (partial / "summary.txt").write_text(summarize(counts) + "\n", encoding="utf-8", newline="\n")
        write_csv(partial / "rejected.csv", outcome.rejected[["source", "reason", "detail"]])
        write_csv(
            partial / "audit.csv", tabulate_findings(outcome.photos, outcome.duplicates, outcome.links, outcome.flaws)
        )
        write_csv(partial / "splits.csv", outcome.accepted[["source", "split"]])
        write_csv(partial / "folds.csv", spread(outcome.accepted))


def count(outcome: Outcome) -> dict[str, Any]:
    """The counts of `ingest.json`; `accepted` and `rejected` add up to `listed`.

    Those of genders, and of faces whose age is known, are there with target gender.
    """
    accepted, duplicates = outcome.accepted, outcome.duplicates
    return {
        "listed": len(outcome.photos),
        "accepted": len(accepted),
        "rejected": len(outcome.rejected),
        "rejected_by_reason": count_reasons(outcome),
        "other_files": outcome.other_files,
        "faces": {split: int((accepted.split == split).sum()) for split in SPLITS},
        "ages": {
            split: None if ages.empty else {"mean": round(ages.mean(), 2), "low": ages.min(), "high": ages.max()}
            for split in SPLITS
            for ages in [accepted.age[accepted.split == split].dropna()]
        },
        **(_count_genders(accepted) if outcome.target == "gender" else {}),
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
            *(f"{split}: {_fold(split, counts)}" for split in counts["faces"]),
            _straddle(**counts["straddling"]),
            *_duplicates(counts),
            *_several(counts["flags"].get(SEVERAL, 0)),
            "flaws: " + ", ".join(f"{number:,} {flaw.replace('_', ' ')}" for flaw, number in counts["flaws"].items()),
        ]
    )


def _fold(split: str, counts: dict[str, Any]) -> str:
    faces, ages = counts["faces"][split], counts["ages"][split]
    spread = f"aged {ages['low']:g} to {ages['high']:g}, {ages['mean']:.1f} on average" if ages else "of unknown age"
    if not faces:
        return "no faces"
    if "genders" not in counts:
        return f"{faces:,} faces {spread}"
    genders = ", ".join(f"{number:,} {gender}" for gender, number in counts["genders"][split].items())
    aged = counts["with_age"][split]
    return f"{faces:,} faces, {genders}, {spread if aged in {0, faces} else f'{aged:,} of them {spread}'}"


def _count_genders(accepted: pd.DataFrame) -> dict[str, dict[str, Any]]:
    folds = {split: accepted[accepted.split == split] for split in SPLITS}
    return {
        "genders": {
            split: {gender: int((fold.gender == gender).sum()) for gender in GENDERS} for split, fold in folds.items()
        },
        "with_age": {split: int(fold.age.notna().sum()) for split, fold in folds.items()},
    }


def _straddle(groups: int, photos: int) -> str:
    if not groups:
        return "no copies of a photo and no photos of a person were found in different folds"
    return f"copies of a photo, or photos of a person, straddle folds: {_number(groups, 'group')} of {photos:,} photos"


def _several(photos: int) -> Iterator[str]:
    if photos:
        yield f"several faces: in {_number(photos, 'photo')}, of which the largest face was taken"


def _duplicates(counts: dict[str, Any]) -> Iterator[str]:
    duplicates, conflicts = counts["duplicates"], counts["conflicts"]
    kinds = ", ".join(f"{photos:,} {kind.replace('_', ' ')}" for kind, photos in counts["duplicates_by_kind"].items())
    if not duplicates["groups"]:
        yield "duplicates: none"
        return
    yield f"duplicates: {_number(duplicates['groups'], 'group')} of {duplicates['photos']:,} photos ({kinds})"
    gap = conflicts["largest_age_gap"]
    if conflicts["groups"]:
        yield (
            f"conflicts: labels differ in {conflicts['groups']:,} of them, {conflicts['photos']:,} photos"
            + f", by up to {gap:g} years" * bool(gap)
        )
    links = counts["links"]
    if links["pairs"]:
        pairs = _number(links["pairs"], "pair")
        yield f"near-duplicates between groups: {pairs}, labels differ in {links['conflicts']:,}"


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'s' * (count != 1)}"


def spread_ages(accepted: pd.DataFrame) -> pd.DataFrame:
    """How ages spread in each fold: a row per fold with its size, mean, quartiles and the faces of each decade."""
    oldest = int(accepted.age.max()) if accepted.age.notna().any() else 0
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


def spread_genders(accepted: pd.DataFrame) -> pd.DataFrame:
    """The table of `spread_ages`, of which the ages are those known, with the faces of each gender behind their sum."""
    genders = pd.DataFrame(_count_genders(accepted)["genders"]).T.reset_index(drop=True)
    table = spread_ages(accepted)
    return pd.concat([table[["split", "faces"]], genders, table.drop(columns=["split", "faces"])], axis=1)


def count_reasons(outcome: Outcome) -> dict[str, int]:
    """How many photos were rejected for each reason, the commonest first."""
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
        "largest_age_gap": float(duplicates.age_gap.max()) if duplicates.age_gap.notna().any() else 0.0,
    }


def find_examples(outcome: Outcome) -> dict[str, str]:
    """By reason, the commonest first, what follows it in a sentence: the first photo that was rejected for it."""
    first = outcome.rejected.drop_duplicates("reason").set_index("reason")
    return {
        reason: legible(f", such as {first.source[reason]}" + f" ({first.detail[reason]})" * bool(first.detail[reason]))
        for reason in count_reasons(outcome)
    }


def legible(text: str) -> str:
    """A name on one line and of visible characters, so that it can't break a line or steer a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda unseen: repr(unseen[0])[1:-1], text)
