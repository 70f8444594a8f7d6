"""Folds that leave a formula nothing to divide by: every number is right, or left out with a sentence that says why."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from ageline.scoring.ages import score_ages
from ageline.scoring.predictions import Fold
from ageline.scoring.report import Card, write_report
from ageline.scoring.scores import Scores


def fold_of(true: list[float], predicted: list[float], **columns: object) -> Fold:
    names = [f"face{number:03}" for number in range(len(true))]
    return Fold(pd.DataFrame({"face_id": names, "true": true, "predicted": predicted, **columns}))


def validation_of(minors: int, adults: int) -> Fold:
    """Minors predicted to be 17, adults predicted to be 40, all a year too old."""
    return fold_of([16.0] * minors + [39.0] * adults, [17.0] * minors + [40.0] * adults)


@pytest.fixture
def settings(make_params):
    return make_params({"evaluate.bootstrap.samples": 100, "evaluate.minor_pass": 0.05}).evaluate


HARD = {
    "one face": fold_of([30.0], [31.0]),
    "two faces of one age": fold_of([30.0, 30.0], [30.0, 30.0]),
    "no minors": fold_of([18.0, 40, 60, 70, 80, 99], [20.0, 41, 55, 60, 70, 90]),
    "all minors": fold_of([0.0, 0.5, 3, 12, 13, 17.9], [0.0, 1, 2, 20, 31, 40]),
    "babies alone": fold_of([0.0] * 6, [0.0] * 6),
    "predicted below 0": fold_of([0.0, 1, 2], [-3.0, -0.1, 2]),
    "very old": fold_of([116.0, 120], [90.0, 150]),
    "one gender": fold_of([20.0, 30, 40], [21.0, 33, 40], gender="female"),
    "a group of one": fold_of([20.0, 30], [21.0, 33], gender=["female", "male"], ethnicity=["A", None]),
    "nothing known of groups": fold_of([20.0, 30], [21.0, 33], gender=[None, None], ethnicity=[None, None]),
    "sure of all alike": fold_of([20.0, 30, 40], [21.0, 33, 40], std=0.0),
    "intervals of no width": fold_of([20.0, 30, 40], [20.0, 33, 40], low=[20.0, 33, 40], high=[20.0, 33, 40]),
    "many of one age": fold_of([25.0] * 300, list(np.linspace(15, 40, 300))),
}


@pytest.mark.parametrize("name", HARD)
def test_a_hard_fold_is_scored_without_validation(name, settings):
    check(score_ages(HARD[name], None, None, settings, "faces"), HARD[name])


@pytest.mark.parametrize("name", HARD)
def test_a_hard_fold_is_scored_with_validation_and_reported(name, settings, tmp_path):
    test, validation = HARD[name], validation_of(150, 150)
    if "std" in test.predictions:
        validation = Fold(validation.predictions.assign(std=1.0))
    scores = score_ages(test, validation, validation, settings, "faces")
    check(scores, test)
    write_report(tmp_path / "index.html", scores, Card("age", "faces"))
    assert not re.search(r"\bnan\b", (tmp_path / "index.html").read_text(), re.IGNORECASE)


def check(scores: Scores, test: Fold) -> None:
    assert scores.metrics["n_test"] == len(test.predictions)
    assert scores.metrics["mae"] == round(float((test.predictions.true - test.predictions.predicted).abs().mean()), 4)
    assert not [name for name, value in scores.metrics.items() if not math.isfinite(value)]
    assert all(note.endswith(".") for note in scores.notes)


@pytest.mark.parametrize("validation", [validation_of(0, 20), validation_of(20, 0), validation_of(1, 0)])
def test_a_hard_validation_fold_is_enough_or_said_not_to_be(validation, settings):
    scores = score_ages(HARD["all minors"], validation, None, settings, "faces")
    intervals = len(validation.predictions) >= 9  # which 90% takes
    minors = int((validation.predictions.true < 18).sum())
    assert ("coverage" in scores.metrics) == intervals
    assert ("threshold" in scores.metrics) == (minors >= 19)  # which 5% takes
    said = "\n".join(scores.notes)
    assert ("they take 9 validation faces, and there are" in said) == (not intervals)
    assert ("takes 19 validation faces under 18, and there" in said) == (minors < 19)


def test_who_is_not_there_has_no_rate(settings):
    scores = score_ages(HARD["no minors"], validation_of(20, 20), None, settings, "faces")
    assert scores.metrics["threshold"] == 18
    assert "minor_pass" not in scores.metrics
    assert scores.tables["till"].minor_pass.isna().all()
    assert "No test face is under 18" in "\n".join(scores.notes)
    scores = score_ages(HARD["all minors"], validation_of(20, 20), None, settings, "faces")
    assert scores.metrics["minor_pass"] == 0.5  # those predicted to be 20, 31 and 40, of 6
    assert scores.tables["till"].adult_ask.isna().all()
    assert "All test faces are under 18" in "\n".join(scores.notes)


def test_without_validation_no_interval_and_no_threshold_are_invented(settings):
    scores = score_ages(HARD["many of one age"], None, None, settings, "faces")
    assert list(scores.metrics)[-3:] == ["cs5", "n_test", "n_failed"]
    assert list(scores.predictions) == ["face_id", "true", "predicted"]
    assert not {"coverage_by_level", "coverage_by_age", "outcomes"} & set(scores.tables)
    assert [note.split(":")[0] for note in scores.notes[:2]] == [
        "The predictions carry no interval",
        "No threshold is chosen",
    ]
