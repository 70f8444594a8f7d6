"""What the cells of a column say, years or words: null where nothing, and an error where a number is expected."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.layouts.words import UNKNOWN

OLDEST = 150  # years
NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
WHOLE = re.compile(r"^([+-]?[0-9]+)[.]0*$", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+", re.ASCII)


def read_texts(cells: pd.Series) -> pd.Series:
    """The text of each cell, None where it is empty."""
    return pd.Series([_text(cell) or None for cell in cells.astype(object)], dtype=object, index=cells.index)


def read_words(cells: pd.Series) -> pd.Series:
    """The text of each cell, None where it says nothing: empty, or a word such as unknown or n/a."""
    words = [None if text is None or text.lower() in UNKNOWN else text for text in read_texts(cells)]
    return pd.Series(words, dtype=object, index=cells.index)


def whole_code(word: str) -> str:
    """1 of 1.0, which files say where a column of whole numbers has gaps; any other word as it is."""
    return WHOLE.sub(r"\1", word)


def read_numbers(cells: pd.Series, meaning: str, path: str | Path) -> pd.Series:
    """The number of each cell, NaN where it says nothing.

    Args:
        cells: of a column, by whose name errors call it.
        meaning: of a number, such as "the true age in years".
        path: of the file, for errors.

    Raises:
        AgelineError: a cell is no number, or an infinite one.
    """
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        numbers = pd.Series(cells.to_numpy(np.float64, na_value=np.nan), index=cells.index)
    else:
        words = read_words(cells)
        refuse(words.notna() & ~words.map(_is_number).astype(bool), cells, f"expected {meaning}", path)
        numbers = words.astype(np.float64)
    refuse(numbers.abs() == np.inf, cells, f"expected {meaning}, a finite number", path)
    return numbers


def refuse(
    wrong: pd.Series, cells: pd.Series, expected: str, path: str | Path, *, remedy: str = "Mend the row."
) -> None:
    """Raises AgelineError, naming the first row and cell, where any is `wrong`, `[n]`; `expected` is a phrase."""
    if wrong.any():
        place = int(np.argmax(wrong))
        cell = cells.iloc[place]
        comma = isinstance(cell, str) and DECIMAL_COMMA.fullmatch(cell.strip())
        if comma:
            remedy = f"Write it with a decimal point, {cell.strip().replace(',', '.')}."
        more = f", the first of {int(wrong.sum())} such rows," if wrong.sum() > 1 else ""
        raise AgelineError(
            f"{path}, row {place + 1}{more} has {_shown(cell)} in column {cells.name}, {expected}. {remedy}"
        )


def _text(cell: object) -> str:
    missing = cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))
    return "" if missing else str(cell).strip()


def _is_number(word: str | None) -> bool:
    return word is not None and NUMBER.fullmatch(word) is not None


def _shown(cell: object) -> str:
    text = _text(cell)[:60]
    return "nothing" if not text else repr(text) if isinstance(cell, str) else text
