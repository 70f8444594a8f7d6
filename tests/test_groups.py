"""Photos that are the same by bytes, by pixels or nearly, and whose labels disagree."""

import numpy as np
import pandas as pd

from ageline.faces.audit import groups
from ageline.faces.audit.groups import Groups, first_of_each_picture, group_faces, name_faces
from ageline.faces.audit.near_duplicates import NearDuplicates


def grouped(*rows, near=()) -> tuple[pd.DataFrame, Groups]:
    """Photos in the order of source, each `source age gender file_hash pixel_hash`; `-` is unknown."""
    photos = pd.DataFrame([row.split() for row in rows], columns=["source", "age", "gender", "file_hash", "pixel_hash"])
    photos = photos.replace("-", None).astype({"age": float, "gender": "str"})
    photos = photos.assign(face_id=name_faces(photos))
    pairs = NearDuplicates(np.array([pair[:2] for pair in near], int).reshape(-1, 2), np.array([p[2] for p in near]))
    found = group_faces(first_of_each_picture(photos), pairs)
    return photos.assign(group=photos.face_id.to_numpy()[found.leader]), found


def table(*rows, near=()) -> pd.DataFrame:
    return grouped(*rows, near=near)[0]


def find_duplicates(*rows, near=()) -> pd.DataFrame:
    return groups.find_duplicates(*grouped(*rows, near=near))


def test_a_face_is_named_by_its_bytes_and_counted_where_they_repeat():
    photos = table("a 5 m ab 1", "b 5 m cd 2", "c 5 m ab 1", "d 5 m ab 1")
    assert list(photos.face_id) == ["ab", "cd", "ab-2", "ab-3"]


def test_a_group_is_named_by_its_first_photo():
    photos = table("a 5 m ab 1", "b 5 m cd 2", "c 5 m ef 1", "d 5 m ab 1")
    assert list(photos.group) == ["ab", "cd", "ab", "ab"]


def test_photos_whose_names_sort_last_rename_nothing():
    before = ["a 5 m ab 1", "b 5 m cd 2"]
    after = table(*before, "y 5 m cd 2", "z 9 m ef 1")
    assert after.iloc[:2].equals(table(*before))


def test_photos_unlike_all_others_are_no_duplicates():
    assert find_duplicates("a 5 m ab 1", "b 5 m cd 2").empty


def test_same_bytes_and_same_pixels_are_told_apart():
    found = find_duplicates("a 5 m ab 1", "b 5 m ab 1", "c 5 m cd 1", "d 5 m ef 2")
    assert found[["source", "kind", "conflict", "age_gap"]].values.tolist() == [
        ["a", "same_bytes", False, 0.0],
        ["b", "same_bytes", False, 0.0],
        ["c", "same_pixels", False, 0.0],
    ]


def test_different_ages_are_a_conflict_of_the_whole_group_with_its_gap():
    found = find_duplicates("a 5 m ab 1", "b 5 m ab 1", "c 53.5 m ab 1")
    assert found.conflict.all()
    assert found.age_gap.tolist() == [48.5] * 3
    assert found.detail.tolist() == [
        "5 m here, 53.5 m in c",
        "5 m here, 53.5 m in c",
        "53.5 m here, 5 m in a",
    ]


def test_different_genders_are_a_conflict():
    found = find_duplicates("a 5 m ab 1", "b 5 f ab 1", "c 5 - ab 1")
    assert found.conflict.tolist() == [True] * 3
    assert found.detail.tolist() == ["5 m here, 5 f in b", "5 f here, 5 m in a", "others of its group differ"]


def test_an_unknown_gender_agrees_with_any():
    assert not find_duplicates("a 5 m ab 1", "b 5 - ab 1").conflict.any()
    assert not find_duplicates("a 5 - ab 1", "b 5 - ab 1").conflict.any()


def test_near_duplicates_of_one_photo_join_its_group_with_their_agreement():
    photos, found = grouped("a 5 m ab 1", "b 5 m cd 2", "c 5 m ef 3", near=[(0, 1, 0.95), (0, 2, 0.97)])
    assert photos.group.tolist() == ["ab", "ab", "ab"]
    assert found.agreement.tolist() == [1.0, 0.95, 0.97]
    assert found.links.tolist() == []


def test_copies_of_a_near_duplicate_come_with_it():
    photos, found = grouped("a 5 m ab 1", "b 5 m cd 2", "c 5 m ef 2", near=[(0, 1, 0.95)])
    assert photos.group.tolist() == ["ab", "ab", "ab"]
    assert found.agreement.tolist() == [1.0, 0.95, 0.95]


def test_groups_are_not_chained():
    rows = [f"{name} 5 m {name} {number}" for number, name in enumerate("abcd")]
    photos, found = grouped(*rows, near=[(0, 1, 0.95), (1, 2, 0.95), (2, 3, 0.95)])
    assert photos.group.tolist() == ["a", "a", "c", "c"]
    assert found.links.tolist() == [[1, 2]]


def test_a_photo_of_two_groups_joins_the_first_and_is_linked_to_the_other():
    rows = [f"{name} 5 m {name} {number}" for number, name in enumerate("abc")]
    photos, found = grouped(*rows, near=[(0, 2, 0.92), (1, 2, 0.99)])
    assert photos.group.tolist() == ["a", "b", "a"]
    assert found.links.tolist() == [[1, 2]]


def test_a_near_duplicate_is_told_from_a_copy():
    rows = ["a 5 m ab 1", "b 5 m ab 1", "c 6 m cd 2", "d 9 m ef 3"]
    found = find_duplicates(*rows, near=[(0, 2, 0.95)])
    assert found[["source", "kind", "agreement", "age_gap"]].values.tolist() == [
        ["a", "same_bytes", 1.0, 1.0],
        ["b", "same_bytes", 1.0, 1.0],
        ["c", "near_duplicate", 0.95, 1.0],
    ]


def test_a_link_between_groups_says_where_labels_differ():
    rows = ["a 20 m a 0", "b 20 m b 1", "c 70 m c 2", "d 20 - d 3"]
    found = groups.find_links(*grouped(*rows, near=[(0, 1, 0.95), (1, 2, 0.94), (1, 3, 0.93)]))
    columns = ["source", "group", "kind", "agreement", "conflict", "age_gap", "earlier", "detail"]
    assert found[columns].values.tolist() == [
        [
            "c",
            "c",
            "near_duplicate",
            0.94,
            True,
            50.0,
            1,
            "near-duplicate of b, in another group; 70 m here, 20 m in b",
        ],
        ["d", "d", "near_duplicate", 0.93, False, 0.0, 1, "near-duplicate of b, in another group; 20 here, 20 m in b"],
    ]
