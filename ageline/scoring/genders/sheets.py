"""Sheets of faces whose gender was mistaken, or whose label is doubted: what is said under each, in few letters."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ageline.scoring.genders.metrics import correct
from ageline.scoring.genders.predictions import probability_of
from ageline.scoring.sheets import draw_listed_faces
from ageline.store.faceset import FaceSet


def draw_worst_faces(aged: pd.DataFrame, faces: FaceSet, count: int, note: str) -> Figure:
    """The `count` mistakes of which the model is most sure, the surest first: often a wrong label, or a small child."""
    wrong = aged[~correct(aged)]
    sure = probability_of(wrong, wrong.predicted).sort_values(ascending=False, kind="stable").iloc[:count]
    worst = wrong.loc[sure.index]
    ages = ["" if np.isnan(age) else f", age\u00a0{age:.0f}" for age in worst.age]  # which no line tears apart
    said = zip(worst.predicted, sure, ages, strict=True)
    captions = [f"taken for {predicted} {probability:.0%}{age}" for predicted, probability, age in said]
    return draw_listed_faces(worst, faces, captions, "Mistakes of which the model is most sure", note=note)


def describe_suspects(suspects: pd.DataFrame) -> list[str]:
    """The caption of each suspect: its label, and the probability that the model gives it."""
    said = zip(suspects.true, suspects.confidence, suspects.split, strict=True)
    return [f"label {true}, model\u00a0{confidence:.0%}, {split}" for true, confidence, split in said]
