"""CSV files that hold labels: which of a source's files are one, and their rows."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ageline.errors import AgelineError
from ageline.faces.problems import Unusable
from ageline.faces.sources import Source

SUFFIXES = (".csv", ".tsv")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class LabelTable:
    """A CSV with the columns that are needed.

    Attributes:
        name: of the file in its source.
        text: all of it.
        delimiter: between its cells.
        positions: of each column that is there, by what it holds, such as `{"file": 0, "age": 4}`.
        width: columns of the header.
    """

    name: str
    text: str
    delimiter: str
    positions: Mapping[str, int]
    width: int

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and cells of each row that is not blank; a cell that is missing is empty.

        Raises:
            AgelineError: the file breaks off within quotes, or is no CSV from some line on.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        try:
            next(reader)
            for cells in reader:
                if cells:
                    yield reader.line_num, self._named(cells)
        except csv.Error as error:
            raise AgelineError(
                f"{self.name}, line {reader.line_num}: not readable as CSV ({error}). Mend the line; a quote that is"
                " opened has to be closed."
            ) from error

    def _named(self, cells: list[str]) -> dict[str, str]:
        named = {what: cells[at].strip() if at < len(cells) else "" for what, at in self.positions.items()}
        if any(cells[self.width :]):  # such as 31,5 for 31.5, which would else pass for 31
            named["surplus"] = self.delimiter.join(cells)
        return named


def find_tables(source: Source, columns: Mapping[str, Sequence[str]]) -> tuple[list[LabelTable], list[str]]:
    """The label tables of a source, and a phrase on each other CSV that says what it has instead.

    Args:
        source: where to look; at any depth.
        columns: the names that a column may have by what it holds, in order of preference; `file` and `age` have to
            be there.
    """
    tables, others = [], []
    for name in source.files:
        if not name.lower().endswith(SUFFIXES):
            continue
        try:
            tables.append(_read(source, name, columns))
        except _NoLabels as other:
            others.append(str(other))
    return tables, others


class _NoLabels(Exception):  # noqa: N818, most CSV files hold none and no harm is done
    """A CSV is no label table."""


def _read(source: Source, name: str, columns: Mapping[str, Sequence[str]]) -> LabelTable:
    text = _text(source, name)
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for delimiter in DELIMITERS:
        header = _header(name, first, delimiter)
        positions = {what: header.index(known[0]) for what, names in columns.items() if (known := _in(header, names))}
        if {"file", "age"} <= positions.keys():
            return LabelTable(name, text, delimiter, positions, len(header))
    raise _NoLabels(f"{name} has the columns {first.strip()[:200]}")


def _header(name: str, first: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    except csv.Error as error:
        raise _NoLabels(f"{name} is not readable as CSV ({error})") from None


def _in(header: list[str], names: Sequence[str]) -> list[str]:
    return [name for name in names if name in header]


def _text(source: Source, name: str) -> str:
    try:
        return source.read(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _NoLabels(f"{name} is not UTF-8; save it as CSV UTF-8") from None
    except Unusable as unusable:
        raise _NoLabels(f"{name} can't be read ({unusable})") from None
