"""Which ages or genders are rare, and how many copies of which face make up for it."""

from pathlib import Path

import numpy as np
import pandas as pd

from ageline.errors import AgelineError
from ageline.params import Target


def read_counts(path: Path, target: Target) -> pd.Series:
    """Training faces of each whole year of age, or gender, from the table that `eda` writes, indexed by `target`.

    Raises:
        AgelineError: the table has other columns.
    """
    table = pd.read_csv(path)
    if not {target, "train"} <= set(table.columns):
        raise AgelineError(
            f"{path} has the columns {list(table.columns)}, expected {target} and train. Run `dvc repro eda`."
        )
    return table.set_index(target).train


def plan_balance(counts: pd.Series, minimum: int, max_copies: int) -> pd.DataFrame:
    """How far copies bring each age, or gender, up to `minimum` faces.

    A face is copied at most `max_copies` times; where that is not enough, `shortfall` says by how many faces.

    Args:
        counts: see `read_counts`.
        minimum: `augment.min_per_age` or `augment.min_per_class`.
        max_copies: of one face.

    Returns:
        A row per age or gender: age or gender, before, copies, after, shortfall (faces).
    """
    missing = (minimum - counts).clip(lower=0)
    copies = missing.clip(upper=counts * max_copies)
    return pd.DataFrame(
        {
            counts.index.name: counts.index,
            "before": counts.to_numpy(),
            "copies": copies.to_numpy(),
            "after": (counts + copies).to_numpy(),
            "shortfall": (missing - copies).to_numpy(),
        }
    )


def plan_copies(faces: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """Which faces are copied: the copies of an age, or gender, are dealt out evenly over its faces, by face_id.

    Args:
        faces: the training manifest.
        balance: from `plan_balance`.

    Returns:
        A row per copy, in the order of the manifest: position (row of the original in `faces`) and copy (from 1).
    """
    target = balance.columns[0]
    wanted = balance.set_index(target).copies
    kinds = np.floor(faces.age).astype(int) if target == "age" else faces.gender
    rank = faces.face_id.groupby(kinds).rank(method="first").astype(int) - 1
    faces_of_kind = kinds.map(kinds.value_counts())
    each, spare = np.divmod(kinds.map(wanted).to_numpy(), faces_of_kind.to_numpy())
    copies = each + (rank.to_numpy() < spare)
    positions = np.repeat(np.arange(len(faces)), copies)
    return pd.DataFrame({"position": positions, "copy": pd.Series(positions).groupby(positions).cumcount() + 1})
