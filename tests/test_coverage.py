"""What intervals hold, of a few faces counted by hand, and what is said where it is too little."""

import math

import numpy as np
import pandas as pd
import pytest

from ageline.scoring.ages.conformal import Calibration, calibrate
from ageline.scoring.ages.coverage import explain_shortfall, measure_coverage, table_by_level, table_by_predicted_age
from ageline.scoring.intervals import wilson_interval

NAN = math.nan


def table_of(true, predicted, low=None, high=None) -> pd.DataFrame:
    columns = {"true": true, "predicted": predicted} | ({} if low is None else {"low": low, "high": high})
    return pd.DataFrame({name: np.array(numbers, float) for name, numbers in columns.items()})


def with_intervals(faces: pd.DataFrame, calibration: Calibration, level: float) -> pd.DataFrame:
    return faces.assign(**calibration.intervals(faces, level))


def faces_off_by(errors, true: float = 30.0) -> pd.DataFrame:
    return table_of(np.full(len(errors), true), true + np.array(errors, float))


def test_an_age_at_either_end_is_held():
    # 20 is the low end, 40 the high one, 51 is outside: 2 of 3, and widths of 10, 20 and 3.
    faces = table_of([20, 40, 51], [25, 30, 49], low=[20, 20, 47], high=[30, 40, 50])
    assert measure_coverage(faces) == {"coverage": 0.6667, "width": 11}


def test_faces_without_an_interval_are_not_counted():
    faces = table_of([20, 40, 51], [25, 30, 49], low=[20, NAN, 47], high=[30, NAN, 50])
    assert measure_coverage(faces) == {"coverage": 0.5, "width": 6.5}
    assert table_by_predicted_age(faces, None, [0]).n[0] == 2


@pytest.mark.parametrize("low", [None, [NAN, NAN]])
def test_without_intervals_nothing_is_measured(low):
    faces = table_of([20, 40], [25, 30], low, low)
    assert measure_coverage(faces) == {}
    assert explain_shortfall(faces, 0.9) is None
    by_age = table_by_predicted_age(faces, None, [0, 18])
    assert list(by_age.n) == [0, 0]
    assert by_age.drop(columns=["age_bin", "n"]).isna().all(axis=None)


def test_coverage_by_level():
    # Errors of 1 to 9 years: rank 5 of 9 is 5 years, rank 9 is 9 years; 0.95 takes 19 faces.
    calibration = calibrate(faces_off_by(range(1, 10)), [0])
    table = table_by_level(calibration, faces_off_by([0, -5, 6, 20]), [0.5, 0.9, 0.95])
    assert list(table) == ["level", "coverage", "coverage_low", "coverage_high", "width"]
    assert table[["level", "coverage", "width"]].to_csv(index=False, lineterminator="\n") == (
        "level,coverage,width\n0.5,0.5,10.0\n0.9,0.75,18.0\n0.95,,\n"
    )
    low, high = wilson_interval(2, 4)
    assert (table.coverage_low[0], table.coverage_high[0]) == (low, high)
    assert table.loc[2, ["coverage_low", "coverage_high"]].isna().all()


def test_the_levels_are_those_of_the_figure():
    table = table_by_level(calibrate(faces_off_by(range(100)), [0]), faces_off_by(range(50)))
    assert list(table.level) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    assert (np.diff(table.coverage) >= 0).all()


def test_coverage_by_predicted_age():
    # Predicted 17, 20 and -1 years, which is in the first bin whatever the true age.
    faces = table_of([40, 22, 1], [17, 20, -1], low=[13, 16, 0], high=[21, 24, 3])
    table = table_by_predicted_age(faces, pd.Series([120, 150, 120]), [0, 18, 25])
    assert table.drop(columns=["coverage_low", "coverage_high"]).to_csv(index=False, lineterminator="\n") == (
        "age_bin,n,coverage,width,calibrated_on\n0-17,2,0.5,5.5,120\n18-24,1,1.0,8.0,150\n25+,0,,,\n"
    )
    assert (table.coverage_low[0], table.coverage_high[0]) == wilson_interval(1, 2)


