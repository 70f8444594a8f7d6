"""The facts of a run that its report states beside the scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ageline.params import Target


@dataclass(frozen=True)
class Card:
    """What was scored, where the faces come from and what made it.

    Attributes:
        target: what is predicted, `age` or `gender`.
        source: where the faces come from, such as "data/sample (synthetic faces, drawn by code)".
        synthetic: whether they are of no people.
        system: what is scored: "the model", or the name of the CSV that holds another system's predictions.
        made_by: what made it, by name: hashes of data, params and model, versions of packages.
        settings: the params, sections inside one another or not.
        history: of the training, the rows of metrics/train/history.csv; None where nothing was trained.
        show_faces: whether the sheets of faces are in the page.
        sheets: where the sheets are that are left out, such as "reports/evaluate"; None where none were written.
    """

    target: Target
    source: str
    synthetic: bool = False
    system: str = "the model"
    made_by: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    history: pd.DataFrame | None = None
    show_faces: bool = False
    sheets: str | None = None


def flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The name and value of each setting, sections named before a dot: ("train.optimizer.name", "adamw")."""
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _written(value)


def _written(value: object) -> str:
    """As params.yaml has it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
