"""Copies in two folds: which are rejected, and how many are told of."""

import numpy as np
import pandas as pd
import pytest

from ageline.faces.audit.groups import Groups
from ageline.faces.problems import Problem
from ageline.faces.straddling import find_across_folds, find_straddling, pair_copies


@pytest.fixture
def photos():
    """Of each photo its fold; those in capitals are rejected."""

    def make(folds: str) -> pd.DataFrame:
        names = {"r": "train", "v": "val", "t": "test"}
        split = [names[fold.lower()] for fold in folds]
        sources = [f"{number}.jpg" for number in range(len(folds))]
        return pd.DataFrame({"source": sources, "split": split, "reason": ["x" if f.isupper() else "" for f in folds]})

    return make


def test_a_copy_is_paired_with_its_leader_and_groups_by_their_links():
    groups = Groups(np.array([0, 0, 2, 0, 2]), np.ones(5), np.array([[1, 2], [1, 4]]))
    assert pair_copies(groups).tolist() == [[0, 1], [1, 2], [0, 3], [1, 4], [2, 4]]


@pytest.mark.parametrize(
    ("folds", "pairs", "rejected"),
    [
        ("rr", [[0, 1]], []),
        ("rt", [[0, 1]], [1]),
        ("rT", [[0, 1]], []),
        ("Rt", [[0, 1]], []),
        ("rtv", [[0, 1], [1, 2]], [1]),  # with the second gone, the third repeats nobody
        ("rtv", [[0, 1], [0, 2]], [1, 2]),
        ("rrt", [[0, 1], [0, 2], [1, 2]], [2]),
    ],
)
def test_the_later_of_two_in_different_folds_is_rejected(photos, folds, pairs, rejected):
    assert list(find_across_folds(photos(folds), np.array(pairs))) == rejected


def test_the_reason_names_the_photo_that_it_repeats(photos):
    assert find_across_folds(photos("rt"), np.array([[0, 1]])) == {
        1: Problem("duplicate in another fold", "a near-duplicate of 0.jpg in train, its group is in test")
    }


@pytest.mark.parametrize(
    ("folds", "pairs", "straddling"),
    [
        ("rr", [[0, 1]], []),
        ("rt", [[0, 1]], [[0, 1]]),
        ("rTt", [[0, 1], [0, 2]], [[0, 2]]),
        ("Rrt", [[0, 1], [0, 2]], [[1, 2]]),  # of one photo, though the one that they share is rejected
        ("rrtvrr", [[0, 1], [1, 2], [4, 5]], [[0, 1, 2]]),
        ("rtrt", [[0, 1], [2, 3]], [[0, 1], [2, 3]]),
    ],
)
def test_sets_of_copies_that_stand_in_several_folds(photos, folds, pairs, straddling):
    assert find_straddling(photos(folds), np.array(pairs)) == straddling
