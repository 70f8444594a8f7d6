"""What the rows of label tables say of which photos.

Of rows that repeat a photo the first counts if all agree on age, gender and fold, and none if they don't. Those without
an age count for nothing beside one that has it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ageline.faces.layouts.layout import Listed, is_photo
from ageline.faces.layouts.photos import FACE_CROP, Photos
from ageline.faces.layouts.tables import Row
from ageline.faces.layouts.words import AgeReader, read_age, read_label
from ageline.faces.problems import Problem
from ageline.faces.sources import Source


def list_rows(
    source: Source, rows: Iterable[tuple[Row, Photos]], tables: Sequence[str], age_of: AgeReader = read_age
) -> list[Listed]:
    """A row for every row of the tables, and for every photo that none of them names.

    Args:
        source: where the photos lie.
        rows: each with the photos that it can name; in its cells are `file` and the texts of `words.read_label`.
        tables: the names of all tables.
        age_of: see `words.read_label`.
    """
    listed = _without_repeats([_listed(row, photos, age_of) for row, photos in rows])
    return [*listed, *_unlabelled(source, {row.source for row in listed}, tables)]


def _listed(row: Row, photos: Photos, age_of: AgeReader) -> Listed:
    if not row.cells["file"]:
        return Listed(row.where, problem=Problem("no file name"))
    path, problem = photos.find(row.cells["file"])
    if problem:
        return Listed(path, problem=problem)
    if row.surplus:
        return Listed(path, problem=Problem("more cells than columns", f"{row.where} {row.surplus}"))
    listed = read_label(path, row.cells, age_of, row.decimal_comma)
    if listed.age_problem is None:
        return listed
    return replace(listed, age_problem=Problem(listed.age_problem.reason, f"{row.where} {listed.age_problem.detail}"))


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
    aged = [at for at in rows if listed[at].age_problem is None]
    if aged:
        yield from ((at, problem) for at in rows if (problem := listed[at].age_problem))
        rows = aged
    labels = list(dict.fromkeys(_label(listed[at]) for at in rows))
    if len(labels) == 1:
        yield from ((at, Problem("listed twice")) for at in rows[1:])
        return
    yield from ((at, Problem("listed twice with different labels", ", ".join(labels))) for at in rows)


def _label(row: Listed) -> str:
    parts = (None if row.age is None else f"{row.age:g}", row.gender, row.split)
    return " ".join(part for part in parts if part is not None)


def _unlabelled(source: Source, named: set[str], tables: Sequence[str]) -> Iterator[Listed]:
    where = ", ".join(tables[:3]) + (f" and {len(tables) - 3} more" if len(tables) > 3 else "")
    for name in source.files:
        twin = name.removesuffix(FACE_CROP) if name.endswith(FACE_CROP) else name + FACE_CROP
        if is_photo(name) and name not in named and twin not in named:
            yield Listed(name, problem=Problem("no label", f"not in {where}"))
