"""What a report says made it."""

import re

from ageline.scoring.provenance import hash_of_faces, hash_of_settings, made_by
from ageline.store.faceset import FaceSet


def test_the_same_faces_have_the_same_hash_in_any_order_and_another_label_another(make_faces):
    faces = make_faces([4, 20, 80])
    turned = FaceSet(faces.manifest.iloc[::-1], faces.packs)
    relabelled = FaceSet(faces.manifest.assign(age=[4.0, 21, 80]), faces.packs)
    moved = FaceSet(faces.manifest.assign(split="test"), faces.packs)
    hashes = [hash_of_faces([some]) for some in (faces, turned, relabelled, moved)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_settings_are_compared_by_value():
    assert hash_of_settings({"a": 1, "b": {"c": 2}}) == hash_of_settings({"b": {"c": 2}, "a": 1})
    assert hash_of_settings({"a": 1}) != hash_of_settings({"a": 2})


def test_what_made_it_names_hashes_and_versions_and_no_machine(make_faces, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"weights")
    made = made_by([make_faces([4])], {"target": "age"}, tmp_path / "model.keras")
    assert list(made)[:3] == ["faces and labels", "params", "model"]
    assert made["model"] == "9a129038d9a00aed"  # the beginning of the SHA-256 of "weights"
    assert re.fullmatch(r"2\.\d+\.\d+", made["numpy"])
    assert str(tmp_path) not in str(made)
