"""A CSV with a row per photo, beside the photos or beside a folder of them, such as `labels.csv` and `final_files/`.

A name stands for the photo of that path from the CSV's folder or, failing that, from a folder in it; `a.jpg` also
stands for `a.jpg_face.jpg`, as APPA-REAL calls its face crops, where there is no plain `a.jpg`.

Genders are read as words: 0 is male in UTKFace and female in IMDB-WIKI, so a number is null and flagged. Of rows that
repeat a photo the first counts if all agree on age and gender, and none if they don't.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from ageline.errors import AgelineError
from ageline.faces.layouts.layout import PARTIAL_LABEL, Layout, Listed, is_photo
from ageline.faces.layouts.photos import FACE_CROP, Photos
from ageline.faces.layouts.tables import LabelTable, find_tables
from ageline.faces.problems import Problem, Unusable
from ageline.faces.sources import Source

COLUMNS = {  # what a column holds: the names it may have; the first that is there counts
    "file": ("file_name", "path", "image", "filename", "file", "img_name"),
    "age": ("real_age", "age"),
    "gender": ("gender", "sex"),
    "ethnicity": ("ethnicity", "race"),
    "subject": ("subject", "subject_id", "id_num"),
}
GENDERS = {"m": "male", "male": "male", "man": "male", "f": "female", "female": "female", "woman": "female"}
UNKNOWN = {"", "u", "unknown", "nan", "none", "null", "na", "n/a", "-"}
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?", re.ASCII)


def list_faces(source: Source) -> list[Listed]:
    """A row for every row of the CSV, and for every photo that it does not name.

    Raises:
        AgelineError: more than one CSV fits, or the one is damaged.
    """
    table = _only_table(source)
    photos = Photos(source, posixpath.dirname(table.name))
    listed = _without_repeats([_listed(table, line, row, photos) for line, row in table.rows()])
    return [*listed, *_unlabelled(source, table, {row.source for row in listed})]


def _misfit(source: Source) -> str | None:
    tables, others = find_tables(source, COLUMNS)
    if tables:
        return None
    return f"{'; '.join(others[:3])}." if others else "There is no CSV."


def _only_table(source: Source) -> LabelTable:
    tables, _ = find_tables(source, COLUMNS)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise AgelineError(f"{source.path} has {len(tables)} label files: {names}. Expected one; move the others away.")
    return tables[0]


def _listed(table: LabelTable, line: int, row: dict[str, str], photos: Photos) -> Listed:
    if not row["file"]:
        return Listed(f"{table.name}:{line}", problem=Problem("no file name"))
    path, problem = photos.find(row["file"])
    if problem:
        return Listed(path, problem=problem)
    try:
        return _labelled(path, row, table.delimiter)
    except Unusable as unusable:
        return Listed(path, problem=Problem(unusable.problem.reason, f"{table.name}:{line} {unusable.problem.detail}"))


def _labelled(path: str, row: dict[str, str], delimiter: str) -> Listed:
    if "surplus" in row:
        raise Unusable("more cells than columns", row["surplus"])
    known = {what: text for what, text in row.items() if text.lower() not in UNKNOWN}
    gender = known.get("gender", "").lower()
    return Listed(
        source=path,
        age=_age(row["age"], delimiter),
        gender=GENDERS.get(gender),
        ethnicity=known.get("ethnicity", "").lower() or None,
        subject=known.get("subject"),
        flags=PARTIAL_LABEL if gender and gender not in GENDERS else "",
    )


def _age(text: str, delimiter: str) -> float:
    if text.lower() in UNKNOWN:
        raise Unusable("no age", repr(text))
    if not NUMBER.fullmatch(text) or ("," in text and delimiter == ","):
        raise Unusable("age is no number", repr(text))
    return float(text.replace(",", "."))


def _without_repeats(listed: list[Listed]) -> list[Listed]:
    rows_of: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(listed):
        if row.problem is None:
            rows_of[row.source].append(at)
    result = list(listed)
    for rows in rows_of.values():
        for at, problem in _repeats(listed, rows):
            result[at] = replace(listed[at], problem=problem)
    return result


def _repeats(listed: list[Listed], rows: list[int]) -> Iterator[tuple[int, Problem]]:
    """The rows on one photo that don't count, and why."""
    labels = list(dict.fromkeys((listed[at].age, listed[at].gender) for at in rows))
    if len(labels) == 1:
        yield from ((at, Problem("listed twice")) for at in rows[1:])
        return
    ages = ", ".join(f"{age:g}" + (f" {gender}" if gender else "") for age, gender in labels)
    yield from ((at, Problem("listed twice with different labels", ages)) for at in rows)


def _unlabelled(source: Source, table: LabelTable, named: set[str]) -> Iterator[Listed]:
    for name in source.files:
        companion = name.endswith(FACE_CROP) and name.removesuffix(FACE_CROP) in named
        if is_photo(name) and name not in named and not companion:
            yield Listed(name, problem=Problem("no label", f"not in {table.name}"))


LAYOUT = Layout(
    "labels",
    f"a CSV with a column {' or '.join(COLUMNS['file'])}, and one {' or '.join(COLUMNS['age'])}, beside the photos",
    _misfit,
    list_faces,
)
