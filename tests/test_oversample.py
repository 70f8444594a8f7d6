from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.oversample.drawing import TRANSFORMS, Copier, copies_manifest, draw_copies
from ageline.oversample.rarity import plan_balance, plan_copies, read_counts


def counts(**faces: int) -> pd.Series:
    return pd.Series({int(age[1:]): number for age, number in faces.items()}, name="train").rename_axis("age")


def a_face(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def test_a_rare_age_is_brought_up_to_the_minimum():
    balance = plan_balance(counts(_3=4, _30=50), minimum=10, max_copies=5)
    assert balance.to_dict("list") == {
        "age": [3, 30],
        "before": [4, 50],
        "copies": [6, 0],
        "after": [10, 50],
        "shortfall": [0, 0],
    }


def test_the_cap_on_copies_wins_and_the_shortfall_is_shown():
    balance = plan_balance(counts(_3=4, _90=0), minimum=10, max_copies=1)
    assert balance[["copies", "after", "shortfall"]].to_numpy().tolist() == [[4, 8, 2], [0, 0, 10]]


def test_copies_are_dealt_out_evenly_by_face_id():
    faces = pd.DataFrame({"face_id": ["b", "a", "c", "d"], "age": [3.0, 3.9, 3.2, 40.0]})
    plan = plan_copies(faces, plan_balance(counts(_3=3, _40=1), minimum=7, max_copies=2))
    # Four copies for three faces of age 3: the first by id, "a", has two; "d" is capped at two.
    assert plan.to_numpy().tolist() == [[0, 1], [1, 1], [1, 2], [2, 1], [3, 1], [3, 2]]


def test_no_age_is_rare_where_the_minimum_is_0():
    faces = pd.DataFrame({"face_id": ["a"], "age": [3.0]})
    assert plan_copies(faces, plan_balance(counts(_3=1), minimum=0, max_copies=2)).empty


def test_each_gender_is_brought_up_to_the_minimum_as_an_age_is():
    genders = pd.Series({"female": 1, "male": 3}, name="train").rename_axis("gender")
    balance = plan_balance(genders, minimum=5, max_copies=2)
    assert balance.to_dict("list") == {
        "gender": ["female", "male"],
        "before": [1, 3],
        "copies": [2, 2],
        "after": [3, 5],
        "shortfall": [2, 0],
    }
    faces = pd.DataFrame(
        {"face_id": ["d", "b", "a", "c"], "age": [None, 3.0, None, 40.0], "gender": ["male", "male", "female", "male"]}
    )
    assert plan_copies(faces, balance).to_numpy().tolist() == [[1, 1], [2, 1], [2, 2], [3, 1]]
    assert plan_copies(faces, plan_balance(genders, minimum=0, max_copies=2)).empty


def test_a_copy_depends_on_seed_face_and_number_alone():
    face, everything = a_face(), list(TRANSFORMS)
    first = Copier(everything, seed=1)
    drawn = {copy: first.draw(face, "f", copy) for copy in (1, 2, 3)}
    again = Copier(everything, seed=1)
    assert all(np.array_equal(again.draw(face, "f", copy), drawn[copy]) for copy in (3, 1, 2))
    assert not np.array_equal(drawn[1], drawn[2])
    assert not np.array_equal(first.draw(face, "another", 1), drawn[1])
    assert not np.array_equal(Copier(everything, seed=2).draw(face, "f", 1), drawn[1])


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_changes_a_face_and_keeps_its_shape(name):
    copier, face = Copier([name], seed=1), a_face()
    copies = [copier.draw(face, "f", copy) for copy in range(8)]
    assert {copy.shape for copy in copies} == {(32, 32, 3)}
    assert {copy.dtype for copy in copies} == {np.dtype(np.uint8)}
    assert any(not np.array_equal(copy, face) for copy in copies)


def test_copies_turn_a_little_and_never_upside_down():
    lower_half_white = np.repeat(np.array([0] * 16 + [255] * 16, np.uint8), 32 * 3).reshape(32, 32, 3)
    copies = [Copier(["affine"], seed=1).draw(lower_half_white, "f", copy) for copy in range(40)]
    assert all(copy[:6].max() == 0 and copy[-6:].min() == 255 for copy in copies)


def test_a_copy_is_listed_as_its_original_under_a_name_of_its_own(make_faces):
    faces = make_faces([3, 40])
    plan = plan_copies(faces.manifest, plan_balance(counts(_3=1, _40=1), minimum=2, max_copies=5))
    copies = copies_manifest(faces.manifest, plan)
    assert copies[["face_id", "copy_of", "copy", "age"]].to_numpy().tolist() == [
        ["face000+1", "face000", 1, 3.0],
        ["face001+1", "face001", 1, 40.0],
    ]
    assert len(list(draw_copies(faces, plan, Copier(["flip"], seed=1)))) == 2


def test_counts_of_another_kind_are_refused(tmp_path: Path):
    (tmp_path / "counts.csv").write_text("years,train\n3,4\n")
    with pytest.raises(AgelineError, match=r"columns \['years', 'train'\], expected age and train"):
        read_counts(tmp_path / "counts.csv", "age")
    with pytest.raises(AgelineError, match=r"expected gender and train\. Run `dvc repro eda`"):
        read_counts(tmp_path / "counts.csv", "gender")


def test_counts_of_genders_are_read(tmp_path: Path):
    (tmp_path / "counts.csv").write_text("gender,train,val\nfemale,3,1\nmale,5,0\n")
    assert read_counts(tmp_path / "counts.csv", "gender").to_dict() == {"female": 3, "male": 5}
