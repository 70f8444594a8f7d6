"""What a set of predictions comes to, for either target.

`ageline.scoring.ages` and `ageline.scoring.genders` find it, `ageline.scoring.writing` writes it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure


class Scores(NamedTuple):
    """All that evaluation says.

    Attributes:
        metrics: by name, in the order of metrics.json, rounded to 4 decimals; one that is not known is left out.
        predictions: checked, sorted by face_id and rounded; the metrics follow from what is written of them.
        decimals: with which `predictions` and `tables` are written.
        tables: by name of the CSV file, without its ending.
        figures: by name of the PNG file, without its ending.
        notes: what whoever reads the metrics has to know, in sentences: what is not known and why, and what fell short.
    """

    metrics: Mapping[str, float | int]
    predictions: pd.DataFrame
    decimals: int
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Figure]
    notes: Sequence[str] = ()
