"""The release of APPA-REAL: a folder and a table for each fold, and a face crop beside each photo.

    appa-real-release/
    ├── gt_avg_train.csv      file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age
    ├── gt_avg_valid.csv
    ├── gt_avg_test.csv
    └── train/ valid/ test/   000000.jpg, its crop 000000.jpg_face.jpg, 000000.jpg.mat

The age is the real one. Taken is the crop (turned upright, 40% margin), on which published models are trained, and the
photo where there is none. `allcategories_{train,valid,test}.csv`, published later, add genders and ethnicities.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from ageline.errors import AgelineError
from ageline.faces.layouts.layout import Layout, Listed
from ageline.faces.layouts.photos import Photos
from ageline.faces.layouts.rows import list_rows
from ageline.faces.layouts.tables import LabelTable, Row, find_tables
from ageline.faces.sources import Source

FOLDERS = ("train", "valid", "test")  # in the order of their files' numbers
TABLE = re.compile(r"gt_avg_(train|valid|test)\.csv")
CATEGORIES = re.compile(r"allcategories_(train|valid|test)\.csv")
COLUMNS = {"file": ("file_name",), "age": ("real_age",)}
CATEGORY_COLUMNS = {"file": ("file", "file_name"), "gender": ("gender",), "ethnicity": ("ethnicity",)}

NUMBER = re.compile(r"([0-9]{6})\.[^/]+", re.ASCII)
LAST_NUMBERS = {"train": 4112, "val": 5612, "test": 7612}  # of the fold's files; each begins behind the one before


def official_fold(name: str) -> str | None:
    """The fold of the release that a photo belongs to, by its number alone, which is the same in every edition.

    Args:
        name: a path, such as `final_files/000000.jpg`.

    Returns:
        `train`, `val`, `test`, or None for a name that is no file of APPA-REAL's.
    """
    match = NUMBER.fullmatch(posixpath.basename(name))
    return next((fold for fold, last in LAST_NUMBERS.items() if match and int(match[1]) <= last), None)


def list_faces(source: Source) -> list[Listed]:
    """A row for every row of the tables, and for every photo that they don't name.

    Raises:
        AgelineError: the release is there more than once, or a table is damaged.
    """
    tables, _ = _tables(source)
    folders = {posixpath.dirname(table.name) for table in tables}
    if len(folders) > 1:
        names = " and ".join(sorted(table.name for table in tables)[:2])
        raise AgelineError(f"{source.path} has several releases of APPA-REAL: {names}. Expected one; move others away.")
    return list_rows(source, _rows(source, tables), [table.name for table in tables])


def _rows(source: Source, tables: list[LabelTable]) -> Iterator[tuple[Row, Photos]]:
    categories = _categories(source)
    for table in sorted(tables, key=lambda table: FOLDERS.index(posixpath.basename(_folder(table.name)))):
        folder = _folder(table.name)
        photos = Photos(source, folder, crops_first=True)
        stated = {"split": posixpath.basename(folder)}
        for row in table.rows():
            yield replace(row, cells={**categories.get(row.cells["file"], {}), **row.cells, **stated}), photos


def _categories(source: Source) -> dict[str, dict[str, str]]:
    """What else is known of the photo of a name: cells by what they hold."""
    names = [name for name in source.files if CATEGORIES.fullmatch(posixpath.basename(name))]
    tables, _ = find_tables(source, names, CATEGORY_COLUMNS, needed={"file"})
    return {row.cells["file"]: dict(row.cells) for table in tables for row in table.rows()}


def _misfit(source: Source) -> str | None:
    tables, others = _tables(source)
    if tables:
        return None
    return f"{'; '.join(others)}." if others else "There is no such table with its folder."


def _tables(source: Source) -> tuple[list[LabelTable], list[str]]:
    """The tables that stand beside their folder of photos."""
    folders = {posixpath.dirname(name) for name in (*source.files, *source.refused)}
    names = [name for name in source.files if TABLE.fullmatch(posixpath.basename(name)) and _folder(name) in folders]
    return find_tables(source, names, COLUMNS, needed=COLUMNS.keys())


def _folder(table: str) -> str:
    """The folder of the photos that a table is about."""
    folder, name = posixpath.split(table)
    return posixpath.join(folder, name.removeprefix("gt_avg_").removesuffix(".csv"))


LAYOUT = Layout(
    "appa-real",
    "gt_avg_train.csv (valid, test) with columns file_name and real_age, beside the folder train (valid, test)",
    _misfit,
    list_faces,
    instead_of=("labels",),
)
