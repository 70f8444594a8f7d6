"""Copies of one photo, or photos of one person, on two sides of the split: one is learned from, the other tested on."""

from collections.abc import Hashable, Sequence

import pandas as pd

from ageline.faces.problems import Problem


def find_across_folds(photos: pd.DataFrame, links: pd.DataFrame) -> dict[Hashable, Problem]:
    """The photos to reject so that no link leads from fold to fold: the later ones, so the first ones never move.

    Args:
        photos: with `source`, `split`, `picture`, and `reason`, empty for those accepted.
        links: see `groups.find_links`.
    """
    of_picture = photos[photos.reason == ""].groupby("picture").groups
    rejected: dict[Hashable, Problem] = {}
    for earlier, later in zip(links.earlier, links.index, strict=True):
        firsts = [at for at in of_picture.get(earlier, ()) if at not in rejected]
        for at in of_picture.get(later, ()):
            first = next((first for first in firsts if photos.split[first] != photos.split[at]), None)
            if first is not None and at not in rejected:
                where = f"a near-duplicate of {photos.source[first]} in {photos.split[first]}"
                rejected[at] = Problem("duplicate in another fold", f"{where}, its group is in {photos.split[at]}")
    return rejected


def find_straddling(photos: pd.DataFrame, links: pd.DataFrame) -> Sequence[Sequence[int]]:
    """The accepted photos of each split group, or of groups that are linked, which stand in more than one fold.

    Arguments as above; `photos` with `split_group`.
    """
    accepted = photos[photos.reason == ""]
    there = set(accepted.picture)
    linked: dict[str, set[str]] = {}
    for earlier, later in zip(links.earlier, links.index, strict=True):
        if earlier in there and later in there:
            pair = photos.split_group[earlier], photos.split_group[later]
            merged = set[str]().union(*(linked.get(group, {group}) for group in pair))
            linked |= dict.fromkeys(merged, merged)
    together = accepted.split_group.map(lambda group: min(linked.get(group, {group})))
    folds = accepted.groupby(together).split.transform("nunique")
    return [group.index.to_list() for _, group in accepted[folds > 1].groupby(together, sort=False)]
