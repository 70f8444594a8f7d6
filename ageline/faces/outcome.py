"""What becomes of every photo that is listed: accepted into a fold, or rejected with a reason.

The steps take and return one table, a row per listed photo in the order of `source`; a photo is rejected as soon as its
`reason` is not empty, and stays in the table.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from ageline.faces.decoding import Decoded
from ageline.faces.duplicates import find_duplicates, name_faces, name_groups
from ageline.faces.layouts import Listed
from ageline.faces.problems import Problem
from ageline.faces.splits import random_split
from ageline.params import Ingest

TEXT = ("source", "gender", "ethnicity", "subject", "flags", "reason", "detail")
CONFLICT = "conflict"  # flag of photos whose copies are labelled differently


@dataclass(frozen=True)
class Outcome:
    """All photos and what became of them.

    Attributes:
        photos: a row per listed photo in the order of `source`: the columns of `Listed` and `Decoded`, `reason` and
            `detail` of a rejection, and for the accepted `face_id`, `split_group` and `split`.
        duplicates: see `duplicates.find_duplicates`; and `kept`, whether it was accepted.
        other_files: files in the source that are neither photos nor named by a label.
    """

    photos: pd.DataFrame
    duplicates: pd.DataFrame
    other_files: int

    @property
    def accepted(self) -> pd.DataFrame:
        return self.photos[self.photos.reason == ""]

    @property
    def rejected(self) -> pd.DataFrame:
        return self.photos[self.photos.reason != ""]


def tabulate(listed: Sequence[Listed], ages: tuple[float, float]) -> pd.DataFrame:
    """The table of listed photos; those with a problem, no age, or one outside of `ages` in years, are rejected."""
    labels = ("source", "age", "gender", "ethnicity", "subject", "flags")
    columns = {name: [getattr(row, name) for row in listed] for name in labels}
    problems = [row.problem for row in listed]
    photos = pd.DataFrame(columns).assign(
        reason=[problem.reason if problem else "" for problem in problems],
        detail=[problem.detail if problem else "" for problem in problems],
    )
    photos = photos.astype({"age": "float"} | dict.fromkeys(TEXT, "str")).sort_values(
        "source", kind="stable", ignore_index=True
    )
    ageless = photos.index[(photos.reason == "") & photos.age.isna()]
    photos = _reject(photos, dict.fromkeys(ageless, Problem("no age")))
    outside = photos.age[(photos.reason == "") & ~photos.age.between(*ages)]
    expected = f"expected {ages[0]:g} to {ages[1]:g} (ingest.ages)"
    return _reject(photos, {at: Problem("age out of range", f"{age:g}, {expected}") for at, age in outside.items()})


def with_decoded(photos: pd.DataFrame, decoded: Sequence[Decoded]) -> pd.DataFrame:
    """The table with what decoding found, given for each photo not yet rejected."""
    columns = [field.name for field in fields(Decoded) if field.name != "problem"]
    pending = photos.index[photos.reason == ""]
    found = pd.DataFrame({name: [getattr(row, name) for row in decoded] for name in columns}, index=pending)
    found = found.astype({"file_hash": "str", "pixel_hash": "str"})
    problems = {at: row.problem for at, row in zip(pending, decoded, strict=True) if row.problem}
    return _reject(photos.join(found), problems)


def settle(photos: pd.DataFrame, params: Ingest, other_files: int) -> Outcome:
    """Name the faces, settle what is to become of copies of one photo, and split."""
    faces = photos[photos.reason == ""]
    faces = faces.assign(face_id=name_faces(faces))
    faces = faces.assign(split_group=name_groups(faces))
    duplicates = find_duplicates(faces)
    duplicates = duplicates.assign(kept=~duplicates.conflict | (params.conflicts == "keep"))
    split = [random_split(group, params.split.fractions, params.split.seed) for group in faces.split_group]
    photos = photos.join(faces[["face_id", "split_group"]].assign(split=split))
    photos = _flag(photos, duplicates)
    dropped = duplicates.disagrees_with[~duplicates.kept]
    photos = _reject(photos, {at: Problem("label conflict", detail) for at, detail in dropped.items()})
    return Outcome(photos, duplicates, other_files)


def _flag(photos: pd.DataFrame, duplicates: pd.DataFrame) -> pd.DataFrame:
    noticed = duplicates.kind.where(~duplicates.conflict, duplicates.kind + f" {CONFLICT}")
    flags = photos["flags"].copy()  # `.flags` is something else of pandas
    flags[noticed.index] = (flags[noticed.index] + " " + noticed).str.strip()
    return photos.assign(flags=flags)


def _reject(photos: pd.DataFrame, problems: Mapping[Hashable, Problem]) -> pd.DataFrame:
    """The table with the photos at these places rejected."""
    rejected = photos.copy()
    rejected.loc[list(problems), "reason"] = [problem.reason for problem in problems.values()]
    rejected.loc[list(problems), "detail"] = [problem.detail for problem in problems.values()]
    return rejected
