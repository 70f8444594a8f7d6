"""Scores of a few predicted ages, against figures worked out by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.scoring.ages import score_ages
from ageline.scoring.ages.metrics import measure, table_by_age
from ageline.scoring.ages.plots import draw_error_by_age, draw_predicted_against_true, draw_worst_faces
from ageline.scoring.ages.predictions import check_predictions
from ageline.scoring.bins import bin_labels, bin_numbers, faces_by_bin
from ageline.scoring.intervals import bootstrap_interval, wilson_interval
from ageline.scoring.predictions import Fold
from ageline.scoring.writing import write_scores

SAMPLE = "data/sample (synthetic)"


def table_of(true: list[float], predicted: list[float]) -> pd.DataFrame:
    names = [f"face{number:03}" for number in range(len(true))]
    return pd.DataFrame({"face_id": names, "true": true, "predicted": predicted})


def measured(predictions: pd.DataFrame, evaluate) -> dict:
    return measure(predictions, table_by_age(predictions, evaluate), evaluate.bootstrap)


@pytest.fixture
def evaluate(make_params):
    return make_params({"evaluate.bootstrap.samples": 200, "evaluate.worst": 2}).evaluate


def test_metrics_of_four_faces(evaluate):
    # errors: +2, -5, +6, -9; bins: 0-12 (2, 5), 18-24 (6), 70+ (9)
    predictions = check_predictions(table_of([4, 10, 20, 80], [6, 5, 26, 71]))
    metrics = measured(predictions, evaluate)
    assert list(metrics) == ["mae", "macro_mae", "rmse", "bias", "cs5"]
    assert metrics["mae"] == 5.5
    assert metrics["rmse"] == 6.0415  # sqrt((4 + 25 + 36 + 81) / 4) = sqrt(36.5)
    assert metrics["bias"] == -1.5
    assert metrics["cs5"] == 0.5
    assert metrics["macro_mae"] == 6.1667  # (3.5 + 6 + 9) / 3


def test_an_error_of_five_years_is_within_five_years(evaluate):
    assert 8.3 - 3.3 > 5  # in binary
    assert measured(check_predictions(table_of([3.3], [8.3])), evaluate)["cs5"] == 1


def test_the_mae_of_five_faces_has_an_interval_and_that_of_four_has_none(evaluate):
    five = table_of([4, 10, 20, 80, 30], [6, 5, 26, 71, 33])
    metrics = measured(check_predictions(five), evaluate)
    assert list(metrics)[:4] == ["mae", "mae_low", "mae_high", "macro_mae"]
    assert 2 <= metrics["mae_low"] < 5 == metrics["mae"] < metrics["mae_high"] <= 9
    assert "mae_low" not in measured(check_predictions(five.head(4)), evaluate)


def test_errors_by_age(evaluate):
    predictions = check_predictions(table_of([13, 14, 15, 16, 17.9, 40], [13, 16, 18, 20, 17.9, 35]))
    table = table_by_age(predictions, evaluate).set_index("age_bin")
    assert list(table.index) == ["0-12", "13-17", "18-24", "25-34", "35-44", "45-59", "60-69", "70+"]
    assert list(table.n) == [0, 5, 0, 0, 1, 0, 0, 0]
    assert table.mae["13-17"] == pytest.approx(1.8)
    assert table.bias["35-44"] == -5
    assert table.mae_low["13-17"] < 1.8 < table.mae_high["13-17"]
    assert np.isnan(table.mae_low["35-44"])  # one face has no interval worth telling
    assert np.isnan(table.mae["70+"])


def test_bins_are_named_by_whole_years():
    assert bin_labels([0, 13, 14, 18]) == ["0-12", "13", "14-17", "18+"]
    assert bin_labels([0, 0.5, 2]) == ["0 to under 0.5", "0.5 to under 2", "2+"]
    assert bin_labels([0]) == ["0+"]


def test_bins_that_start_late_still_hold_every_face():
    assert bin_labels([18, 25]) == ["0-17", "18-24", "25+"]
    assert list(bin_numbers([0, 17.9, 18, 24.9, 25, 101], [18, 25])) == [0, 0, 1, 1, 2, 2]


def test_faces_of_each_bin_and_those_without_an_age():
    bins = {name: list(np.flatnonzero(inside)) for name, inside in faces_by_bin([20, math.nan, 3, 17], [18])}
    assert bins == {"0-17": [2, 3], "18+": [0], "unknown": [1]}
    assert [name for name, _ in faces_by_bin([20, 3], [18])] == ["0-17", "18+"]


def test_the_interval_of_a_share():
    # The interval of 8 out of 10 in Wilson's formula: (8 + 1.9208) / 13.8416 +- 1.96 / 13.8416 * sqrt(1.6 + 0.9604)
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    assert wilson_interval(5, 5) == pytest.approx((0.5655, 1), abs=5e-5)
    assert wilson_interval(0, 1) == pytest.approx((0, 0.7935), abs=5e-5)
    assert wilson_interval(9616, 10000) == pytest.approx((0.9577, 0.9652), abs=5e-5)


def test_the_interval_holds_the_middle_of_the_means():
    # Of one draw in four each, the mean of two faces with errors 0 and 10 is 0, 5, 5 or 10.
    assert bootstrap_interval([0, 10], 1000, seed=1) == (0, 10)
    assert bootstrap_interval([4, 4, 4], 100, seed=1) == (4, 4)
    # For many faces it is the mean +- 1.96 standard errors: 0.5 +- 1.96 * sqrt(1 / 12 / 1000) = 0.5 +- 0.0179
    low, high = bootstrap_interval((np.arange(1000) + 0.5) / 1000, 2000, seed=1)
    assert low == pytest.approx(0.4821, abs=0.002)
    assert high == pytest.approx(0.5179, abs=0.002)


def test_the_interval_depends_on_its_seed_alone():
    errors = [1, 2, 3, 4, 9]
    assert bootstrap_interval(errors, 100, seed=1) == bootstrap_interval(errors, 100, seed=1)
    assert bootstrap_interval(errors, 100, seed=1) != bootstrap_interval(errors, 100, seed=2)


def test_predictions_are_sorted_and_rounded():
    predictions = pd.DataFrame(
        {"face_id": ["b", "a"], "true": [30, 4], "predicted": np.array([31.23456, -0.00001], np.float32)}
    )
    checked = check_predictions(predictions)
    assert checked.to_csv(index=False) == "face_id,true,predicted\na,4.0,0.0\nb,30.0,31.2346\n"


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([], [], "the test fold holds no faces, expected at least one"),
        ([30, 40], [31, math.nan], "1 of 2 test faces have no finite predicted age in years: face face001 has nan"),
        ([30, 40], [math.inf, math.nan], "2 of 2 .* face face000 has inf. Training diverged: lower train.optimizer"),
        ([30, math.nan], [31, 40], "no finite true age in years: face face001 has nan. Run `dvc repro -f ingest`"),
    ],
)
def test_what_cannot_be_scored(true, predicted, message):
    with pytest.raises(AgelineError, match=message):
        check_predictions(table_of(true, predicted))


def test_a_face_scored_twice():
    with pytest.raises(AgelineError, match="holds face a twice"):
        check_predictions(pd.DataFrame({"face_id": ["a", "a"], "true": [1, 1], "predicted": [2, 2]}))


def test_everything_is_written(evaluate, make_faces, paths, tmp_path):
    faces = make_faces([4, 20, 80])
    scores = score_ages(Fold(table_of([4, 20, 80], [6, 26, 71]), faces), None, None, evaluate, SAMPLE)
    write_scores(scores, **paths)
    assert json.loads(paths["metrics_path"].read_text()) == scores.metrics
    assert paths["metrics_path"].read_text().startswith('{\n  "mae": 5.6667,\n')
    assert paths["predictions_path"].read_text().splitlines()[1] == "face000,4.0,6.0"
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*/evaluate/*"))
    assert written == [
        "metrics/evaluate/by_age.csv",
        "metrics/evaluate/by_year.csv",
        "metrics/evaluate/cumulative.csv",
        "metrics/evaluate/suspects.csv",
        "metrics/evaluate/till.csv",
        "metrics/evaluate/till_by_age.csv",
        "reports/evaluate/cumulative.png",
        "reports/evaluate/error_by_age.png",
        "reports/evaluate/error_by_year.png",
        "reports/evaluate/predicted_against_true.png",
        "reports/evaluate/suspects.png",
        "reports/evaluate/till.png",
        "reports/evaluate/worst_faces.png",
    ]
    by_age = (paths["tables_dir"] / "by_age.csv").read_text().splitlines()
    assert by_age[:2] == ["age_bin,n,mae,mae_low,mae_high,bias", "0-12,1,2.0,,,2.0"]
    assert by_age[2] == "13-17,0,,,,"


def test_the_same_predictions_give_the_same_bytes(evaluate, make_faces, paths, tmp_path):
    faces, predictions = make_faces([4, 20, 80]), table_of([4, 20, 80], [6, 26, 71])
    runs = []
    for order in ([0, 1, 2], [2, 0, 1]):
        write_scores(score_ages(Fold(predictions.iloc[order], faces), None, None, evaluate, SAMPLE), **paths)
        runs.append({path: path.read_bytes() for path in tmp_path.rglob("*/evaluate/*")})
        runs[-1][paths["metrics_path"]] = paths["metrics_path"].read_bytes()
        runs[-1][paths["predictions_path"]] = paths["predictions_path"].read_bytes()
    assert runs[0] == runs[1]


def test_nothing_is_written_of_a_diverged_model(evaluate, make_faces, paths, tmp_path):
    diverged = Fold(table_of([4], [math.nan]), make_faces([4]))
    with pytest.raises(AgelineError):
        write_scores(score_ages(diverged, None, None, evaluate, SAMPLE), **paths)
    assert not (tmp_path / "metrics").exists()
    assert not (tmp_path / "reports").exists()


def test_the_worst_faces_come_first(make_faces):
    predictions = table_of([10, 20, 30], [11, 60, 25])
    sheet = draw_worst_faces(predictions, make_faces([10, 20, 30]), 2, "")
    captions = [text.get_text().replace("\n", " ") for text in sheet.texts]
    assert captions[-2:] == ["true 20, predicted 60", "true 30, predicted 25"]
    assert [int(image.get_array()[0, 0, 0]) for image in sheet.images] == [40, 60]  # twice as bright as old


def test_predictions_of_other_faces_are_refused(make_faces):
    with pytest.raises(ValueError, match="face face001 is none of the fold's"):
        draw_worst_faces(table_of([10, 20], [11, 21]), make_faces([10]), 2, "")


def test_many_faces_are_drawn_by_density(evaluate):
    ages = list(np.linspace(0, 90, 2001))
    predictions = check_predictions(table_of(ages, ages))
    figure = draw_predicted_against_true(predictions, measured(predictions, evaluate), "")
    assert [axes.get_ylabel() for axes in figure.axes] == ["predicted age (years)", "faces in a cell"]


def test_the_error_figure_counts_the_faces_of_each_bin(evaluate):
    table = table_by_age(check_predictions(table_of([4, 5, 80], [6, 5, 71])), evaluate)
    figure = draw_error_by_age(table, "")
    ticks = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert (ticks[0], ticks[-1]) == ("0-12\nn = 2", "70+\nn = 1")
