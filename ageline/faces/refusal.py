"""Why an outcome is refused: no model should be trained on it."""

from pathlib import Path

from ageline.errors import AgelineError
from ageline.faces.outcome import BEYOND, DUPLICATE, Outcome
from ageline.faces.report import count_reasons, find_examples
from ageline.params import Ingest, Target
from ageline.store.manifest import SPLITS

REASONS_SHOWN = 5
LABELS_OF: dict[Target, str] = {
    "age": (
        "Ages are read from the names of folders or files (data.layout classes, utkface, pattern), or from a CSV"
        " (labels, table, appa-real). Name the layout that finds them, or set target: gender, which needs none."
    ),
    "gender": (
        "Genders are read from the folders female and male (data.layout classes), from the names of files (utkface,"
        " pattern), or from a CSV (labels, table, appa-real with its allcategories_train.csv). Name the layout that"
        " finds them, or set target: age."
    ),
}


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
    listed, accepted = len(outcome.photos), len(outcome.accepted)
    if not accepted:
        problem = f"{source} has no usable photo of {listed:,}:\n{_commonest(outcome)}"
        raise AgelineError(f"{problem}\n{_consequence(report, 'rejected.csv')}{_remedy_of_none(outcome)}")
    _check_share(outcome, params, source, report)
    _check_copies(outcome, params, source, report)
    for split in SPLITS:
        if not (outcome.accepted.split == split).any():
            raise AgelineError(
                f"The {split} fold holds none of the {accepted:,} faces, expected at least one."
                f" {_consequence(report)}{_remedy(split, params)}"
            )


def _check_share(outcome: Outcome, params: Ingest, source: str | Path, report: str | Path | None) -> None:
    """Refuse too many rejected; with a cut by `ingest.max_faces` as many as it would be, were all like those picked."""
    reasons, listed = count_reasons(outcome), len(outcome.photos)
    beyond = reasons.get(BEYOND, 0)
    unwanted = len(outcome.rejected) - beyond - reasons.get(DUPLICATE, 0)  # to drop copies is no failure
    unread = int((outcome.rejected.chunk.isna() & (outcome.rejected.reason != BEYOND)).sum())
    picked = listed - unread - beyond
    expected = unread + (unwanted - unread) * ((picked + beyond) / max(picked, 1))
    if expected > params.max_rejected * listed:
        cut = f" and {beyond:,} are {BEYOND}; of all it would be about" if beyond else ","
        raise AgelineError(
            f"{unwanted:,} of {listed:,} photos in {source} were rejected{cut} {expected / listed:.1%}; expected at"
            f" most {params.max_rejected:.1%} (ingest.max_rejected):\n{_commonest(outcome)}\n"
            f"{_consequence(report, 'rejected.csv')}Mend the source, or raise ingest.max_rejected."
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


def _remedy_of_none(outcome: Outcome) -> str:
    """What to do where no photo is usable: where none has a label of the target, another layout or target may do."""
    unlabelled = f"no {outcome.target}" in count_reasons(outcome) and outcome.photos[outcome.target].isna().all()
    return LABELS_OF[outcome.target] if unlabelled else "Mend the source."


def _remedy(split: str, params: Ingest) -> str:
    protocol = params.split.protocol
    cut = "" if params.max_faces is None else "Raise ingest.max_faces. "
    if protocol in {"random", "first-fraction"}:
        return f"{cut}Add faces, or raise {split}'s share in ingest.split.fractions."
    return f"{cut}State {split} for some photos, or choose another ingest.split.protocol than {protocol}."


def _commonest(outcome: Outcome) -> str:
    """The commonest reasons for which a photo is at fault, each with its first photo."""
    reasons, examples = count_reasons(outcome), find_examples(outcome)
    faults = [reason for reason in reasons if reason != BEYOND]
    return "\n".join(f"  {reasons[reason]:,} {reason}{examples[reason]}" for reason in faults[:REASONS_SHOWN])