def test_whose_intervals_have_no_known_calibration_have_none_in_the_table():
    faces = table_of([40], [17], low=[13], high=[21])
    assert table_by_predicted_age(faces, None, [0]).calibrated_on.isna().all()


def test_a_coverage_that_chance_explains_is_no_shortfall():
    # 80 of 100: the Wilson interval ends at 0.867 for 0.9, and reaches 0.85.
    held = np.repeat([0.0, 9.0], [80, 20])
    faces = faces_off_by(held).assign(low=lambda table: table.predicted - 5, high=lambda table: table.predicted + 5)
    assert wilson_interval(80, 100)[1] == pytest.approx(0.8666, abs=5e-5)
    assert explain_shortfall(faces, 0.85) is None
    assert explain_shortfall(faces, 0.9) == (
        "The 90% intervals hold the true age of only 80.0% of the 100 faces (95% interval 71.1% to 86.7%)."
    )


def test_a_harder_fold_is_the_reason():
    # Validation errors of 0.01 to 10 years, test errors of twice as much at twice the age.
    calibration = calibrate(faces_off_by(np.arange(1, 1001) / 100), [0])
    faces = with_intervals(faces_off_by(np.arange(1, 1001) / 50, true=60), calibration, 0.9)
    assert explain_shortfall(faces, 0.9, calibration) == (
        # rank ceil(1001 * 0.9) = 901, 9.01 years, holds 450 of 1,000 errors in steps of 0.02
        "The 90% intervals hold the true age of only 45.0% of the 1,000 faces (95% interval 41.9% to 48.1%): these"
        " faces are harder than the validation fold, on which they rest: 90% of the absolute errors are within 18.0"
        " years, there within 9.0; the mean true age is 60.0, there 30.0."
    )


def test_few_validation_faces_are_the_reason():
    # The coverage of ranks of 30 faces has a standard deviation of sqrt(0.9 * 0.1 / 32) = 5 points: 84% is near enough.
    calibration = calibrate(faces_off_by(np.arange(1, 31)), [0])
    faces = with_intervals(faces_off_by(np.repeat([0, 99], [840, 160])), calibration, 0.9)
    assert explain_shortfall(faces, 0.9, calibration) == (
        "The 90% intervals hold the true age of only 84.0% of the 1,000 faces (95% interval 81.6% to 86.1%): no more"
        " than chance explains, for they rest on 30 validation faces; more of them would steady it."
    )


def test_bins_that_share_validation_faces_vary_together():
    # 82% of 999: one pool of 30 moves by 5 points, a pool of 30 for each bin would by 3, and 8 points be too many.
    validation = pd.concat([faces_off_by(np.arange(1, 11), true=age) for age in (8, 20, 40)])
    new = pd.concat([faces_off_by(np.repeat([0, 99], [273, 60]), true=age) for age in (8, 20, 40)], ignore_index=True)
    calibration = calibrate(validation, [0, 18, 25])
    said = explain_shortfall(with_intervals(new, calibration, 0.9), 0.9, calibration)
    assert "no more than chance explains, for they rest on 30 validation faces" in said


def test_a_head_surer_of_itself_without_reason_is_no_fold_that_is_harder():
    validation = faces_off_by(np.arange(1, 1001) / 100).assign(std=5.0)
    calibration = calibrate(validation, [0])
    faces = faces_off_by(np.arange(1, 1001) / 100).assign(std=2.5)
    said = explain_shortfall(with_intervals(faces, calibration, 0.9), 0.9, calibration)
    # 9.01 / 5 * 2.5 = 4.505 years
    assert said == (
        "The 90% intervals hold the true age of only 45.0% of the 1,000 faces (95% interval 41.9% to 48.1%): no reason"
        " found, for the errors are no larger than on the validation fold."
    )


def test_one_face_falls_short_of_nothing():
    calibration = calibrate(faces_off_by(range(1, 10)), [0])
    faces = with_intervals(faces_off_by([50]), calibration, 0.7)
    assert measure_coverage(faces) == {"coverage": 0, "width": 14}  # rank 7 of 9
    assert wilson_interval(0, 1)[1] == pytest.approx(0.79, abs=0.01)
    assert explain_shortfall(faces, 0.7, calibration) is None
