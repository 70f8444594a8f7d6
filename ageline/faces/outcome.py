"""What becomes of every photo that is listed: accepted into a fold, or rejected with a reason.

The steps take and return one table, a row per listed photo in the order of `source`; a photo is rejected as soon as its
`reason` is not empty, and stays in the table.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
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
    Positions,
    find_duplicates,
    find_links,
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
from ageline.params import Ingest, Target

LABELS = ("source", "age", "gender", "ethnicity", "subject", "flags")
TEXT = ("source", "gender", "ethnicity", "subject", "flags", "stated_split", "reason", "detail")
MEASURES = [field.name for field in fields(Quality)]
COPY_OF = {SAME_BYTES: "the same bytes as", SAME_PIXELS: "the same pixels as", NEAR_DUPLICATE: "a near-duplicate of"}
DUPLICATE = "duplicate"  # the reason of copies that are dropped because they are copies
BEYOND = "beyond max_faces"  # the reason of photos that were not picked
SEVERAL = "several_faces"  # flag of photos of which the largest face found was taken
CONFLICT = "conflict"  # flag of photos whose copies are labelled differently


@dataclass(frozen=True)
class Outcome:
    """All photos and what became of them.

    Attributes:
        target: what is to be learned.
        photos: a row per listed photo in the order of `source`: the columns of `Listed` and `Decoded`, `reason` and
            `detail` of a rejection, and for the accepted `face_id`, `split_group` and `split`.
        duplicates: see `groups.find_duplicates`; and `kept`, whether it was accepted.
        links: see `groups.find_links`; and `kept`.
        flaws: see `findings.find_flaws`.
        straddling: see `straddling.find_straddling`.
        other_files: files in the source that are neither photos nor named by a label.
    """

    target: Target
    photos: pd.DataFrame
    duplicates: pd.DataFrame
    links: pd.DataFrame
    flaws: pd.DataFrame
    straddling: Sequence[Sequence[int]]
    other_files: int

    @property
    def accepted(self) -> pd.DataFrame:
        return self.photos[self.photos.reason == ""]

    @property
    def rejected(self) -> pd.DataFrame:
        return self.photos[self.photos.reason != ""]


def tabulate(listed: Sequence[Listed], target: Target, params: Ingest) -> pd.DataFrame:
    """The table of listed photos; those with a problem, without a label or beyond `ingest.max_faces` are rejected.

    Args:
        listed: in the order of the labels.
        target: what each photo has to be labelled with. An age has to be one of `ingest.ages` even where it may lack.
        params: the section `ingest` of params.yaml.
    """
    columns: dict[str, list[object]] = {name: [getattr(row, name) for row in listed] for name in LABELS}
    problems = [row.problem_for(target) for row in listed]
    labelled = np.array([problem is None for problem in problems], bool)
    photos = pd.DataFrame(columns).assign(
        stated_split=[row.split or "" for row in listed],
        place=np.where(labelled, labelled.cumsum() - 1, -1),
        reason=[problem.reason if problem else "" for problem in problems],
        detail=[problem.detail if problem else "" for problem in problems],
    )
    photos = photos.astype({"age": "float"} | dict.fromkeys(TEXT, "str")).sort_values(
        "source", kind="stable", ignore_index=True
    )
    unlabelled = photos.index[(photos.reason == "") & photos[target].isna()]
    photos = _reject(photos, dict.fromkeys(unlabelled, Problem(f"no {target}")))
    low, high = params.ages
    outside = photos.age[(photos.reason == "") & photos.age.notna() & ~photos.age.between(low, high)]
    expected = f"expected {low:g} to {high:g} (ingest.ages)"
    photos = _reject(photos, {at: Problem("age out of range", f"{age:g}, {expected}") for at, age in outside.items()})
    return photos if params.max_faces is None else _pick(photos, params.max_faces)


def _pick(photos: pd.DataFrame, number: int) -> pd.DataFrame:
    """The table with all but `number` of the photos that are not yet rejected rejected.

    A photo's own name says how early it is picked, so many include the few, and others that come move few.
    """
    pending = photos.index[photos.reason == ""].to_numpy()
    names = photos.source[pending]
    places = [blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest() for name in names]
    beyond = pending[np.argsort(np.frombuffer(b"".join(places), ">u8"), kind="stable")[number:]]
    photos.loc[beyond, "reason"] = BEYOND
    return photos


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
    target: Target,
    photos: pd.DataFrame,
    thumbnails: npt.NDArray[np.uint8],
    params: Ingest,
    splits: str | Path,
    other_files: int,
) -> Outcome:
    """Name the faces, settle what is to become of copies of one photo, and split.

    Args:
        target: what is to be learned.
        photos: decoded, see `with_decoded`.
        thumbnails: of each photo that is not rejected, `[n, side, side]`.
        params: the section `ingest` of params.yaml.
        splits: folder of split files.
        other_files: see `Outcome`.
    """
    faces = photos[photos.reason == ""]
    first = first_of_each_picture(faces)
    faces = faces.assign(face_id=name_faces(faces), picture=faces.index.to_numpy()[first])
    groups = _group(faces, first, thumbnails)
    faces = faces.assign(group=faces.face_id.to_numpy()[groups.leader])
    faces = faces.assign(split_group=_split_groups(faces, groups))
    duplicates, links = find_duplicates(faces, groups), find_links(faces, groups)
    split = split_faces(faces, int((photos.place >= 0).sum()), params.split, splits)

    photos = photos.join(faces[["face_id", "picture", "group", "split_group"]].assign(split=split))
    photos = _flag(photos, pd.Series(SEVERAL, photos.index[photos.found > 1], dtype="str"))
    photos = _flag(photos, _noticed(duplicates, links))
    photos = _reject(photos, dict.fromkeys(split.index[split == ""], _no_fold(params)))
    if params.conflicts == "drop":
        photos = _reject(photos, _contradicting(photos, duplicates, links))
    if params.split.protocol == "random":
        photos = _reject(photos, find_across_folds(photos, links))
    if params.duplicates == "drop":
        photos = _reject(photos, _repeating(photos, duplicates))
    duplicates, links = (
        copies.assign(kept=photos.reason[copies.index].to_numpy() == "") for copies in (duplicates, links)
    )
    flaws = find_flaws(photos, params.height_width)
    straddling = find_straddling(photos, links)
    return Outcome(target, _flag(photos, flaws.finding), duplicates, links, flaws, straddling, other_files)


def _group(faces: pd.DataFrame, first: Positions, thumbnails: npt.NDArray[np.uint8]) -> Groups:
    distinct = first == np.arange(len(first))
    compared = np.flatnonzero(distinct & (faces.contrast.to_numpy() >= LEAST_CONTRAST))
    return group_faces(first, find_near_duplicates(thumbnails, compared))


def _split_groups(faces: pd.DataFrame, groups: Groups) -> pd.Series:
    """What has to stay on one side: the photos of one person where that is known, else the copies of one photo."""
    subject = pd.Series(faces.subject.to_numpy()[groups.leader], faces.index, dtype="str")
    split_groups: pd.Series = ("subject " + subject).where(subject.notna(), faces.group)
    return split_groups


def _noticed(duplicates: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Flags of copies, and of both photos of a link between groups."""
    linked = pd.Series(NEAR_DUPLICATE, [*links.index, *links.earlier], dtype="str")
    kinds = pd.concat([duplicates.kind, linked[~linked.index.isin(duplicates.index)]])
    at_odds = {*duplicates.index[duplicates.conflict], *links.index[links.conflict], *links.earlier[links.conflict]}
    kinds = kinds[~kinds.index.duplicated()]
    noticed: pd.Series = kinds.where(~kinds.index.isin(at_odds), kinds + f" {CONFLICT}")
    return noticed


