"""Photos that are one and the same: what to call them, which belong together, who disagrees.

Photos of the same pixels, and near-duplicates of one leading photo, form a group, which stays on one side of the
split. The leader is the first of them by source and names the group, so photos whose names sort last never move it.
They can take it out, though, where they repeat one of its photos under another label: nothing tells which is wrong.

Groups are not chained: a near-duplicate of a member but not of its leader starts a group of its own. Such links
between groups are kept apart, see `Groups`.

Functions take a table with a row per decoded photo, sorted by `source`, with the columns `source`, `age`, `gender`,
`file_hash` and `pixel_hash`, and `face_id` and `split_group` once they are named.
"""

from dataclasses import dataclass

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
        links: near-duplicates in different groups: positions `[links, 2]`, the earlier first, by the later.
    """

    leader: Positions
    agreement: npt.NDArray[np.float64]
    links: Positions


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
    return Groups(leader[first], agreement[first], pairs[leader[pairs[:, 0]] != leader[pairs[:, 1]]])


def find_duplicates(faces: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """A row for each face that belongs together with another, indexed as `faces`.

    Returns:
        `face_id, source, age, gender, split_group`; `kind`: `same_bytes` where another file is the same to the last
        byte, `same_pixels` where another photo is to the last pixel, else `near_duplicate`; `leads`: whether it is the
        first of its group; `agreement`: with that one, see `Groups`; `conflict`: whether ages or genders differ in its
        group; `age_gap`: between the oldest and youngest label of its group, in years; `disagrees_with`: in a
        conflict, a face with another label.
    """
    copies = faces[faces.duplicated("split_group", keep=False)]
    by_group = copies.groupby("split_group")
    age_gap = by_group.age.transform("max") - by_group.age.transform("min")
    conflict = (age_gap > 0) | (by_group.gender.transform("nunique") > 1)
    same_pixels = copies.duplicated("pixel_hash", keep=False).map({True: SAME_PIXELS, False: NEAR_DUPLICATE})
    return copies[["face_id", "source", "age", "gender", "split_group"]].assign(
        kind=same_pixels.mask(copies.duplicated("file_hash", keep=False), SAME_BYTES),
        leads=copies.face_id == copies.split_group,
        agreement=pd.Series(groups.agreement, faces.index)[copies.index],
        conflict=conflict,
        age_gap=age_gap,
        disagrees_with=_disagreements(copies, conflict),
    )


def _disagreements(copies: pd.DataFrame, conflict: pd.Series) -> pd.Series:
    """Of each face in a conflict, its label and the first other label of its group; empty elsewhere."""
    details = pd.Series("", index=copies.index, dtype=str)
    for _, group in copies[conflict].groupby("split_group"):
        labels = [_label(age, gender) for age, gender in zip(group.age, group.gender, strict=True)]
        another = next(at for at, label in enumerate(labels) if label != labels[0])
        for at, label in enumerate(labels):
            other = another if label == labels[0] else 0
            details[group.index[at]] = f"{label} here, {labels[other]} in {group.source.iloc[other]}"
    return details


def _label(age: float, gender: object) -> str:
    return f"{age:g} {gender}" if isinstance(gender, str) else f"{age:g}"
