"""Groups of faces by what is known of a person, and which of them are large enough to be held against each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.scoring.bins import ENOUGH, UNKNOWN

Group = tuple[str, npt.NDArray[np.bool_]]  # its name, and which of the faces are in it, `[n]`
Gap = Callable[[Mapping[str, pd.Series]], Mapping[str, Any]]  # of the values of each group, by its name


def faces_by_value(predictions: pd.DataFrame, column: str) -> list[Group]:
    """The faces of each value of a column of text, by name; those without one, or said to be "unknown", come last.

    Empty where the predictions lack the column, or none of the faces has a value.
    """
    if column not in predictions:
        return []
    values = predictions[column]
    unknown = (values.isna() | values.isin(["", UNKNOWN])).to_numpy(bool)
    groups = [(str(value), (values == value).to_numpy(bool)) for value in sorted(values[~unknown].unique())]
    return [*groups, (UNKNOWN, unknown)] if groups and unknown.any() else groups


def compare(
    groupings: Mapping[str, Sequence[Group]],
    values: pd.Series,
    gap: Gap,
) -> pd.DataFrame | None:
    """What `gap` says of the comparable groups of each grouping.

    Args:
        groupings: groups by the name of their grouping, which is written in the column of that name.
        values: of each face, `[n]`.
        gap: the other columns, of the values of each group.

    Returns:
        A row for each grouping with two comparable groups or more; None where none has.
    """
    compared = {name: comparable(groups) for name, groups in groupings.items()}
    rows = [
        {"grouping": name, **gap({group: values[inside] for group, inside in groups})}
        for name, groups in compared.items()
        if len(groups) > 1
    ]
    return pd.DataFrame(rows) if rows else None


def comparable(groups: Iterable[Group]) -> list[Group]:
    """The groups of at least 50 faces, without those of whom it is not known what they are."""
    return [(name, inside) for name, inside in groups if name != UNKNOWN and inside.sum() >= ENOUGH]
