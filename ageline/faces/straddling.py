"""Copies of one photo on two sides of the split: what is learned from one is tested on the other."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from ageline.faces.audit.groups import Groups, Positions
from ageline.faces.problems import Problem


def pair_copies(groups: Groups) -> Positions:
    """Every copy with its leader, and every link between groups: positions, the earlier photo first, by the later."""
    later = np.flatnonzero(groups.leader != np.arange(len(groups.leader)))
    pairs = np.concatenate([np.stack([groups.leader[later], later], axis=1), groups.links])
    sorted_pairs: Positions = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    return sorted_pairs


def find_across_folds(photos: pd.DataFrame, pairs: Positions) -> dict[Hashable, Problem]:
    """The photos to reject so that no pair stands in two folds: the later of each, so the first ones never move.

    Args:
        photos: with `source`, `split` and `reason`, empty for those accepted.
        pairs: their places, see `pair_copies`.
    """
    accepted, split = photos.reason == "", photos.split
    rejected: dict[Hashable, Problem] = {}
    for earlier, later in pairs.tolist():
        if not (accepted[earlier] and accepted[later]) or earlier in rejected or split[earlier] == split[later]:
            continue
        where = f"a near-duplicate of {photos.source[earlier]} in {split[earlier]}, its group is in {split[later]}"
        rejected[later] = Problem("duplicate in another fold", where)
    return rejected


def find_straddling(photos: pd.DataFrame, pairs: Positions) -> Sequence[Sequence[int]]:
    """The accepted photos of each set of copies that stand in more than one fold; arguments as above."""
    sets: dict[int, set[int]] = {}
    for earlier, later in pairs.tolist():
        merged = sets.get(earlier, {earlier}) | sets.get(later, {later})
        sets |= dict.fromkeys(merged, merged)
    accepted, split = photos.reason == "", photos.split
    distinct = {id(copies): sorted(copy for copy in copies if accepted[copy]) for copies in sets.values()}
    return [copies for copies in distinct.values() if len({split[copy] for copy in copies}) > 1]
