"""Photos that are one and the same: what to call them, which belong together, who disagrees.

Photos of the same pixels, and near-duplicates of one leading photo, form a group. The leader is the first of them by
source and names the group, so photos whose names sort last never rename it. They can take it out, though, where they
repeat one of its photos under another label: nothing tells which is wrong.

Groups are not chained: a near-duplicate of a member but not of its leader starts a group of its own. Such links between
groups are kept apart, see `Groups`.

Functions take a table with a row per decoded photo, sorted by `source`, with the columns `source`, `age`, `gender`,
`file_hash` and `pixel_hash`, and `face_id`, `picture` (place of the first photo with the same pixels) and `group` once
these are known.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.faces.audit.near_duplicates import NearDuplicates

KINDS = SAME_BYTES, SAME_PIXELS, NEAR_DUPLICATE = "same_bytes", "same_pixels", "near_duplicate"

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Groups:
    """Which photos belong together.

    Attributes:
        leader: of each photo, its group's first one, as a position in the table.
        agreement: of each photo with its leader in detail, see `alignment.agreement`; 1 where the pixels are equal.
        links: near-duplicates in different groups: positions `[links, 2]` of the first photos of two pictures, the
            earlier first, by the later.
        link_agreement: of their two pictures, `[links]`.
    """

    leader: Positions
    agreement: npt.NDArray[np.float64]
    links: Positions
    link_agreement: npt.NDArray[np.float64]


def name_faces(faces: pd.DataFrame) -> pd.Series:
    """The face_id of each photo: the hash of its file, with `-2`, `-3` for those that repeat an earlier file."""
    repeat = faces.groupby("file_hash").cumcount() + 1
    return faces.file_hash.where(repeat == 1, faces.file_hash + "-" + repeat.astype(str))


def first_of_each_picture(faces: pd.DataFrame) -> Positions:
    """Of each photo, the position of the first one with its pixels."""
    pictures, _ = pd.factorize(faces.pixel_hash)
    return np.flatnonzero(~faces.duplicated("pixel_hash"))[pictures]


def group_faces(first: Positions, near: NearDuplicates) -> Groups:
    """Put photos into groups.

    Args:
        first: see `first_of_each_picture`.
        near: near-duplicates among those photos that are the first of their picture.
    """
    leader, agreement = first.copy(), np.ones(len(first))
    order = np.lexsort((near.pairs[:, 0], near.pairs[:, 1]))
    pairs = near.pairs[order]
    for (earlier, later), agreed in zip(pairs, near.agreement[order], strict=True):
        if leader[earlier] == earlier and leader[later] == later:
            leader[later], agreement[later] = earlier, agreed
    between = leader[pairs[:, 0]] != leader[pairs[:, 1]]
    return Groups(leader[first], agreement[first], pairs[between], near.agreement[order][between])


def find_duplicates(faces: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """A row for each face that belongs together with another, indexed as `faces`.

    Returns:
        `face_id, source, age, gender, group`; `kind`: `same_bytes` where another file is the same to the last byte,
        `same_pixels` where another photo is to the last pixel, else `near_duplicate`; `agreement`: with the first of
        the group, see `Groups`; `conflict`: whether ages or genders differ in the group, as far as they are known;
        `age_gap`: between its oldest and youngest label, in years, NaN where no age is known; `detail`: in a conflict,
        a face with another label.
    """
    copies = faces[faces.duplicated("group", keep=False)]
    by_group = copies.groupby("group")
    age_gap = by_group.age.transform("max") - by_group.age.transform("min")
    conflict = (age_gap > 0) | (by_group.gender.transform("nunique") > 1)
    same_pixels = copies.duplicated("pixel_hash", keep=False).map({True: SAME_PIXELS, False: NEAR_DUPLICATE})
    return copies[["face_id", "source", "age", "gender", "group"]].assign(
        kind=same_pixels.mask(copies.duplicated("file_hash", keep=False), SAME_BYTES),
        agreement=pd.Series(groups.agreement, faces.index)[copies.index],
        conflict=conflict,
        age_gap=age_gap,
        detail=_disagreements(copies, conflict),
    )


def find_links(faces: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """A row for each link between groups, indexed by the place of its later photo; columns as of `find_duplicates`.

    And `earlier`: the place of the earlier photo.
    """
    earlier, later = (faces.iloc[places] for places in groups.links.T)
    pairs = list(zip(earlier.itertuples(), later.itertuples(), strict=True))
    differ = [_differ(first, second) for first, second in pairs]
    details = [
        f"near-duplicate of {first.source}, in another group; {_against(second, first)}" for first, second in pairs
    ]
    links: pd.DataFrame = later[["face_id", "source", "age", "gender", "group"]].assign(
        kind=NEAR_DUPLICATE,
        agreement=groups.link_agreement,
        conflict=np.array(differ, bool),
        age_gap=np.abs(later.age.to_numpy() - earlier.age.to_numpy()),
        detail=details,
        earlier=earlier.index.to_numpy(),
    )
    return links


def _disagreements(copies: pd.DataFrame, conflict: pd.Series) -> pd.Series:
    """Of each face in a conflict, its label and one of its group that differs, if any does; empty elsewhere."""
    details = pd.Series("", index=copies.index, dtype=str)
    for _, group in copies[conflict].groupby("group"):
        faces = list(group.itertuples())
        for at, face in zip(group.index, faces, strict=True):
            other = next((other for other in faces if _differ(face, other)), None)
            details[at] = _against(face, other) if other else "others of its group differ"
    return details


def _differ(face: Any, other: Any) -> bool:
    """Whether two labels contradict one another; an unknown age or gender agrees with any."""
    genders = {gender for gender in (face.gender, other.gender) if isinstance(gender, str)}
    return bool(abs(face.age - other.age) > 0 or len(genders) > 1)


def _against(face: Any, other: Any) -> str:
    return f"{_label(face)} here, {_label(other)} in {other.source}"


def _label(face: Any) -> str:
    age = "" if math.isnan(face.age) else f"{face.age:g}"
    return " ".join(filter(None, [age, face.gender if isinstance(face.gender, str) else ""]))
