"""Any CSV, by what its columns hold: `data.columns`, such as `[file=img_path, age=age, gender=sex]`.

Left of `=` stands `file`, `age`, `gender`, `ethnicity`, `subject` or `split`; right of it a column of the header, or a
text with columns in braces, such as `file={user_id}/coarse_tilt_aligned_face.{face_id}.{original_image}`. `{table}` is
the word for a fold in the table's own name, such as `val` in `fairface_label_val.csv`. `table=` names the files to
read, such as `table=fold_?_data.txt`; without it all that have the columns are.

A name stands for the same photos as in the layout `labels`. An age may be a range, see `words.read_age_or_range`.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from ageline.errors import AgelineError
from ageline.faces.layouts.layout import Layout, Listed
from ageline.faces.layouts.photos import Photos
from ageline.faces.layouts.rows import list_rows
from ageline.faces.layouts.tables import LabelTable, Row, find_tables
from ageline.faces.layouts.words import FOLDS, read_age_or_range
from ageline.faces.sources import Source

SUFFIXES = (".csv", ".tsv", ".txt")
CELLS = ("file", "age", "gender", "ethnicity", "subject", "split")
TABLES = "table"  # left of `=` the tables to read, in braces the fold that one's name states
BRACES = re.compile(r"\{([^{}]+)\}")
EXAMPLE = "Expected such as [file=img_path, age=age, gender=sex]"


def layout(columns: Sequence[str]) -> Layout:
    """The layout of photos that CSV files with the columns of `data.columns` name.

    Raises:
        AgelineError: an entry is not as expected, or one that is needed is missing.
    """
    entries = _parse(columns)
    tables = entries.pop(TABLES, "*")
    templates = {cell: text if "{" in text else f"{{{text}}}" for cell, text in entries.items()}
    named = "" if tables == "*" else f" named {tables}"
    return Layout(
        "table",
        f"a .csv, .tsv or .txt{named} with the columns {' and '.join(sorted(_columns(templates)))}",
        partial(_misfit, templates, tables),
        partial(_list_faces, templates, tables),
    )


def _parse(columns: Sequence[str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    for entry in columns:
        cell, equals, text = (part.strip() for part in entry.partition("="))
        if not equals or not text or cell not in {*CELLS, TABLES}:
            raise AgelineError(
                f"data.columns has the entry {entry!r}, expected NAME=COLUMN with NAME one of {', '.join(CELLS)} or"
                f" {TABLES}. {EXAMPLE}"
            )
        if set("{}") & set(BRACES.sub("", text)):
            raise AgelineError(
                f"data.columns has the entry {entry!r}, in which a brace is not one of a pair. {EXAMPLE}"
            )
        if cell in entries:
            raise AgelineError(f"data.columns names {cell} twice, {entries[cell]!r} and {text!r}. Remove one.")
        entries[cell] = text
    if "file" not in entries or not {"age", "gender"} & entries.keys():
        raise AgelineError(f"data.columns needs file, and age or gender, received {', '.join(columns)}. {EXAMPLE}")
    return entries


def _columns(templates: Mapping[str, str]) -> set[str]:
    """The columns that templates are filled from, in lower case as headers are compared."""
    return {column.strip().lower() for text in templates.values() for column in BRACES.findall(text)} - {TABLES}


def _misfit(templates: Mapping[str, str], names: str, source: Source) -> str | None:
    tables, others = _tables(templates, names, source)
    if tables:
        return None
    return f"{'; '.join(others[:3])}." if others else "There is no such file."


def _tables(templates: Mapping[str, str], names: str, source: Source) -> tuple[list[LabelTable], list[str]]:
    files = [name for name in source.files if name.lower().endswith(SUFFIXES)]
    chosen = [name for name in files if fnmatchcase(posixpath.basename(name), names)]
    columns = {column: (column,) for column in _columns(templates)}
    return find_tables(source, chosen, columns, needed=columns)


def _list_faces(templates: Mapping[str, str], names: str, source: Source) -> list[Listed]:
    tables, _ = _tables(templates, names, source)
    rows = _rows(templates, tables, source)
    return list_rows(source, rows, [table.name for table in tables], read_age_or_range)


def _rows(templates: Mapping[str, str], tables: list[LabelTable], source: Source) -> Iterator[tuple[Row, Photos]]:
    photos: dict[str, Photos] = {}
    for table in tables:
        folder = posixpath.dirname(table.name)
        if folder not in photos:
            photos[folder] = Photos(source, folder)
        stated = _fold(table.name) if any(f"{{{TABLES}}}" in text for text in templates.values()) else ""
        for row in table.rows():
            cells = {**row.cells, TABLES: stated}
            yield replace(row, cells={cell: _fill(text, cells) for cell, text in templates.items()}), photos[folder]


def _fold(table: str) -> str:
    """The one word for a fold in a table's name, as it is written there."""
    words: list[str] = re.findall("[A-Za-z]+", posixpath.splitext(posixpath.basename(table))[0])
    folds = [word for word in words if word.lower() in FOLDS]
    if len(folds) != 1:
        raise AgelineError(
            f"{{{TABLES}}} in data.columns stands for the fold that a table's name states, but {table} states"
            f" {' and '.join(folds) or 'none'}, expected one of {', '.join(FOLDS)}. Rename it, leave it out with"
            f" an entry such as {TABLES}=*_train.csv, or name a column in place of {{{TABLES}}}."
        )
    return folds[0]


def _fill(template: str, cells: Mapping[str, str]) -> str:
    """The template with its columns filled in; empty where one of them is."""

    def cell(column: re.Match[str]) -> str:
        return cells[column[1].strip().lower()]

    return BRACES.sub(cell, template) if all(map(cell, BRACES.finditer(template))) else ""
