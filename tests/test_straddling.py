"""Copies in two folds: which are rejected, and how many are told of."""

import pandas as pd
import pytest

from ageline.faces.problems import Problem
from ageline.faces.straddling import find_across_folds, find_straddling


@pytest.fixture
def photos():
    """Of each photo its fold, in capitals if it is rejected, its picture (its own) and its split group (its own)."""

    def make(folds: str, pictures: str = "", groups: str = "") -> pd.DataFrame:
        names = {"r": "train", "v": "val", "t": "test"}
        pictures = pictures or "".join(map(str, range(len(folds))))
        return pd.DataFrame(
            {
                "source": [f"{number}.jpg" for number in range(len(folds))],
                "split": [names[fold.lower()] for fold in folds],
                "reason": ["label conflict" if fold.isupper() else "" for fold in folds],
                "picture": [int(picture) for picture in pictures],
                "split_group": list(groups or pictures),
            }
        )

    return make


def links(*pairs):
    return pd.DataFrame({"earlier": [earlier for earlier, _ in pairs]}, index=[later for _, later in pairs], dtype=int)


@pytest.mark.parametrize(
    ("folds", "pairs", "rejected"),
    [
        ("rr", [(0, 1)], []),
        ("rt", [(0, 1)], [1]),
        ("rT", [(0, 1)], []),
        ("Rt", [(0, 1)], []),
        ("rtv", [(0, 1), (1, 2)], [1]),  # with the second gone, the third repeats nobody
        ("rtv", [(0, 1), (0, 2)], [1, 2]),
        ("rrt", [(0, 1), (0, 2), (1, 2)], [2]),
    ],
)
def test_the_later_of_two_in_different_folds_is_rejected(photos, folds, pairs, rejected):
    assert list(find_across_folds(photos(folds), links(*pairs))) == rejected


@pytest.mark.parametrize(
    ("folds", "pictures", "rejected"),
    [
        ("rtt", "011", [1, 2]),  # the copy of the later photo goes with it
        ("rrt", "002", [2]),
        ("Rrt", "002", [2]),  # the first photo is gone, its copy is not
        ("rTt", "011", [2]),
    ],
)
def test_copies_of_linked_photos_are_linked(photos, folds, pictures, rejected):
    later = int(pictures[-1])
    assert list(find_across_folds(photos(folds, pictures), links((0, later)))) == rejected


def test_the_reason_names_the_photo_that_it_repeats(photos):
    assert find_across_folds(photos("rt"), links((0, 1))) == {
        1: Problem("duplicate in another fold", "a near-duplicate of 0.jpg in train, its group is in test")
    }


@pytest.mark.parametrize(
    ("folds", "pictures", "groups", "pairs", "straddling"),
    [
        ("rr", "", "aa", [], []),
        ("rt", "", "aa", [], [[0, 1]]),
        ("rt", "", "ab", [], []),
        ("rt", "", "ab", [(0, 1)], [[0, 1]]),
        ("rTt", "", "aaa", [], [[0, 2]]),
        ("Rrt", "", "aaa", [], [[1, 2]]),  # of one photo, though the one that they share is rejected
        ("rrtvrr", "", "aabbcc", [(1, 2)], [[0, 1, 2, 3]]),
        ("rrTt", "", "aabb", [(1, 2)], []),  # the last is a near-duplicate of none of the first two
        ("rrTt", "0122", "aabb", [(1, 2)], [[0, 1, 3]]),  # but here it is the same picture as the one that is rejected
        ("rtrt", "", "aabb", [], [[0, 1], [2, 3]]),
    ],
)
def test_groups_that_stand_in_several_folds(photos, folds, pictures, groups, pairs, straddling):
    assert find_straddling(photos(folds, pictures, groups), links(*pairs)) == straddling
