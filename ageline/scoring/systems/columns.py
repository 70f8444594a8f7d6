"""Which column of a file holds what: as flags say, or by the names that such columns commonly have."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ageline.errors import AgelineError

# What a column holds: the names, in lower case, by which it is found without a flag.
NAMES: Mapping[str, tuple[str, ...]] = {
    "true": ("true", "true_age", "real_age", "actual_age", "age", "label"),
    "predicted": (
        "predicted", "prediction", "predicted_age", "age_predicted", "estimated_age", "estimate", "apparent_age",
        "apparent_age_avg",
    ),
    "face_id": ("face_id",),
    "file": ("file", "file_name", "filename", "path", "image", "img_name", "source"),
    "split": ("split", "fold"),
    "gender": ("gender", "sex"),
    "ethnicity": ("ethnicity", "race"),
    # No spread of another name: it might be that of other predictions than the ones that a flag names.
    "low": ("low", "predicted_low"),
    "high": ("high", "predicted_high"),
    "std": ("std", "predicted_std"),
}  # fmt: skip
NEEDED = ("true", "predicted")


def flag(field: str) -> str:
    """What names the column of a field on the command line."""
    return f"--{field.replace('_', '-')}"


def find_columns(header: Sequence[str], named: Mapping[str, str], path: str | Path) -> dict[str, str]:
    """The column of each field of `NAMES` that the file has.

    Args:
        header: the names of the file's columns.
        named: columns that a person named, by field; in any case where that leaves no doubt.
        path: of the file, for errors.

    Raises:
        AgelineError: there is no such column; none, or more than one, fits; or one is to hold two things.
    """
    found = {field: column for field in NAMES if (column := _find(field, header, named.get(field), path)) is not None}
    for field, column in found.items():
        other = next(first for first, of_first in found.items() if of_first == column)
        if other != field:
            raise AgelineError(
                f"{path}: column {column!r} can't be both {other} and {field}. Name another with {flag(other)} or"
                f" {flag(field)}; {_has(header)}."
            )
    return found


def _find(field: str, header: Sequence[str], named: str | None, path: str | Path) -> str | None:
    if named is not None:
        return _named(field, header, named, path)
    fitting = [column for column in header if column.strip().lower() in NAMES[field]]
    if len(fitting) > 1:
        raise AgelineError(
            f"{path} has {len(fitting)} columns that may be {field}: {', '.join(fitting)}. Name one with {flag(field)}."
        )
    if not fitting and field in NEEDED:
        raise AgelineError(
            f"{path} has no column that is known for the {field} age ({', '.join(NAMES[field])}). Name it with"
            f" {flag(field)}; {_has(header)}."
        )
    return fitting[0] if fitting else None


def _named(field: str, header: Sequence[str], named: str, path: str | Path) -> str:
    if named in header:
        return named
    alike = [column for column in header if column.strip().lower() == named.strip().lower()]
    if len(alike) != 1:
        raise AgelineError(f"{path} has no column {named!r}, which {flag(field)} names; {_has(header)}.")
    return alike[0]


def _has(header: Sequence[str]) -> str:
    return f"its columns are {', '.join(header)}"
