"""The metrics of predicted genders. With p the probability that a face was given of the gender on its label:

| name | definition |
|---|---|
| accuracy | share of faces whose predicted gender is the labelled one |
| accuracy_low, accuracy_high | its 95% Wilson interval over the test faces, see `ageline.scoring.intervals` |
| balanced_accuracy | mean of the recalls (a recall is the accuracy of one gender's faces) of the genders with faces |
| log_loss | mean of -ln p; a p that is written as 0 counts as 0.0000005, so that no face adds more than 14.5 |
| n_test | test faces |
"""

import numpy as np
import pandas as pd

from ageline.scoring.genders.predictions import LEAST_PROBABILITY, probability_of
from ageline.scoring.intervals import wilson_interval
from ageline.scoring.reach import DECIMALS


def measure(predictions: pd.DataFrame) -> dict[str, float | int]:
    """The metrics of checked predictions, rounded to 4 decimals, in the order of the table above."""
    right = correct(predictions)
    low, high = wilson_interval(int(right.sum()), len(right))
    probability = probability_of(predictions, predictions.true).clip(lower=LEAST_PROBABILITY)
    shares = {
        "accuracy": right.mean(),
        "accuracy_low": low,
        "accuracy_high": high,
        "balanced_accuracy": balanced_accuracy(predictions),
        "log_loss": -np.log(probability).mean(),
    }
    rounded = {name: round(float(value), DECIMALS) + 0.0 for name, value in shares.items()}
    return {**rounded, "n_test": len(right)}


def correct(predictions: pd.DataFrame) -> pd.Series:
    """Whether each face's predicted gender is the labelled one."""
    return predictions.predicted == predictions.true


def balanced_accuracy(predictions: pd.DataFrame) -> float:
    """The mean of the recalls of the genders that have faces; NaN without any face."""
    return float(correct(predictions).groupby(predictions.true).mean().mean())
