"""CSV files that hold labels: which of a source's files are one, and their rows."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ageline.errors import AgelineError
from ageline.faces.problems import Unusable
from ageline.faces.sources import Source

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV.

    Attributes:
        where: the file's name and the line.
        cells: their text by what they hold; a cell that is missing is empty.
        decimal_comma: whether a comma in a number can stand for its point.
        surplus: all of the row where it has more cells than the header, such as `a.jpg,31,5`, of which 31 would else
            pass for the age; otherwise empty.
    """

    where: str
    cells: Mapping[str, str]
    decimal_comma: bool
    surplus: str = ""


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

    def rows(self) -> Iterator[Row]:
        """Each row that is not blank.

        Raises:
            AgelineError: the file breaks off within quotes, or is no CSV from some line on.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        try:
            next(reader)
            for cells in reader:
                if cells:
                    yield self._row(reader.line_num, cells)
        except csv.Error as error:
            raise AgelineError(
                f"{self.name}, line {reader.line_num}: not readable as CSV ({error}). Mend the line; a quote that is"
                " opened has to be closed."
            ) from error

    def _row(self, line: int, cells: list[str]) -> Row:
        return Row(
            where=f"{self.name}:{line}",
            cells={what: cells[at].strip() if at < len(cells) else "" for what, at in self.positions.items()},
            decimal_comma=self.delimiter != ",",
            surplus=self.delimiter.join(cells) if any(cells[self.width :]) else "",
        )


def find_tables(
    source: Source, names: Iterable[str], columns: Mapping[str, Sequence[str]], needed: Collection[str]
) -> tuple[list[LabelTable], list[str]]:
    """The label tables among some files of a source, and a phrase on each of the others that says what it has instead.

    Args:
        source: where to look.
        names: of the files to look at.
        columns: the names that a column may have, in lower case, by what it holds, in order of preference.
        needed: what there has to be a column for.
    """
    tables, others = [], []
    for name in names:
        try:
            tables.append(_read(source, name, columns, needed))
        except _NoLabels as other:
            others.append(str(other))
    return tables, others


class _NoLabels(Exception):  # noqa: N818, most CSV files hold none and no harm is done
    """A CSV is no label table."""


def _read(source: Source, name: str, columns: Mapping[str, Sequence[str]], needed: Collection[str]) -> LabelTable:
    text = _text(source, name)
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for delimiter in DELIMITERS:
        header = _header(name, first, delimiter)
        positions = {what: header.index(known[0]) for what, names in columns.items() if (known := _in(header, names))}
        if positions.keys() >= set(needed):
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
        data = source.read(name)
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # a spreadsheet's "Unicode text"
        return data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        raise _NoLabels(f"{name} is not UTF-8; save it as CSV UTF-8") from None
    except Unusable as unusable:
        raise _NoLabels(f"{name} can't be read ({unusable})") from None
