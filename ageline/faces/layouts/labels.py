"""A CSV with a row per photo, beside the photos or beside a folder of them, such as `labels.csv` and `final_files/`.

A name stands for the photo of that path from the CSV's folder or, failing that, from a folder in it; `a.jpg` also
stands for `a.jpg_face.jpg`, as APPA-REAL calls its face crops, where there is no plain `a.jpg`. A gender that is no
word for one is null and flagged; a fold that is no word for one is null. A CSV of genders without ages counts where
there is none with ages.
"""

import posixpath

from ageline.errors import AgelineError
from ageline.faces.layouts.layout import Layout, Listed
from ageline.faces.layouts.photos import Photos
from ageline.faces.layouts.rows import list_rows
from ageline.faces.layouts.tables import LabelTable, find_tables
from ageline.faces.sources import Source

SUFFIXES = (".csv", ".tsv")
COLUMNS = {  # what a column holds: the names it may have; the first that is there counts
    "file": ("file_name", "path", "image", "filename", "file", "img_name"),
    "age": ("real_age", "age"),
    "gender": ("gender", "sex"),
    "ethnicity": ("ethnicity", "race"),
    "subject": ("subject", "subject_id", "id_num"),
    "split": ("split", "fold"),
}


def list_faces(source: Source) -> list[Listed]:
    """A row for every row of the CSV, and for every photo that it does not name.

    Raises:
        AgelineError: more than one CSV fits, or the one is damaged.
    """
    tables, _ = _tables(source)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise AgelineError(f"{source.path} has {len(tables)} label files: {names}. Expected one; move the others away.")
    (table,) = tables
    photos = Photos(source, posixpath.dirname(table.name))
    return list_rows(source, ((row, photos) for row in table.rows()), [table.name])


def _misfit(source: Source) -> str | None:
    tables, others = _tables(source)
    if tables:
        return None
    return f"{'; '.join(others[:3])}." if others else "There is no CSV."


def _tables(source: Source) -> tuple[list[LabelTable], list[str]]:
    """The tables with ages or, where there is none, those with genders."""
    names = [name for name in source.files if name.lower().endswith(SUFFIXES)]
    tables, others = find_tables(source, names, COLUMNS, needed={"file", "age"})
    return (tables, others) if tables else find_tables(source, names, COLUMNS, needed={"file", "gender"})


LAYOUT = Layout(
    "labels",
    f"a CSV with a column {' or '.join(COLUMNS['file'])}, and one {' or '.join(COLUMNS['age'])}, or"
    f" {' or '.join(COLUMNS['gender'])}, beside the photos",
    _misfit,
    list_faces,
)
