"""The record of training: a row per epoch, on disk as soon as the epoch has ended.

`history.csv` has epoch (from 1, running on over the phases), phase, loss, mae or accuracy, val_loss, val_mae or
val_accuracy, and learning_rate; `epochs.csv`, in the folder of the weights of every epoch, the same and `file`, the
name of the epoch's weights in that folder, empty where they were not kept. Both are replaced whole after each epoch, so
that whoever reads them while training runs, `dvc plots show` too, sees a table.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ageline.store.files import written_whole
from ageline.store.tables import write_csv

DECIMALS = 8  # a learning rate has more of them than an age

Row = Mapping[str, Any]


class Record:
    """The epochs so far.

    Args:
        history: the path of history.csv; replaced.
        epochs: the folder of epochs.csv and the weights; replaced by an empty one.
        metric: `mae` or `accuracy`.
    """

    def __init__(self, history: Path, epochs: Path, metric: str) -> None:
        self.metric = metric
        self.folder = epochs
        self._history = history
        self._numbers = ["loss", metric, "val_loss", f"val_{metric}", "learning_rate"]
        self._columns = ["epoch", "phase", *self._numbers]
        self._rows: list[Row] = []
        with written_whole(epochs) as partial:
            partial.mkdir()
        self._write()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of epochs.csv, numbers in full."""
        return tuple(self._rows)

    @property
    def table(self) -> pd.DataFrame:
        """The rows of history.csv."""
        return pd.DataFrame(self._rows, columns=self._columns)

    def values(self, name: str, phase: str | None = None) -> list[float]:
        """One column in full: of all epochs, or of those of a phase."""
        return [row[name] for row in self._rows if phase in (None, row["phase"])]

    def add(self, phase: str, logs: Mapping[str, float], file: str | None) -> None:
        """Record the next epoch and write both tables.

        Args:
            phase: to which the epoch belongs.
            logs: loss, metric, val_loss, val_metric and learning_rate of the epoch.
            file: the name of its weights in the folder; None where they are not kept.
        """
        numbers = {name: float(logs[name]) for name in self._numbers}
        self._rows.append({"epoch": len(self._rows) + 1, "phase": phase, **numbers, "file": file})
        self._write()

    def resume(self, rows: Sequence[Row]) -> None:
        """Go on after `rows`, as `rows` of an earlier record gave them, and write both tables."""
        self._rows = list(rows)
        self._write()

    def _write(self) -> None:
        epochs = pd.DataFrame(self._rows, columns=[*self._columns, "file"])
        write_csv(self.folder / "epochs.csv", epochs, DECIMALS)
        write_csv(self._history, self.table, DECIMALS)
