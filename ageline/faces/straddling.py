"""Copies of one photo on two sides of the split: what is learned from one is tested on the other."""

from collections.abc import Hashable, Sequence

import pandas as pd

from ageline.faces.audit.groups import Positions
from ageline.faces.problems import Problem


def find_across_folds(photos: pd.DataFrame, links: Positions) -> dict[Hashable, Problem]:
    """The photos to reject so that no link leads from fold to fold: the later of each, so the first ones never move.

    Args:
        photos: with `source`, `split` and `reason`, empty for those accepted.
        links: the places of near-duplicates in different groups, `[links, 2]`, the earlier first, by the later.
    """
    accepted, split = photos.reason == "", photos.split
    rejected: dict[Hashable, Problem] = {}
    for earlier, later in links.tolist():
        if not (accepted[earlier] and accepted[later]) or earlier in rejected or split[earlier] == split[later]:
            continue
        where = f"a near-duplicate of {photos.source[earlier]} in {split[earlier]}, its group is in {split[later]}"
        rejected[later] = Problem("duplicate in another fold", where)
    return rejected


def find_straddling(photos: pd.DataFrame, links: Positions) -> Sequence[Sequence[int]]:
    """The accepted photos of each group, or of groups that are linked, which stand in more than one fold.

    Args:
        photos: as above, and with `split_group`.
        links: the places of near-duplicates in different groups, `[links, 2]`.
    """
    accepted = photos[photos.reason == ""]
    linked: dict[str, set[str]] = {}
    for earlier, later in links.tolist():
        if earlier in accepted.index and later in accepted.index:
            pair = photos.split_group[earlier], photos.split_group[later]
            merged = set[str]().union(*(linked.get(group, {group}) for group in pair))
            linked |= dict.fromkeys(merged, merged)
    together = accepted.split_group.map(lambda group: min(linked.get(group, {group})))
    folds = accepted.groupby(together).split.transform("nunique")
    return [group.index.to_list() for _, group in accepted[folds > 1].groupby(together, sort=False)]
