"""Which faces two runs share."""

from ageline.gate.folds import FoldChange, shared_faces
from ageline.gate.predictions import Answers


def answers(**labels: float) -> Answers:
    return Answers(labels, dict.fromkeys(labels, 1.0))


def test_the_same_test_fold_in_another_order_is_no_change():
    faces, change = shared_faces(answers(b=30, a=8), answers(a=8, b=30))
    assert faces == ["a", "b"]
    assert not change


def test_faces_that_came_went_or_have_another_label_are_told_apart():
    faces, change = shared_faces(answers(a=8, b=31, d=50, e=51), answers(a=8, b=30, c=40))
    assert faces == ["a"]
    assert change == FoldChange(added=("d", "e"), removed=("c",), relabelled={"b": (30, 31)})
    assert change


def test_folds_with_nothing_in_common_share_no_face():
    assert shared_faces(answers(a=8), answers(b=8)) == ([], FoldChange(("a",), ("b",), {}))
