"""Copies in two folds: which are rejected, and how many are told of."""

import numpy as np
import pandas as pd
import pytest

from ageline.faces.problems import Problem
from ageline.faces.straddling import find_across_folds, find_straddling


@pytest.fixture
def photos():
    """Of each photo its fold, in capitals if it is rejected, and its group."""

    def make(folds: str, groups: str = "") -> pd.DataFrame:
        names = {"r": "train", "v": "val", "t": "test"}
        split = [names[fold.lower()] for fold in folds]
        sources = [f"{number}.jpg" for number in range(len(folds))]
        reasons = ["label conflict" if fold.isupper() else "" for fold in folds]
        named = {"source": sources, "split": split, "reason": reasons, "split_group": list(groups or sources)}
        return pd.DataFrame(named)

    return make


@pytest.mark.parametrize(
    ("folds", "links", "rejected"),
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
def test_the_later_of_two_in_different_folds_is_rejected(photos, folds, links, rejected):
    assert list(find_across_folds(photos(folds), np.array(links))) == rejected


def test_the_reason_names_the_photo_that_it_repeats(photos):
    assert find_across_folds(photos("rt"), np.array([[0, 1]])) == {
        1: Problem("duplicate in another fold", "a near-duplicate of 0.jpg in train, its group is in test")
    }


@pytest.mark.parametrize(
    ("folds", "groups", "links", "straddling"),
    [
        ("rr", "aa", [], []),
        ("rt", "aa", [], [[0, 1]]),
        ("rt", "ab", [], []),
        ("rt", "ab", [[0, 1]], [[0, 1]]),
        ("rTt", "aaa", [], [[0, 2]]),
        ("Rrt", "aaa", [], [[1, 2]]),  # of one photo, though the one that they share is rejected
        ("rrtvrr", "aabbcc", [[1, 2]], [[0, 1, 2, 3]]),
        ("rrTt", "aabb", [[1, 2]], []),  # the last is a near-duplicate of none of the first two
        ("rtrt", "aabb", [], [[0, 1], [2, 3]]),
    ],
)
def test_groups_that_stand_in_several_folds(photos, folds, groups, links, straddling):
    assert find_straddling(photos(folds, groups), np.array(links, int).reshape(-1, 2)) == straddling
