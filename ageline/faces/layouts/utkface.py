"""Labels in the file names, as in UTKFace: `age_gender_race_time.jpg`, or `....jpg.chip.jpg` for its aligned crops.

Gender is 0 male, 1 female; race is 0 white, 1 black, 2 asian, 3 indian, 4 other; the age is in years
(https://susanqq.github.io/UTKFace). A few names in circulation lack a field or its separator, such as
`61_1_20170109142408075.jpg` (aicip/UTKFace#1). Their age is used. With one field between age and time nothing tells
whether it is the gender or the race, so both are null; a code out of range is null alone. Both are flagged.
"""

import re
from posixpath import basename

from ageline.faces.layouts.layout import PARTIAL_LABEL, Layout, Listed, is_photo
from ageline.faces.problems import Problem
from ageline.faces.sources import Source

NAME = re.compile(r"(?P<age>[0-9]{1,3})_((?P<between>[^.]*)_)?[0-9]{8,}(\D.*)?", re.ASCII)
GENDERS = {"0": "male", "1": "female"}
RACES = {"0": "white", "1": "black", "2": "asian", "3": "indian", "4": "other"}


def list_faces(source: Source) -> list[Listed]:
    """A row for every photo, and for every file that is named like one of these."""
    return [_parse(name) for name in source.files if is_photo(name) or _match(name)]


def _misfit(source: Source) -> str | None:
    photos = [name for name in source.files if is_photo(name)]
    named = sum(_match(name) is not None for name in photos)
    if named and 2 * named >= len(photos):
        return None
    return f"Of {len(photos):,} photos {named:,} are named so."


def _match(name: str) -> re.Match[str] | None:
    return NAME.fullmatch(basename(name))


def _parse(name: str) -> Listed:
    match = _match(name)
    if match is None:
        return Listed(name, problem=Problem("no age in the name", "expected age_gender_race_time.jpg"))
    fields = (match["between"] or "").split("_")
    gender, race = fields if len(fields) == 2 else ("", "")
    whole = gender in GENDERS and race in RACES
    flags = "" if whole else PARTIAL_LABEL
    return Listed(name, float(match["age"]), GENDERS.get(gender), RACES.get(race), flags=flags)


LAYOUT = Layout("utkface", "photos named age_gender_race_time.jpg, at least half of all", _misfit, list_faces)
