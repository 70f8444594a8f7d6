"""The table in a file of predictions, a CSV or parquet, before anything is made of what it says.

A file is what its first bytes say, whatever its name ends in. Cells of a CSV are text, without blanks around them;
those of parquet are what they are there. Rows are counted from 1, in a CSV below the header, and blank lines are none.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ageline.errors import AgelineError

DELIMITERS = (",", ";", "\t")
_PARQUET = b"PAR1"


def read_table(path: str | Path) -> pd.DataFrame:
    """All columns and rows of a CSV (UTF-8; cells apart by comma, semicolon or tab) or of parquet.

    Raises:
        AgelineError: there is no such file, it is neither, it is damaged, two columns have one name, or it has no row.
    """
    data = _read_bytes(Path(path))
    table = _read_parquet(data, path) if data.startswith(_PARQUET) else _read_csv(data, path)
    repeated = [name for name, times in Counter(table.columns).items() if times > 1]
    if repeated:
        raise AgelineError(f"{path} has {repeated[0]!r} as the name of two columns. Rename one.")
    if table.empty:
        raise AgelineError(f"{path} has a header and no rows, expected a row for each face.")
    return table


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise AgelineError(f"{path} does not exist, expected a CSV or parquet file of predictions.") from None
    except IsADirectoryError:
        raise AgelineError(
            f"{path} is a folder, expected a CSV or parquet file of predictions. Name one in it."
        ) from None
    except OSError as error:
        raise AgelineError(f"{path} can't be read: {error.strerror}.") from None
    if not data.strip():
        raise AgelineError(f"{path} is empty, expected a header and a row for each face.")
    return data


def _read_parquet(data: bytes, path: str | Path) -> pd.DataFrame:
    try:
        # Without pandas' own notes a column that was an index there is one like the others.
        table: pd.DataFrame = pq.read_table(pa.BufferReader(data)).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise AgelineError(f"{path} is damaged parquet: {reason}. Write or copy it anew.") from None
    return table


def _read_csv(data: bytes, path: str | Path) -> pd.DataFrame:
    rows = _rows(_text(data, path), path)
    header, width = rows[0], len(rows[0])
    for number, cells in enumerate(rows[1:], start=1):
        if len(cells) != width:
            raise AgelineError(
                f"{path}, row {number} below the header has {len(cells)} cells and the header {width}:"
                f" {', '.join(cells)[:80]!r}. Mend the row; a cell with a comma in it has to be in quotes."
            )
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else [()] * width
    # By position, for two columns of one name are told apart by whoever reads this.
    table = pd.DataFrame({place: np.array(cells, object) for place, cells in enumerate(columns)})
    return table.set_axis(pd.Index(header, dtype=object), axis=1)


def _text(data: bytes, path: str | Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise AgelineError(
            f"{path} is neither parquet nor text in UTF-8. Save it as CSV in UTF-8; a spreadsheet, an archive or UTF-16"
            " is not read."
        )
    return text


def _rows(text: str, path: str | Path) -> list[list[str]]:
    """The cells of each row that is not blank, the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        rows = [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error as error:
        raise AgelineError(
            f"{path}, line {reader.line_num}: not readable as CSV ({error}). Mend the line; a quote that is opened has"
            " to be closed."
        ) from None
    return [cells for cells in rows if any(cells)]


def _delimiter(text: str) -> str:
    """What parts the cells of the header: a comma, unless another parts it into more."""
    header = text.lstrip().splitlines()[0]
    return max(DELIMITERS, key=lambda delimiter: len(_split(header, delimiter)))


def _split(header: str, delimiter: str) -> Sequence[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter))
    except csv.Error:
        return []
