"""On which side of the split a face stands."""

import hashlib
from collections.abc import Sequence

PRECISION = 53  # bits of a hash that a float holds exactly


def random_split(split_group: str, fractions: Sequence[float], seed: int) -> str:
    """The fold of a group of faces, by its own hash: it stays where it is when others are added or removed.

    Args:
        split_group: what its faces have in common, see `duplicates`.
        fractions: shares of train, val and test, in expectation.
        seed: another seed is another split.
    """
    train, val, _ = fractions
    place = _place(f"{seed}|{split_group}")
    if place < train:
        return "train"
    return "val" if place < train + val else "test"


def _place(text: str) -> float:
    """A number in [0, 1) that the text alone decides."""
    digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return (digest >> (64 - PRECISION)) / 2.0**PRECISION