def _contradicting(photos: pd.DataFrame, duplicates: pd.DataFrame, links: pd.DataFrame) -> dict[Hashable, Problem]:
    """Every photo of a group whose labels differ, and both photos of a link whose labels do."""
    dropped: dict[Hashable, Problem] = {}
    at_odds = links[links.conflict]
    for later, earlier in zip(at_odds.index.to_list(), at_odds.earlier.to_list(), strict=True):
        for at, other in ((later, earlier), (earlier, later)):
            dropped[at] = Problem("label conflict", f"{photos.source[other]} has another label and is a near-duplicate")
    conflicts = duplicates.detail[duplicates.conflict]
    return dropped | {at: Problem("label conflict", detail) for at, detail in conflicts.items()}


def _repeating(photos: pd.DataFrame, duplicates: pd.DataFrame) -> dict[Hashable, Problem]:
    """Of the photos of a group that agree, and are not rejected for another reason, all but the first."""
    pending = duplicates[(photos.reason[duplicates.index] == "") & ~duplicates.conflict]
    first = pending.groupby("group").source.transform("first")
    return {
        at: Problem(DUPLICATE, f"{COPY_OF[kind]} {kept}")
        for at, source, kind, kept in zip(pending.index, pending.source, pending.kind, first, strict=True)
        if source != kept
    }


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
