"""What becomes of every photo that is listed: accepted into a fold, or rejected with a reason.

The steps take and return one table, a row per listed photo in the order of `source`; a photo is rejected as soon as its
`reason` is not empty, and stays in the table.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.faces.audit.findings import find_flaws
from ageline.faces.audit.groups import (
    NEAR_DUPLICATE,
    SAME_BYTES,
    SAME_PIXELS,
    Groups,
    find_duplicates,
    first_of_each_picture,
    group_faces,
    name_faces,
)
from ageline.faces.audit.near_duplicates import LEAST_CONTRAST, find_near_duplicates
from ageline.faces.audit.quality import Quality
from ageline.faces.decoding import Decoded
from ageline.faces.layouts import Listed
from ageline.faces.problems import Problem
from ageline.faces.splits import split_faces
from ageline.faces.straddling import find_across_folds, find_straddling
from ageline.params import Ingest

LABELS = ("source", "age", "gender", "ethnicity", "subject", "flags")
TEXT = ("source", "gender", "ethnicity", "subject", "flags", "stated_split", "reason", "detail")
MEASURES = [field.name for field in fields(Quality)]
COPY_OF = {SAME_BYTES: "the same bytes as", SAME_PIXELS: "the same pixels as", NEAR_DUPLICATE: "a near-duplicate of"}
CONFLICT = "conflict"  # flag of photos whose copies are labelled differently


@dataclass(frozen=True)
class Outcome:
    """All photos and what became of them.

    Attributes:
        photos: a row per listed photo in the order of `source`: the columns of `Listed` and `Decoded`, `reason` and
            `detail` of a rejection, and for the accepted `face_id`, `split_group` and `split`.
        duplicates: see `groups.find_duplicates`; and `kept`, whether it was accepted.
        flaws: see `findings.find_flaws`.
        straddling: see `straddling.find_straddling`.
        other_files: files in the source that are neither photos nor named by a label.
    """

    photos: pd.DataFrame
    duplicates: pd.DataFrame
    flaws: pd.DataFrame
    straddling: Sequence[Sequence[int]]
    other_files: int

    @property
    def accepted(self) -> pd.DataFrame:
        return self.photos[self.photos.reason == ""]

    @property
    def rejected(self) -> pd.DataFrame:
        return self.photos[self.photos.reason != ""]


def tabulate(listed: Sequence[Listed], ages: tuple[float, float]) -> pd.DataFrame:
    """The table of listed photos; those with a problem, no age, or one outside of `ages` in years, are rejected."""
    columns: dict[str, list[object]] = {name: [getattr(row, name) for row in listed] for name in LABELS}
    labelled = np.array([row.problem is None for row in listed], bool)
    photos = pd.DataFrame(columns).assign(
        stated_split=[row.split or "" for row in listed],
        place=np.where(labelled, labelled.cumsum() - 1, -1),
        reason=[row.problem.reason if row.problem else "" for row in listed],
        detail=[row.problem.detail if row.problem else "" for row in listed],
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
    columns = [field.name for field in fields(Decoded) if field.name not in {"problem", "quality"}]
    pending = photos.index[photos.reason == ""]
    found = pd.DataFrame({name: [getattr(row, name) for row in decoded] for name in columns}, index=pending)
    quality = pd.DataFrame([row.quality for row in decoded], index=pending, columns=MEASURES)
    found = found.join(quality).astype({"file_hash": "str", "pixel_hash": "str"})
    problems = {at: row.problem for at, row in zip(pending, decoded, strict=True) if row.problem}
    return _reject(photos.join(found), problems)


def settle(
    photos: pd.DataFrame, thumbnails: npt.NDArray[np.uint8], params: Ingest, splits: str | Path, other_files: int
) -> Outcome:
    """Name the faces, settle what is to become of copies of one photo, and split.

    Args:
        photos: decoded, see `with_decoded`.
        thumbnails: of each photo that is not rejected, `[n, side, side]`.
        params: the section `ingest` of params.yaml.
        splits: folder of split files.
        other_files: see `Outcome`.
    """
    faces = photos[photos.reason == ""]
    faces = faces.assign(face_id=name_faces(faces))
    groups = _group(faces, thumbnails)
    faces = faces.assign(split_group=faces.face_id.to_numpy()[groups.leader])
    duplicates = find_duplicates(faces, groups)
    labelled = int((photos.place >= 0).sum())
    split = split_faces(faces, labelled, params.split, splits)

    photos = photos.join(faces[["face_id", "split_group"]].assign(split=split))
    photos = _flag(photos, duplicates.kind.where(~duplicates.conflict, duplicates.kind + f" {CONFLICT}"))
    photos = _reject(photos, _dropped(duplicates, params))
    photos = _reject(photos, dict.fromkeys(split.index[split == ""], _no_fold(params)))
    links = faces.index.to_numpy()[groups.links]
    if params.split.protocol == "random":
        photos = _reject(photos, find_across_folds(photos, links))
    duplicates = duplicates.assign(kept=photos.reason[duplicates.index] == "")
    flaws = find_flaws(photos, params.height_width)
    return Outcome(_flag(photos, flaws.finding), duplicates, flaws, find_straddling(photos, links), other_files)


def _group(faces: pd.DataFrame, thumbnails: npt.NDArray[np.uint8]) -> Groups:
    first = first_of_each_picture(faces)
    distinct = first == np.arange(len(first))
    compared = np.flatnonzero(distinct & (faces.contrast.to_numpy() >= LEAST_CONTRAST))
    return group_faces(first, find_near_duplicates(thumbnails, compared))


def _dropped(duplicates: pd.DataFrame, params: Ingest) -> dict[Hashable, Problem]:
    dropped: dict[Hashable, Problem] = {}
    if params.duplicates == "drop":
        leaders = duplicates[duplicates.leads].set_index("split_group").source
        copies = duplicates[~duplicates.leads & ~duplicates.conflict]
        dropped |= {
            at: Problem("duplicate", f"{COPY_OF[kind]} {leaders[group]}")
            for at, kind, group in zip(copies.index, copies.kind, copies.split_group, strict=True)
        }
    if params.conflicts == "drop":
        conflicts = duplicates.disagrees_with[duplicates.conflict]
        dropped |= {at: Problem("label conflict", detail) for at, detail in conflicts.items()}
    return dropped


def _no_fold(params: Ingest) -> Problem:
    expected = f"in {params.split.file}" if params.split.protocol == "file" else "by its label or folder"
    return Problem(
        "no fold", f"expected train, val or test {expected} (ingest.split.protocol: {params.split.protocol})"
    )


def _flag(photos: pd.DataFrame, noticed: pd.Series) -> pd.DataFrame:
    """The table with flags added; a photo may be noticed several times."""
    together = noticed.groupby(level=0).agg(" ".join)
    flags = photos["flags"].copy()  # `.flags` is something else of pandas
    flags[together.index] = (flags[together.index] + " " + together).str.strip()
    return photos.assign(flags=flags)


def _reject(photos: pd.DataFrame, problems: Mapping[Hashable, Problem]) -> pd.DataFrame:
    """The table with the photos at these places rejected, but for those that already are."""
    rejected = photos.copy()
    settled = set(photos.index[photos.reason != ""])
    pending = {at: problem for at, problem in problems.items() if at not in settled}
    rejected.loc[list(pending), "reason"] = [problem.reason for problem in pending.values()]
    rejected.loc[list(pending), "detail"] = [problem.detail for problem in pending.values()]
    return rejected
