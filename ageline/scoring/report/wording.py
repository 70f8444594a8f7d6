"""Numbers as a reader meets them: years with one decimal, shares in percent, counts with their noun."""

import re
from typing import Any

import pandas as pd

_DIRECTIONS = re.compile("[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")
_MINUS = "\N{MINUS SIGN}"  # a hyphen is read as one, and breaks a line


def known(value: Any) -> bool:
    """Whether a number is there: neither None nor NaN."""
    return not pd.isna(value)


def percent(share: float, decimals: int = 1) -> str:
    """0.9216 as 92.2%; what rounds to 0 has no sign."""
    return f"{round(100 * share, decimals) + 0.0:.{decimals}f}%".replace("-", _MINUS)


def number(value: float, decimals: int = 1, *, signed: bool = False) -> str:
    """1.04 as "1.0", or as "+1.0" with its sign; what rounds to 0 has none."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''}.{decimals}f}".replace("-", _MINUS)


def in_years(value: float) -> str:
    """1.04 as "1.0 years"."""
    return f"{number(value)} years"


def count_of(number: float, noun: str, plural: str | None = None) -> str:
    """1 and "face" as "1 face", 1204 as "1,204 faces"."""
    return f"{int(number):,} {noun if number == 1 else plural or noun + 's'}"


def plain(text: str) -> str:
    """A name without the marks, themselves unseen, that turn around the direction of what is written behind it."""
    return _DIRECTIONS.sub("", text)


def capital(text: str) -> str:
    """The text with its first letter large; a file name stays as it is."""
    return text if "." in text.partition(" ")[0] else text[:1].upper() + text[1:]
