"""Tables as people read them: whole words over columns, shares in percent, an interval beside its number."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from ageline.params import Target
from ageline.scoring.report.wording import known, number, percent

NOTHING = "not known"

CAPTIONS = {
    "by_age": "By age group",
    "by_year": "By single year of age",
    "by_gender": "By labelled gender",
    "by_ethnicity": "By labelled ethnicity",
    "gaps": "The largest gap between two groups of at least 50 faces",
    "by_shot": "By number of training faces of the same age",
    "cumulative": "Share of faces with an error of at most so many years",
    "coverage_by_level": "Share of faces inside their interval, by the share promised",
    "coverage_by_age": "Share of faces inside their interval, by predicted age",
    "risk_coverage": "Error of the surest faces",
    "till_by_age": "Minors who pass, by age and threshold",
    "outcomes": "Faces by outcome at the chosen threshold",
    "references": "The folds of APPA-REAL, beside the human crowd",
    "confusion": "Faces of each label by predicted gender",
    "history": "Epochs of training",
}

_HEADERS = {
    "accuracy": "Accuracy",
    "accuracy_gap": "Gap in accuracy",
    "adult_ask": "Adults asked, share",
    "adults": "Adults",
    "adults_asked": "Adults asked for an ID",
    "age": "Age",
    "age_bin": "Age group",
    "asked": "Asked for an ID",
    "balanced_accuracy": "Balanced accuracy",
    "best": "Smallest error",
    "bias": "Bias, years",
    "calibrated_on": "Validation faces behind it",
    "coverage": "Inside the interval",
    "crowd_mae": "Crowd's mean error, years",
    "crowd_mae_undisputed": "Crowd's, without disputed labels",
    "disputed": "Disputed labels",
    "epoch": "Epoch",
    "ethnicity": "Ethnicity",
    "faces": "Faces of the fold",
    "fold": "Fold",
    "gap": "Gap, years",
    "gender": "Gender",
    "grouping": "Grouped by",
    "learned_from": "Faces that were learned from",
    "learning_rate": "Learning rate",
    "level": "Promised",
    "loss": "Loss",
    "mae": "Mean error, years",
    "mae_undisputed": "Mean error without disputed labels, years",
    "minor_pass": "Minors who pass, share",
    "minors": "Minors",
    "minors_pass": "Minors who pass",
    "measured": "Faces measured",
    "n": "Faces",
    "n_predicted": "Predicted so",
    "passed": "Pass",
    "phase": "Phase",
    "precision": "Of those predicted so, right",
    "predicted": "Predicted",
    "recall": "Named as labelled",
    "share": "Share of faces",
    "shot": "Training faces of that age",
    "threshold": "Threshold, years",
    "too_young": "Too young",
    "true": "Labelled",
    "val_accuracy": "Accuracy, validation",
    "val_loss": "Loss, validation",
    "val_mae": "Mean error, validation, years",
    "validation_bound": "Bound from validation",
    "width": "Mean width, years",
    "worst": "Largest error",
    "years": "Years",
}
_VALUES = {"age_bin": "age group"}  # of the column grouping
_SHARES = {
    *(
        "accuracy",
        "accuracy_gap",
        "adult_ask",
        "balanced_accuracy",
        "coverage",
        "level",
        "minor_pass",
        "pass_rate",
        "precision",
    ),
    *("recall", "share", "val_accuracy", "validation_bound"),
}
_YEARS = {"bias", "crowd_mae", "crowd_mae_undisputed", "gap", "mae", "mae_undisputed", "val_mae", "width"}
_SIGNED = {"bias"}


class Table(NamedTuple):
    """A table in words.

    Attributes:
        name: of its CSV file, without the ending.
        caption: what it holds.
        headers: of its columns; the first column heads the rows.
        rows: of cells, as many in each as there are headers.
    """

    name: str
    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def describe_table(name: str, table: pd.DataFrame, target: Target = "age") -> Table:
    """The table in words: `x`, `x_low` and `x_high` become one column, "5.73 (4.89 to 6.56)".

    A gap is one of years with target age, and one of shares with target gender.
    """
    if name == "references":
        table = table.rename(columns={"n": "measured"})
    if target == "gender":
        table = table.rename(columns=lambda column: column.replace("gap", "accuracy_gap"))
    ends = {f"{column}_{end}" for column in table for end in ("low", "high") if f"{column}_{end}" in table}
    columns = [str(column) for column in table if column not in ends]
    headers = (_header(column, bounded=f"{column}_low" in ends) for column in columns)
    rows = (tuple(_cell(column, row) for column in columns) for row in table.to_dict("records"))
    return Table(name, CAPTIONS.get(name, name.replace("_", " ").capitalize()), tuple(headers), tuple(rows))


def count_passing(till_by_age: pd.DataFrame) -> Table:
    """A row for each threshold and a column for each age: "1 of 24", the minors who pass."""
    ages = sorted(till_by_age.age.unique())
    rows = [
        (f"{threshold:g}", *(_passing(of_threshold[of_threshold.age == age].to_dict("records")) for age in ages))
        for threshold, of_threshold in till_by_age.groupby("threshold", sort=True)
    ]
    headers = ("Threshold, years", *(f"Aged {age:g}" for age in ages))
    return Table("till_by_age", CAPTIONS["till_by_age"], headers, tuple(rows))


def written(column: str, value: Any) -> str:
    """One number of a column as it is read."""
    if not known(value):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _VALUES.get(value, value) if column == "grouping" else value
    if column in _SHARES:
        return percent(value)
    if column in _YEARS:
        return number(value, 2, signed=column in _SIGNED)
    if column in ("age", "threshold", "years", "epoch"):
        return f"{value:g}"
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.4g}"


def _header(column: str, *, bounded: bool) -> str:
    words = _HEADERS.get(column, column.replace("_", " "))
    return f"{words} (95% interval)" if bounded else words


def _cell(column: str, row: dict[Any, Any]) -> str:
    value, low, high = row[column], row.get(f"{column}_low"), row.get(f"{column}_high")
    if not (known(low) and known(high)):
        return written(column, value)
    return f"{written(column, value)} ({written(column, low)} to {written(column, high)})"


def _passing(rows: Iterable[dict[Any, Any]]) -> str:
    return next((f"{row['passed']:,.0f} of {row['n']:,.0f}" if row["n"] else "no faces" for row in rows), NOTHING)
