"""The random split: by the hash of each group."""

from collections import Counter

import pytest

from ageline.faces.splits import random_split

SHARES = (0.7, 0.15, 0.15)


def test_the_side_of_a_group_is_known_for_ever():
    groups = ["b795eb0bf7e1db66", "9f90b36772390013", "17c3a65a27284769", "ac6d1f501754d634", "0", "1", "2", "3"]
    assert [random_split(group, SHARES, 1) for group in groups] == [
        "train",
        "val",
        "train",
        "train",
        "test",
        "train",
        "train",
        "train",
    ]


def test_the_shares_hold_in_expectation():
    counts = Counter(random_split(str(group), SHARES, 1) for group in range(20_000))
    assert counts["train"] / 20_000 == pytest.approx(0.7, abs=0.01)
    assert counts["val"] / 20_000 == pytest.approx(0.15, abs=0.01)


def test_another_seed_is_another_split():
    first, second = ([random_split(str(group), SHARES, seed) for group in range(1000)] for seed in (1, 2))
    agreeing = sum(a == b for a, b in zip(first, second, strict=True))
    assert agreeing / 1000 == pytest.approx(0.7**2 + 2 * 0.15**2, abs=0.05)


def test_a_larger_share_of_train_only_moves_faces_into_it():
    for group in map(str, range(1000)):
        if random_split(group, (0.7, 0.15, 0.15), 1) == "train":
            assert random_split(group, (0.8, 0.1, 0.1), 1) == "train"


@pytest.mark.parametrize(
    ("fractions", "only"), [((1.0, 0.0, 0.0), "train"), ((0.0, 1.0, 0.0), "val"), ((0.0, 0.0, 1.0), "test")]
)
def test_a_share_of_one_takes_all(fractions, only):
    assert {random_split(str(group), fractions, 1) for group in range(1000)} == {only}
