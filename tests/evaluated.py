"""Scores as an evaluation gives them, made by hand: tables as the contract has them, figures simply drawn."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ageline.figures import draw_sheet, new_axes, styled
from ageline.figures.style import BLUE, GREY, ORANGE
from ageline.scoring.scores import Scores

SYNTHETIC = "data/sample (synthetic faces, drawn by code)"
NONE = float("nan")

METRICS = {
    "mae": 5.73,
    "mae_low": 4.8893,
    "mae_high": 6.5571,
    "macro_mae": 6.0445,
    "rmse": 7.8348,
    "bias": -0.1205,
    "cs5": 0.5686,
    "coverage": 0.8758,
    "width": 22.4,
    "threshold": 25,
    "minor_pass": 0.0333,
    "n_test": 153,
    "n_failed": 0,
}
NOTES = (
    "The intervals hold 87.6% of the test faces, not 90%: of so few faces that is within chance.",
    "The validation fold has 27 faces under 18, so no threshold can promise less than 3.6%.",
)
HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2, 3, 4],
        "phase": ["top", "top", "fine_tune", "fine_tune"],
        "loss": [19.4, 17.9, 11.2, 8.1],
        "mae": [19.4, 17.9, 11.2, 8.1],
        "val_loss": [20.1, 18.3, 12.6, 9.4],
        "val_mae": [20.1, 18.3, 12.6, 9.4],
        "learning_rate": [0.001, 0.002, 0.002, 0.0005],
    }
)


def errors(key: str, *rows: tuple) -> pd.DataFrame:
    """A table of errors by group: name, faces, mae, its interval, bias."""
    return pd.DataFrame(rows, columns=[key, "n", "mae", "mae_low", "mae_high", "bias"])


def till_table(chosen: int | None = 25) -> pd.DataFrame:
    """Of 30 minors 8 pass at 18 and one fewer at each year, of 123 adults 4 are asked at 18 and 4 more at each."""
    rows = [
        (threshold, 30, max(0, 26 - threshold), 123, 4 * (threshold - 17), threshold == chosen)
        for threshold in range(18, 31)
    ]
    till = pd.DataFrame(rows, columns=["threshold", "minors", "minors_pass", "adults", "adults_asked", "chosen"])
    passing, asked = till.minors_pass / 30, till.adults_asked / 123
    return till.assign(
        minor_pass=passing,
        minor_pass_low=passing * 0.6,
        minor_pass_high=passing * 1.5 + 0.1,
        adult_ask=asked,
        adult_ask_low=asked * 0.8,
        adult_ask_high=asked * 1.2,
        validation_bound=(till.minors_pass + 1) / 28,
    )


def till_by_age() -> pd.DataFrame:
    """Six faces of each age from 13 to 16, of whom those pass that are more than 8 years too old; no face aged 17."""
    pairs = [(threshold, age) for threshold in range(18, 31) for age in range(13, 18)]
    table = pd.DataFrame(pairs, columns=["threshold", "age"]).assign(n=lambda table: np.where(table.age < 17, 6, 0))
    passed = (table.age - table.threshold + 7).clip(lower=0).where(table.n > 0, 0)
    share = (passed / table.n.where(table.n > 0)).round(4)
    return table.assign(
        passed=passed, pass_rate=share, pass_rate_low=share / 2, pass_rate_high=(share + 0.4).clip(upper=1)
    )


def age_tables() -> dict[str, pd.DataFrame]:
    return {
        "by_age": errors(
            "age_bin",
            ("0-12", 21, 3.4512, 2.5, 4.5, 1.9),
            ("13-17", 9, 4.4, 2.9, 6.2, 2.2),
            ("18+", 120, 5.2, 4.1, 6.4, 0.3),
            ("70+", 3, 11.25, NONE, NONE, -11.25),
        ),
        "by_gender": errors("gender", ("female", 80, 6.2, 5.1, 7.4, 0.4), ("male", 73, 5.2, 4.2, 6.3, -0.7)),
        "by_ethnicity": errors("ethnicity", ("White", 98, 5.1, 4.3, 6, -0.7), ("unknown", 3, 6, NONE, NONE, 2)),
        "gaps": pd.DataFrame(
            [("age_bin", "70+", "0-12", 7.8, 5.0, 9.9), ("gender", "female", "male", 1.0, -0.5, 2.5)],
            columns=["grouping", "worst", "best", "gap", "gap_low", "gap_high"],
        ),
        "cumulative": pd.DataFrame(
            [(0, 0.05, 0.03, 0.1), (5, 0.5686, 0.49, 0.645)], columns=["years", "share", "share_low", "share_high"]
        ),
        "coverage_by_level": pd.DataFrame(
            [(0.5, 0.4902, 0.41, 0.57, 9.1), (0.9, 0.8758, 0.81, 0.92, 22.4)],
            columns=["level", "coverage", "coverage_low", "coverage_high", "width"],
        ),
        "till": till_table(),
        "till_by_age": till_by_age(),
        "outcomes": pd.DataFrame(
            [("under 13", 21, 0, 3, 18), ("25+", 103, 83, 20, 0)], columns=["age", "n", "passed", "asked", "too_young"]
        ),
        "suspects": pd.DataFrame({"face_id": ["a"], "source": ["004_somebody.png"], "doubt": [9.0]}),
    }


@styled()
def bars(title: str) -> Figure:
    figure, axes = new_axes(title, "age (years)", "mae (years)", faces=153, note=SYNTHETIC)
    axes.bar(["0-12", "13-17", "18+"], [3.5, 4.4, 6], color=[BLUE, ORANGE, GREY], label="error")
    axes.plot([0, 2], [4, 4], color="black")
    figure.legend(loc="outside lower left")
    return figure


@styled()
def cells(title: str) -> Figure:
    figure, axes = new_axes(title, "predicted", "labelled", faces=153, size=(5.8, 4.8))
    axes.imshow([[1, 0], [0.2, 0.8]])
    return figure


def sheet(title: str) -> Figure:
    return draw_sheet(np.full((2, 16, 16, 3), 120, np.uint8), ["label 4", "label 5"], title)


def age_figures() -> dict[str, Figure]:
    return {
        "predicted_against_true": cells("Predicted against true age"),
        "error_by_age": bars("Error by age"),
        "error_by_group": bars("Error by group"),
        "worst_faces": sheet("Worst faces"),
        "suspects": sheet("Labels that the model doubts most"),
    }


def age_scores() -> Scores:
    predictions = pd.DataFrame({"face_id": ["a", "b"], "true": [4.0, 30.0], "predicted": [6.0, 26.0]})
    return Scores(METRICS, predictions, 4, age_tables(), age_figures(), NOTES)


def gender_scores() -> Scores:
    metrics = {
        "accuracy": 0.931,
        "accuracy_low": 0.91,
        "accuracy_high": 0.95,
        "balanced_accuracy": 0.929,
        "log_loss": 0.2013,
        "n_test": 700,
        "n_failed": 2,
    }
    tables = {
        "by_age": pd.DataFrame(
            [("0-12", 90, 0.8, 0.7, 0.87, 0.79), ("70+", 0, NONE, NONE, NONE, NONE)],
            columns=["age_bin", "n", "accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy"],
        ),
        "confusion": pd.DataFrame(
            [("female", "female", 315, 0.9), ("female", "male", 35, 0.1)], columns=["true", "predicted", "n", "share"]
        ),
    }
    predictions = pd.DataFrame({"face_id": ["a"], "true": ["male"], "predicted": ["male"]})
    figures = {"confusion": cells("Predicted against labelled gender"), "accuracy_by_age": bars("Accuracy by age")}
    return Scores(metrics, predictions, 6, tables, figures, ())
