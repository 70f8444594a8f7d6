"""The cumulative score: the share of faces whose age is predicted to within so many years.

CS@k of Geng, Zhou and Smith-Miles (2007), "Automatic Age Estimation Based on Facial Aging Patterns", IEEE TPAMI 29(12):
the share of faces with abs(predicted - true) <= k years. CS@5 is the cs5 of metrics.json.
"""

import pandas as pd

from ageline.scoring.ages.predictions import errors
from ageline.scoring.intervals import share_columns, wilson_interval

MOST = 15  # years


def table_of_cumulative_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """The cumulative score at 0 to 15 years.

    Returns:
        Columns years, share, share_low and share_high (its 95% Wilson interval); of no faces the shares are null.
    """
    distance = errors(predictions).abs()
    return pd.DataFrame([{"years": years, **_share_within(distance, years)} for years in range(MOST + 1)])


def _share_within(distance: pd.Series, years: int) -> dict[str, float]:
    return share_columns("share", int((distance <= years).sum()), len(distance), wilson_interval)
