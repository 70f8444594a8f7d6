"""Photos that are one and the same, by bytes or by pixels: what to call them, which belong together, who disagrees.

Equal bytes have equal pixels, so a group is all photos of one `pixel_hash`. A group stays on one side of the split: its
name is the face_id of its first photo by source, so photos whose names sort last never move it. They can take it out,
though, where they repeat one of its photos under another label: nothing tells which label is the wrong one.

Functions take a table with a row per decoded photo, sorted by `source`, with the columns `source`, `age`, `gender`,
`file_hash` and `pixel_hash`, and `face_id` and `split_group` once they are named.
"""

import pandas as pd

SAME_BYTES, SAME_PIXELS = "same_bytes", "same_pixels"


def name_faces(faces: pd.DataFrame) -> pd.Series:
    """The face_id of each photo: the hash of its file, with `-2`, `-3` for those that repeat an earlier file."""
    repeat = faces.groupby("file_hash").cumcount() + 1
    return faces.file_hash.where(repeat == 1, faces.file_hash + "-" + repeat.astype(str))


def name_groups(faces: pd.DataFrame) -> pd.Series:
    """The split_group of each face."""
    return faces.groupby("pixel_hash").face_id.transform("first")


def find_duplicates(faces: pd.DataFrame) -> pd.DataFrame:
    """A row for each face that shares its pixels with another, indexed as `faces`.

    Returns:
        `face_id, source, age, gender, split_group`; `kind`: `same_bytes` where another file is the same to the last
        byte, else `same_pixels`; `conflict`: whether ages or genders differ in its group; `age_gap`: between the
        oldest and youngest label of its group, in years; `disagrees_with`: in a conflict, a face with another label.
    """
    copies = faces[faces.duplicated("pixel_hash", keep=False)]
    by_group = copies.groupby("split_group")
    age_gap = by_group.age.transform("max") - by_group.age.transform("min")
    conflict = (age_gap > 0) | (by_group.gender.transform("nunique") > 1)
    return copies[["face_id", "source", "age", "gender", "split_group"]].assign(
        kind=copies.duplicated("file_hash", keep=False).map({True: SAME_BYTES, False: SAME_PIXELS}),
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
