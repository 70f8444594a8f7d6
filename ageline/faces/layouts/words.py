"""What the text of a label means: an age, a gender, a fold.

Genders are read as words: 0 is male in UTKFace and female in IMDB-WIKI, so a number means neither.
"""

import re
from collections.abc import Callable, Mapping

from ageline.faces.layouts.layout import PARTIAL_LABEL, Listed
from ageline.faces.problems import Problem, Unusable

GENDERS = {"m": "male", "male": "male", "man": "male", "f": "female", "female": "female", "woman": "female"}
FOLDS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
UNKNOWN = {"", "u", "unknown", "nan", "none", "null", "na", "n/a", "-"}
AGE_RANGE = "age_range"  # flag: the age is the middle of a range

AgeReader = Callable[[str, bool], tuple[float, str]]

NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?", re.ASCII)
RANGE = re.compile(r"\(([0-9]{1,3}),\s*([0-9]{1,3})\)|([0-9]{1,3})\s*[-\u2013]\s*([0-9]{1,3})", re.ASCII)
OPEN_RANGE = re.compile(r"(more than|over|under|less than|>|>=|<|<=)\s*[0-9]+|[0-9]+\s*\+", re.ASCII)
DATE = re.compile(r"([0-9]+-)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(-[0-9]+)?", re.ASCII)


def read_label(
    source: str,
    texts: Mapping[str, str],
    age_of: AgeReader,
    decimal_comma: bool = True,
    genders: Mapping[str, str] = GENDERS,
    ethnicities: Mapping[str, str] | None = None,
) -> Listed:
    """A photo and its label.

    Args:
        source: the photo's name in the source.
        texts: any of `age`, `gender`, `ethnicity`, `subject` and `split`; without `age` the age is None, and an `age`
            that is none is the `age_problem`.
        age_of: `read_age` or `read_age_or_range`.
        decimal_comma: whether an age can be `31,5`.
        genders: by their words or codes in lower case; any other is None and flagged.
        ethnicities: by their codes; None where they are words.
    """
    known = {what: text for what, text in texts.items() if text.lower() not in UNKNOWN}
    age, age_flag, age_problem = _try_age(texts, age_of, decimal_comma)
    gender = known.get("gender", "").lower()
    gender_flag = PARTIAL_LABEL if gender and gender not in genders else ""
    ethnicity = known.get("ethnicity", "").lower()
    return Listed(
        source=source,
        age=age,
        gender=genders.get(gender),
        ethnicity=(ethnicity if ethnicities is None else ethnicities.get(ethnicity)) or None,
        subject=known.get("subject"),
        split=FOLDS.get(known.get("split", "").lower()),
        flags=" ".join(dict.fromkeys(flag for flag in (age_flag, gender_flag) if flag)),
        age_problem=age_problem,
    )


def _try_age(
    texts: Mapping[str, str], age_of: AgeReader, decimal_comma: bool
) -> tuple[float | None, str, Problem | None]:
    """The age and its flags, or why there is none; a text that states none in so many words is not flagged."""
    if "age" not in texts:
        return None, "", None
    try:
        return *age_of(texts["age"], decimal_comma), None
    except Unusable as unusable:
        return None, "" if texts["age"].lower() in UNKNOWN else PARTIAL_LABEL, unusable.problem


def read_age(text: str, decimal_comma: bool) -> tuple[float, str]:
    """An age in years, and no flags.

    Args:
        text: such as `31` or `31.5`.
        decimal_comma: whether `31,5` is a number too.

    Raises:
        Unusable: it is none.
    """
    if text.lower() in UNKNOWN:
        raise Unusable("no age", repr(text))
    if not NUMBER.fullmatch(text) or ("," in text and not decimal_comma):
        raise Unusable("age is no number", repr(text))
    return float(text.replace(",", ".")), ""


def read_age_or_range(text: str, decimal_comma: bool) -> tuple[float, str]:
    """An age in years and its flags; of a range such as `(25, 32)` or `20-29` the middle, flagged `AGE_RANGE`.

    Raises:
        Unusable: it is neither; the range has no end, as in `more than 70`; or it is a date, such as `9-March`, which
            spreadsheets make of 3-9 (FairFace#29).
    """
    if match := RANGE.fullmatch(text):
        low, high = (float(end) for end in match.groups() if end is not None)
        if low > high:
            raise Unusable("age range is upside down", repr(text))
        return (low + high) / 2, AGE_RANGE
    if OPEN_RANGE.fullmatch(text.lower()):
        raise Unusable("age range has no end", repr(text))
    if DATE.fullmatch(text.lower()):
        raise Unusable("age is a date", f"{text!r}, as spreadsheets make of a range such as 3-9")
    return read_age(text, decimal_comma)
