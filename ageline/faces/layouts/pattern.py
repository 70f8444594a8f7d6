"""Labels in the paths, read by a regular expression with named groups: `data.pattern`.

    (?P<age>[0-9]+)_(?P<gender>[mf])[.]jpg          7_f.jpg
    (?P<split>train|test)/(?P<age>[0-9]+)/.*        faces/train/31/a.jpg

The groups are `age`, `gender`, `ethnicity`, `subject` and `split`, at least one of the first two. The expression has to
match all of the file name, or of the end of the path from the beginning of a folder's name on; the shortest such end
counts. Ages may be ranges, genders and folds are words (see `words`). Nothing guards against an expression that
backtracks without end.

Some sets' patterns are shipped; `data.pattern` is then their name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

from ageline.errors import AgelineError
from ageline.faces.layouts import utkface
from ageline.faces.layouts.layout import Layout, Listed, is_photo
from ageline.faces.layouts.words import GENDERS, read_age_or_range, read_label
from ageline.faces.problems import Problem
from ageline.faces.sources import Source

GROUPS = ("age", "gender", "ethnicity", "subject", "split")
MAX_LENGTH = 1000  # characters of a path that is tried; the names in an archive can be far longer


@dataclass(frozen=True)
class Pattern:
    """A regular expression of paths, and what its codes mean.

    Attributes:
        name: of the set, or the expression itself.
        expression: compiled; of a shipped one `example` matches.
        example: a path; empty where it is the user's own.
        genders: the code of each, in lower case.
        ethnicities: the code of each; None where any text is one.
    """

    name: str
    expression: re.Pattern[str]
    example: str = ""
    genders: Mapping[str, str] = field(default_factory=lambda: GENDERS)
    ethnicities: Mapping[str, str] | None = None

    def match(self, path: str) -> re.Match[str] | None:
        """The match with the shortest end of a path, whole names of folders and file, that there is."""
        if len(path) > MAX_LENGTH:
            return None
        ends = accumulate(reversed(path.split("/")), lambda end, folder: f"{folder}/{end}")
        return next((match for end in ends if (match := self.expression.fullmatch(end))), None)


def _shipped(name: str, expression: str, example: str, **codes: Mapping[str, str]) -> Pattern:
    return Pattern(name, re.compile(expression + r"\.[^./]+", re.ASCII | re.IGNORECASE), example, **codes)


SHIPPED = {
    pattern.name: pattern
    for pattern in (
        _shipped(  # https://susanqq.github.io/UTKFace; the layout utkface also takes names that lack a field
            "utkface",
            r"(?P<age>[0-9]{1,3})_(?P<gender>[01])_(?P<ethnicity>[0-4])_[0-9]{8,}(\.jpg\.chip)?",
            "100_1_0_20170110183726390.jpg.chip.jpg",
            genders=utkface.GENDERS,
            ethnicities=utkface.RACES,
        ),
        _shipped("fg-net", r"(?P<subject>[0-9]{3})A(?P<age>[0-9]{2})[a-z]?", "010A07b.JPG"),
        _shipped("agedb", r"[0-9]+_(?P<subject>.+)_(?P<age>[0-9]+)_(?P<gender>[mf])", "12083_ElsaMartinelli_74_f.jpg"),
        _shipped(
            "afad",
            r"(?P<age>[0-9]{2})/(?P<gender>111|112)/[0-9]+-[0-9]+",
            "15/111/638660-1.jpg",
            genders={"111": "male", "112": "female"},
        ),
        _shipped("morph", r"(?P<subject>[0-9]+)_[0-9]+(?P<gender>[MF])(?P<age>[0-9]{2,3})", "009055_1M54.JPG"),
    )
}


def layout(text: str) -> Layout:
    """The layout of photos whose paths match `data.pattern`.

    Raises:
        AgelineError: it is neither the name of a shipped pattern nor a regular expression with the groups that count.
    """
    pattern = SHIPPED.get(text) or _own(text)
    looks_for = f"photos named as {pattern.example}" if pattern.example else "photos whose paths match data.pattern"
    return Layout("pattern", looks_for, partial(_misfit, pattern), partial(_list_faces, pattern))


def suggestion(source: Source) -> str | None:
    """A sentence on the shipped pattern that at least half of all photos match, if there is one."""
    photos = [name for name in source.files if is_photo(name)]
    for pattern in SHIPPED.values():
        matching = sum(pattern.match(name) is not None for name in photos)
        if matching and 2 * matching >= len(photos):
            return (
                f"{matching:,} of {len(photos):,} photos are named as in {pattern.name}: set data.layout to pattern and"
                f" data.pattern to {pattern.name}."
            )
    return None


def _own(text: str) -> Pattern:
    try:
        expression = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise AgelineError(
            f"data.pattern is neither a regular expression ({error}) nor one of {', '.join(SHIPPED)}: {text}\n"
            "Expected such as (?P<age>[0-9]+)_(?P<gender>[mf])[.]jpg"
        ) from None
    unknown = [group for group in expression.groupindex if group not in GROUPS]
    if unknown:
        raise AgelineError(
            f"data.pattern has the groups {', '.join(unknown)}, expected of {', '.join(GROUPS)}: {text}\n"
            "Rename them, or write (?:...) for a group that is no label."
        )
    if not {"age", "gender"} & expression.groupindex.keys():
        raise AgelineError(
            f"data.pattern has no group age or gender, nor is it one of {', '.join(SHIPPED)}: {text}\n"
            "Expected such as (?P<age>[0-9]+)_(?P<gender>[mf])[.]jpg"
        )
    return Pattern(text, expression)


def _misfit(pattern: Pattern, source: Source) -> str | None:
    photos = [name for name in source.files if is_photo(name)]
    return None if any(pattern.match(name) for name in photos) else f"Of {len(photos):,} photos 0 are."


def _list_faces(pattern: Pattern, source: Source) -> list[Listed]:
    return [_listed(pattern, name) for name in source.files if is_photo(name)]


def _listed(pattern: Pattern, name: str) -> Listed:
    match = pattern.match(name)
    if match is None:
        detail = f"expected such as {pattern.example}" if pattern.example else ""
        return Listed(name, problem=Problem("path does not match data.pattern", detail))
    return read_label(
        name, match.groupdict(default=""), read_age_or_range, genders=pattern.genders, ethnicities=pattern.ethnicities
    )
