"""Which ages are rare, and how many copies of which face make up for it."""

from pathlib import Path

import numpy as np
import pandas as pd

from ageline.errors import AgelineError


def read_counts(path: Path) -> pd.Series:
    """Training faces of each whole year of age, from the table that `eda` writes: index age, values faces.

    Raises:
        AgelineError: the table has other columns.
    """
    table = pd.read_csv(path)
    if not {"age", "train"} <= set(table.columns):
        raise AgelineError(
            f"{path} has the columns {list(table.columns)}, expected age and train. Run `dvc repro eda`."
        )
    return table.set_index("age").train


def plan_balance(counts: pd.Series, min_per_age: int, max_copies: int) -> pd.DataFrame:
    """How far copies bring each age up to `min_per_age`.

    A face is copied at most `max_copies` times; where that is not enough, `shortfall` says by how many faces.

    Returns:
        A row per age: age, before, copies, after, shortfall (faces).
    """
    missing = (min_per_age - counts).clip(lower=0)
    copies = missing.clip(upper=counts * max_copies)
    return pd.DataFrame(
        {
            "age": counts.index,
            "before": counts.to_numpy(),
            "copies": copies.to_numpy(),
            "after": (counts + copies).to_numpy(),
            "shortfall": (missing - copies).to_numpy(),
        }
    )


def plan_copies(faces: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """Which faces are copied: the copies of an age are dealt out evenly over its faces, by face_id.

    Args:
        faces: the training manifest.
        balance: from `plan_balance`.

    Returns:
        A row per copy, in the order of the manifest: position (row of the original in `faces`) and copy (from 1).
    """
    wanted = balance.set_index("age").copies
    ages = np.floor(faces.age).astype(int)
    rank = faces.face_id.groupby(ages).rank(method="first").astype(int) - 1
    faces_of_age = ages.map(ages.value_counts())
    each, spare = np.divmod(ages.map(wanted).to_numpy(), faces_of_age.to_numpy())
    copies = each + (rank.to_numpy() < spare)
    positions = np.repeat(np.arange(len(faces)), copies)
    return pd.DataFrame({"position": positions, "copy": pd.Series(positions).groupby(positions).cumcount() + 1})
