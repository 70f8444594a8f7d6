"""Sheets of faces whose gender was mistaken, or whose label is doubted: what is said under each."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ageline.scoring.genders.metrics import correct
from ageline.scoring.genders.predictions import probability_of
from ageline.scoring.sheets import draw_listed_faces
from ageline.store import FaceSet


def draw_worst_faces(aged: pd.DataFrame, faces: FaceSet, count: int, note: str) -> Figure:
    """The `count` mistakes of which the model is most sure, the surest first: often a wrong label, or a small child."""
    wrong = aged[~correct(aged)]
    sure = probability_of(wrong, wrong.predicted).sort_values(ascending=False, kind="stable")
    worst = wrong.loc[sure.index[:count]]
    ages = ["" if np.isnan(age) else f", age\u00a0{age:.0f}" for age in worst.age]  # which no line tears apart
    said = zip(worst.true, worst.predicted, sure.iloc[:count], ages, strict=True)
    captions = [f"{_describe(true, predicted, probability)}{age}" for true, predicted, probability, age in said]
    return draw_listed_faces(worst, faces, captions, "Mistakes of which the model is most sure", note=note)


def describe_suspects(suspects: pd.DataFrame) -> list[str]:
    """The caption of each suspect."""
    agreed = suspects.true == suspects.predicted
    sure = suspects.confidence.where(agreed, 1 - suspects.confidence)
    said = zip(suspects.true, suspects.predicted, sure, suspects.split, strict=True)
    return [f"{_describe(true, predicted, probability)}, {split}" for true, predicted, probability, split in said]


def _describe(true: str, predicted: str, probability: float) -> str:
    return f"label {true}, model {predicted} {probability:.0%}"
