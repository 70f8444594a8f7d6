"""Predictions of any system, such as a vendor's API, another model or people: a file with a row per face.

| column | type | meaning |
|---|---|---|
| face_id | text | the file's own face_id; else the name of the photo; else "face 1" and so on, from the youngest |
| true | number | age in years |
| predicted | number | age in years; null where the system failed on the face |
| low, high | number | the interval that the system gave, years |
| std | number | the spread that it gave, years |
| gender, ethnicity | text | male and female where they are words for these, else as written; null where unknown |
| split | text | train, val or test where it is a word for one, else as written; null where it names none |
| source | text | the name of the photo |

All columns from low on are there only where the file has them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.layouts.words import GENDERS
from ageline.scoring.systems.columns import NAMES, find_columns, flag
from ageline.scoring.systems.files import read_table
from ageline.scoring.systems.splits import spelled
from ageline.scoring.systems.values import OLDEST, read_numbers, read_texts, read_words, refuse, whole_code

__all__ = ["NAMES", "flag", "read_system"]

# What a system may say, in years: an age that nobody has can be a bad guess, one that is further off is a mark for no
# answer, which would be averaged in.
LOWEST, HIGHEST = -150, 300

_SPELLED: Mapping[str, Callable[[str], str]] = {
    "split": spelled,
    "gender": lambda word: GENDERS.get(word.lower(), whole_code(word)),
    "ethnicity": lambda word: whole_code(word).lower(),
}
_BEYOND = {"low": "the lower end of its interval in years", "high": "the upper end of its interval in years",
           "std": "the spread of its prediction in years"}  # fmt: skip


def read_system(path: str | Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """The predictions in a CSV or parquet file, checked, as the table above, in the file's order.

    Args:
        path: of the file.
        columns: names of its columns by field of `NAMES`; a field that is not named is found by common names.

    Raises:
        AgelineError: it can't be read; a column is not found; a true age is missing, below 0 or above 150; a predicted
            one, or the end of an interval, is no number from -150 to 300; an interval has one end or is upside down; a
            spread is below 0 or above 300; or a face comes twice in a split.
    """
    table = read_table(path)
    found = find_columns([str(name) for name in table.columns], columns, path)
    named = {field: table[column] for field, column in found.items()}
    read = _read_ages(named, path)
    said = pd.DataFrame({**read, **_read_groups(named)})
    if "file" in named:
        said["source"] = read_texts(named["file"])
    system = said.assign(face_id=_identify(said, named, path))[["face_id", *said]]
    _check_repeated(system, path)
    return system


def _read_ages(named: Mapping[str, pd.Series], path: str | Path) -> dict[str, pd.Series]:
    true = read_numbers(named["true"], "the true age in years", path)
    refuse(true.isna() | (true < 0), named["true"], "expected the true age in years, 0 or more", path)
    refuse(true > OLDEST, named["true"], f"expected the true age in years, {OLDEST} at most, no year of birth", path)
    predicted = read_numbers(named["predicted"], "the predicted age in years", path)
    _check_range(predicted, named["predicted"], path)
    beyond = {field: read_numbers(named[field], of, path) for field, of in _BEYOND.items() if field in named}
    _check_intervals(beyond, named, path)
    if "std" in beyond:
        refuse(beyond["std"] < 0, named["std"], "expected a spread of 0 or more", path)
    # What a system says beside a prediction that it did not make is of nothing.
    beyond = {field: numbers.where(predicted.notna()) for field, numbers in beyond.items()}
    for field, numbers in beyond.items():
        _check_range(numbers, named[field], path)
    return {"true": true, "predicted": predicted, **beyond}


def _check_range(numbers: pd.Series, cells: pd.Series, path: str | Path) -> None:
    refuse(
        (numbers < LOWEST) | (numbers > HIGHEST),
        cells,
        f"expected {LOWEST} to {HIGHEST} years",
        path,
        remedy="Where the system gave no answer, leave the cell empty.",
    )


def _check_intervals(beyond: Mapping[str, pd.Series], named: Mapping[str, pd.Series], path: str | Path) -> None:
    ends = [end for end in ("low", "high") if end in beyond]
    if len(ends) == 1:
        (end,), (other,) = ends, {"low", "high"} - set(ends)
        raise AgelineError(
            f"{path} has {named[end].name!r} as the {end} end of an interval, and no column known as {other}."
            f" Name it with {flag(other)}, or rename {named[end].name!r} where it is something else."
        )
    if ends:
        low, high = beyond["low"], beyond["high"]
        for end, of in (("low", low), ("high", high)):
            refuse(
                of.isna() & (low.notna() | high.notna()), named[end], "expected both ends of an interval or none", path
            )
        refuse(low > high, named["low"], "expected a lower end that is not above the upper one", path)


def _read_groups(named: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    groups = {field: read_words(named[field]) for field in _SPELLED if field in named}
    return {field: words.map(_SPELLED[field], na_action="ignore").astype(object) for field, words in groups.items()}


def _identify(said: pd.DataFrame, named: Mapping[str, pd.Series], path: str | Path) -> pd.Series:
    """What each face is called; where nothing tells, a number by what is said of it, whatever the order of rows."""
    field = next((field for field in ("face_id", "file") if field in named), None)
    if field is None:
        order = said.sort_values(said.columns.to_list()).index
        numbered = [f"face {number:0{len(str(len(said)))}}" for number in range(1, len(said) + 1)]
        return pd.Series(numbered, index=order, dtype=object)
    names = read_texts(named[field])
    refuse(names.isna(), named[field], "expected the name of a photo or face", path)
    return names


def _check_repeated(system: pd.DataFrame, path: str | Path) -> None:
    keys = [column for column in ("face_id", "split") if column in system]
    repeated = system.duplicated(keys)
    if repeated.any():
        again = int(np.argmax(repeated))
        groups = system.groupby(keys, dropna=False).ngroup()
        first = int(np.argmax(groups == groups.iloc[again]))
        second = system.iloc[again]
        split = f" of split {second['split']}" if "split" in system and pd.notna(second["split"]) else ""
        raise AgelineError(
            f"{path}, rows {first + 1} and {again + 1}: both are {second.face_id}{split}, expected each face once."
            f" Remove one; where a photo has several faces, name each in a column face_id, or with {flag('face_id')}."
        )
