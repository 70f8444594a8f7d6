"""Writing files whole or not at all, and the same bytes for the same content."""

import csv
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there, file or folder, replaces `path` on success.

    When the block raises, the temporary is removed and `path` stays as it was; a full disk's error names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{uuid.uuid4().hex[:8]}-{path.name}")  # libraries go by the suffix
    try:
        yield partial
        if path.is_dir():
            shutil.rmtree(path)
        partial.replace(path)
    except OSError as error:
        if not error.filename or str(error.filename).startswith(str(partial)):  # of a full disk Python names no file
            error.filename = str(path)
        raise
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)


def write_json(path: str | Path, values: Mapping[str, Any]) -> None:
    """Write `values` as JSON: keys in the order given, a line each."""
    with written_whole(path) as partial:
        partial.write_text(json.dumps(values, indent=2, allow_nan=False) + "\n", encoding="utf-8", newline="\n")


def write_csv(path: str | Path, table: pd.DataFrame, decimals: int = 4) -> None:
    """Write `table` as CSV without its index, floats rounded to `decimals` places."""
    rounded = table.round(decimals)
    text = rounded.to_csv(index=False, lineterminator="\n")
    if "\r" in text:  # which Python does not quote before 3.13, and every reader takes for the end of a row
        text = rounded.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
