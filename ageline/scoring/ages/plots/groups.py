"""Figures of the errors of groups of people, and of ages by how many faces they had in training."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ageline.figures import new_panels, styled
from ageline.figures.style import GREY, write_count, write_reading
from ageline.scoring.rows import ROW, draw_rows, new_row_panels

_SHOTS = {
    "many": "many: over 100",
    "medium": "medium: 20 to 100",
    "few": "few: under 20",
}
_READING = "mean error (years), with its 95% interval; dashed: all faces"


@styled()
def draw_error_by_group(tables: Sequence[pd.DataFrame], note: str) -> Figure:
    """The mae of each gender and each ethnicity, as far as they are known, against that of all faces.

    Args:
        tables: by_gender, by_ethnicity or both; the first column names the groups, and the grouping.
        note: where the faces come from.
    """
    figure, panels = new_row_panels("Error by group", tables, note)
    highest = max((_highest(table) for table in tables), default=1.0)
    for axes, table in zip(panels, tables, strict=True):
        _draw_errors(axes, table, list(map(str, table.iloc[:, 0])))
        axes.set_xlim(0, highest)
        write_reading(axes, str(table.columns[0]))
    _finish(panels, int(tables[0].n.sum()))
    return figure


@styled()
def draw_error_by_shot(table: pd.DataFrame, note: str) -> Figure:
    """The mae of the test faces whose age many, a medium number of, or few training faces have; the table `by_shot`."""
    figure, panels = new_panels(
        "Error by training faces of the same age", size=(7.2, 1.9 + ROW * len(table)), note=note
    )
    _draw_errors(panels[0], table, [_SHOTS.get(str(name), str(name)) for name in table.shot])
    panels[0].set_xlim(0, _highest(table))
    write_reading(panels[0], "training faces of the same year of age")
    _finish(panels, int(table.n.sum()))
    return figure


def _draw_errors(axes: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    texts = ["" if np.isnan(mae) else f"{mae:.1f} years" for mae in table.mae]
    draw_rows(axes, names, table.n, (table.mae, table.mae_low, table.mae_high), texts)
    axes.grid(visible=False, axis="y")
    known = table[table.n > 0]
    if len(known):  # every face is in one group: their mean, by faces, is that of all
        everyone = float(np.average(known.mae, weights=known.n))
        axes.axvline(everyone, color=GREY, linewidth=1, linestyle="--", zorder=1)


def _highest(table: pd.DataFrame) -> float:
    """Where an axis ends that holds all values and whiskers."""
    return 1.08 * max(1.0, float(np.nanmax([0.0, *table.mae, *table.mae_high])))


def _finish(panels: Sequence[Axes], faces: int) -> None:
    write_count(panels[0], faces)
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False)
    panels[-1].set_xlabel(_READING)
