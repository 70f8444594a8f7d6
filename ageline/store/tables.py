"""Writing tables, the same bytes for the same content."""

import csv
from pathlib import Path

import pandas as pd

from ageline.store.files import written_whole


def write_csv(path: str | Path, table: pd.DataFrame, decimals: int = 4) -> None:
    """Write `table` as CSV without its index, floats rounded to `decimals` places."""
    rounded = table.round(decimals)
    text = rounded.to_csv(index=False, lineterminator="\n")
    if "\r" in text:  # which Python does not quote before 3.13, and every reader takes for the end of a row
        text = rounded.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
