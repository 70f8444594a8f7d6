"""What a set of predictions comes to, for either target.

`ageline.scoring.ages` and `ageline.scoring.genders` find it, `ageline.scoring.writing` writes it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure


class Scores(NamedTuple):
    """All that evaluation says.

    Attributes:
        metrics: by name, in the order of metrics.json, rounded to 4 decimals.
        predictions: checked, sorted by face_id and rounded; the metrics follow from what is written of them.
        decimals: with which `predictions` and `tables` are written.
        tables: by name of the CSV file, without its ending.
        figures: by name of the PNG file, without its ending.
    """

    metrics: Mapping[str, float | int]
    predictions: pd.DataFrame
    decimals: int
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Figure]
