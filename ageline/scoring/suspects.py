"""The faces whose label the model doubts most, of all folds: a worklist for people who look at the photos.

How doubt is measured is the target's to say: `ageline.scoring.ages.suspects` and `ageline.scoring.genders.suspects`.
Doubts are of faces beside others of their own fold, because a model errs less on labels that it has learned; without
that all suspects would be validation and test faces. Augmented copies are not judged: their label is the original's.
"""

from collections.abc import Sequence

import pandas as pd

from ageline.scoring.predictions import Fold, faces_of

_KNOWN = ["face_id", "source", "split", "split_group", "flags"]


def fold_name(fold: Fold) -> str:
    """What to call a fold in an error: train, val or test."""
    manifest = faces_of(fold).manifest
    return str(manifest.split.iloc[0]) if len(manifest) else "judged"


def add_sources(judged: pd.DataFrame, fold: Fold) -> pd.DataFrame:
    """The judged faces, with their source and split in front and their split_group and flags behind.

    Raises:
        ValueError: a judged face is none of the fold's.
    """
    merged = judged.merge(faces_of(fold).manifest[_KNOWN], on="face_id", validate="one_to_one")
    if len(merged) != len(judged):
        raise ValueError(f"{len(judged) - len(merged)} predictions are of other faces than the fold's")
    found = [column for column in judged if column != "face_id"]
    return merged[["face_id", "source", "split", *found, "split_group", "flags"]]


def most_doubted(judged: Sequence[pd.DataFrame], count: int) -> pd.DataFrame:
    """The `count` faces of all judged folds with the most doubt, the most doubted first, ties by face_id."""
    everyone = pd.concat(judged, ignore_index=True)
    ranked = everyone.sort_values(["doubt", "face_id"], ascending=[False, True], kind="stable", ignore_index=True)
    return ranked.head(count)
