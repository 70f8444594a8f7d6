"""Photos that are the same by bytes or by pixels."""

import pandas as pd

from ageline.faces.duplicates import find_duplicates, name_faces, name_groups


def table(*rows):
    """Photos in the order of source, each `source age gender file_hash pixel_hash`; `-` is unknown."""
    photos = pd.DataFrame([row.split() for row in rows], columns=["source", "age", "gender", "file_hash", "pixel_hash"])
    photos = photos.replace("-", None).astype({"age": float, "gender": "str"})
    photos = photos.assign(face_id=name_faces(photos))
    return photos.assign(split_group=name_groups(photos))


def test_a_face_is_named_by_its_bytes_and_counted_where_they_repeat():
    photos = table("a 5 m ab 1", "b 5 m cd 2", "c 5 m ab 1", "d 5 m ab 1")
    assert list(photos.face_id) == ["ab", "cd", "ab-2", "ab-3"]


def test_a_group_is_named_by_its_first_photo():
    photos = table("a 5 m ab 1", "b 5 m cd 2", "c 5 m ef 1", "d 5 m ab 1")
    assert list(photos.split_group) == ["ab", "cd", "ab", "ab"]


def test_photos_whose_names_sort_last_rename_nothing():
    before = ["a 5 m ab 1", "b 5 m cd 2"]
    after = table(*before, "y 5 m cd 2", "z 9 m ef 1")
    assert after.iloc[:2].equals(table(*before))


def test_photos_unlike_all_others_are_no_duplicates():
    assert find_duplicates(table("a 5 m ab 1", "b 5 m cd 2")).empty


def test_same_bytes_and_same_pixels_are_told_apart():
    found = find_duplicates(table("a 5 m ab 1", "b 5 m ab 1", "c 5 m cd 1", "d 5 m ef 2"))
    assert found[["source", "kind", "conflict", "age_gap"]].values.tolist() == [
        ["a", "same_bytes", False, 0.0],
        ["b", "same_bytes", False, 0.0],
        ["c", "same_pixels", False, 0.0],
    ]


def test_different_ages_are_a_conflict_of_the_whole_group_with_its_gap():
    found = find_duplicates(table("a 5 m ab 1", "b 5 m ab 1", "c 53.5 m ab 1"))
    assert found.conflict.all()
    assert found.age_gap.tolist() == [48.5] * 3
    assert found.disagrees_with.tolist() == [
        "5 m here, 53.5 m in c",
        "5 m here, 53.5 m in c",
        "53.5 m here, 5 m in a",
    ]


def test_different_genders_are_a_conflict():
    found = find_duplicates(table("a 5 m ab 1", "b 5 f ab 1", "c 5 - ab 1"))
    assert found.conflict.tolist() == [True] * 3
    assert found.disagrees_with.tolist() == ["5 m here, 5 f in b", "5 f here, 5 m in a", "5 here, 5 m in a"]


def test_an_unknown_gender_agrees_with_any():
    assert not find_duplicates(table("a 5 m ab 1", "b 5 - ab 1")).conflict.any()
    assert not find_duplicates(table("a 5 - ab 1", "b 5 - ab 1")).conflict.any()
