"""Labels in the folders: one for each gender, `female/` and `male/`, or for each age, `25/`, or one kind in the other.

A photo lies in the folder of its class. Folders named train, val, valid, validation or test above those of the classes
state the fold; other folders above mean nothing.
"""

import re
from itertools import takewhile
from posixpath import basename

from ageline.faces.layouts.layout import Layout, Listed, is_photo
from ageline.faces.layouts.words import FOLDS, GENDERS
from ageline.faces.problems import Problem
from ageline.faces.sources import Source

GENDER_FOLDERS = GENDERS | {"males": "male", "men": "male", "females": "female", "women": "female"}
AGE = re.compile(r"[0-9]{1,3}", re.ASCII)
# In IMDB-WIKI the folders 00 to 99 are the end of a person's number: wiki_crop/00/10049200_1891-09-16_1958.jpg
IMDB_WIKI = re.compile(r"(nm[0-9]+_rm)?[0-9]+_[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}_[0-9]{4}\..*", re.ASCII)


def list_faces(source: Source) -> list[Listed]:
    """A row for every photo."""
    return [_listed(name) for name in source.files if is_photo(name)]


def _misfit(source: Source) -> str | None:
    photos = [name for name in source.files if is_photo(name)]
    classed = [face for face in list_faces(source) if face.problem is None]
    if not classed or 2 * len(classed) < len(photos):
        return f"Of {len(photos):,} photos {len(classed):,} lie in such folders."
    if 2 * sum(IMDB_WIKI.fullmatch(basename(name)) is not None for name in photos) >= len(photos):
        return "The photos are named as in IMDB-WIKI, where a folder's number is no age."
    if all(face.gender is None and face.age in {0, 1} for face in classed):
        return "Folders 0 and 1 may be a code: name them female and male."
    return None


def _listed(name: str) -> Listed:
    *folders, _ = name.split("/")
    classes = list(takewhile(_is_class, reversed(folders)))
    ages = [float(folder) for folder in classes if AGE.fullmatch(folder)]
    genders = [GENDER_FOLDERS[folder.lower()] for folder in classes if not AGE.fullmatch(folder)]
    if not classes:
        return Listed(name, problem=Problem("not in a class folder", "expected female, male or an age, such as 25"))
    if len(ages) > 1 or len(genders) > 1:
        return Listed(name, problem=Problem("in several class folders of a kind", " in ".join(classes)))
    above = reversed(folders[: -len(classes)])
    fold = next((FOLDS[folder.lower()] for folder in above if folder.lower() in FOLDS), None)
    return Listed(name, next(iter(ages), None), next(iter(genders), None), split=fold)


def _is_class(folder: str) -> bool:
    return AGE.fullmatch(folder) is not None or folder.lower() in GENDER_FOLDERS


LAYOUT = Layout(
    "classes",
    "photos in folders named female and male, or by an age, at least half of all",
    _misfit,
    list_faces,
)
