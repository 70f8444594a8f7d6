"""Who passes at the till, of a few faces counted by hand, and what the threshold chosen promises over many draws."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from ageline.scoring.ages.till import (
    choose_threshold,
    measure_till,
    table_by_year_of_minors,
    table_of_outcomes,
    table_of_thresholds,
)

THRESHOLDS = range(18, 31)


def table_of(true, predicted, high=None) -> pd.DataFrame:
    columns = {"true": true, "predicted": predicted} | ({} if high is None else {"high": high})
    return pd.DataFrame({name: np.array(numbers, float) for name, numbers in columns.items()})


def minors(predicted) -> pd.DataFrame:
    return table_of(np.full(len(predicted), 15.0), predicted)


def test_who_passes_at_each_threshold():
    # Minors of 15 and 17.9 predicted as 20 and 22; adults of 18, 30 and 40 predicted as 18, 21.9 and 40.
    faces = table_of([15, 17.9, 18, 30, 40], [20, 22, 18, 21.9, 40])
    table = table_of_thresholds(faces, minors([16] * 18 + [21]), [20, 22, 23], 22)
    counts = table.drop(columns=[name for name in table if name.endswith(("_low", "_high"))])
    assert counts.round(4).to_csv(index=False, lineterminator="\n") == (
        "threshold,minors,minors_pass,minor_pass,adults,adults_asked,adult_ask,validation_bound,chosen\n"
        "20,2,2,1.0,3,1,0.3333,0.1,False\n"
        "22,2,1,0.5,3,2,0.6667,0.05,True\n"
        "23,2,0,0.0,3,2,0.6667,0.05,False\n"
    )
    row = table.iloc[1]  # of a share 1 / 2 both ends have a closed form
    assert row[["minor_pass_low", "minor_pass_high"]].tolist() == pytest.approx([1 - 0.975**0.5, 0.975**0.5])
    ends = [beta.ppf(0.025, 2, 2), beta.ppf(0.975, 3, 1)]
    assert row[["adult_ask_low", "adult_ask_high"]].tolist() == pytest.approx(ends)


def test_the_columns_are_in_their_order():
    assert list(table_of_thresholds(minors([16]), None, THRESHOLDS, None)) == [
        "threshold", "minors", "minors_pass", "minor_pass", "minor_pass_low", "minor_pass_high",
        "adults", "adults_asked", "adult_ask", "adult_ask_low", "adult_ask_high", "validation_bound", "chosen",
    ]  # fmt: skip


def test_all_minors_no_minors_and_one_face():
    only_minors = table_of_thresholds(minors([16, 25]), None, [18], None).iloc[0]
    assert (only_minors.minors, only_minors.minors_pass, only_minors.minor_pass, only_minors.adults) == (2, 1, 0.5, 0)
    assert only_minors[["adult_ask", "adult_ask_low", "adult_ask_high", "validation_bound"]].isna().all()
    assert not only_minors.chosen
    no_minors = table_of_thresholds(table_of([40], [17]), None, [18], None).iloc[0]
    assert (no_minors.minors, no_minors.minors_pass, no_minors.adults_asked, no_minors.adult_ask) == (0, 0, 1, 1)
    assert no_minors[["minor_pass", "minor_pass_low", "minor_pass_high"]].isna().all()


@pytest.mark.parametrize(
    ("validation", "found"),
    [
        (None, "is no validation fold. Give one (with `ageline score`, a column of splits, see --split and"
               " --calibrate)."),
        (table_of([], []), "are none. Give the validation fold more of them, or raise evaluate.minor_pass."),
        (table_of([40], [20]), "are none. Give the validation fold more of them, or raise evaluate.minor_pass."),
    ],
)  # fmt: skip
def test_without_validation_minors_there_is_no_bound_and_no_choice(validation, found):
    table = table_of_thresholds(minors([16]), validation, THRESHOLDS, None)
    assert table.validation_bound.isna().all()
    assert not table.chosen.any()
    assert choose_threshold(validation, THRESHOLDS, 0.02) == (
        None,
        "No threshold is chosen: to let at most 2% of minors pass takes 49 validation faces under 18, and there"
        f" {found}",
    )


@pytest.mark.parametrize(("minor_pass", "needed"), [(0.02, 49), (0.05, 19), (0.1, 9), (0.3, 3), (0.03, 33)])
def test_the_fewest_minors_that_support_a_threshold(minor_pass, needed):
    # Where none of n passes the bound is 1 / (n + 1): 1 / 50 = 0.02, and 1 / 34 < 0.03 < 1 / 33.
    chosen = choose_threshold(minors([16] * needed), THRESHOLDS, minor_pass)
    assert chosen.threshold == 18
    none = choose_threshold(minors([16] * (needed - 1)), THRESHOLDS, minor_pass)
    assert none.threshold is None
    assert f"takes {needed} validation faces under 18, and there are {needed - 1}." in none.sentence


def test_the_smallest_threshold_supported_is_chosen():
    # 99 minors and 5%: floor(100 * 0.05) - 1 = 4 may pass. Predicted as 24 or older: 5 of them; as 25 or older: 4.
    validation = minors([16] * 90 + [19, 20, 21, 22, 24.9, 25, 25, 28, 31])
    assert choose_threshold(validation, THRESHOLDS, 0.05) == (
        25,
        "The threshold is 25 years: 4 of the 99 validation minors pass it, few enough that another minor like them"
        " passes with a chance of at most 5%, on average over such choices of validation faces; for these alone it may"
        " be more.",
    )
    assert choose_threshold(minors([16] * 99), THRESHOLDS, 0.05).threshold == 18
    assert choose_threshold(validation, range(26, 31), 0.05).threshold == 26


@pytest.mark.parametrize(("minor_pass", "threshold"), [(0.01, 28), (0.02, 26), (0.05, 24), (0.1, 23)])
def test_the_thresholds_that_a_human_crowd_would_be_given(minor_pass, threshold):
    # Of 1,123 minors of APPA-REAL, training and validation: how many are taken for 18, 19, ... 29, and for 30 or older.
    taken_for = [56, 61, 64, 49, 49, 29, 26, 8, 5, 6, 2, 3, 3]
    validation = minors(np.repeat([15, *THRESHOLDS], [1123 - sum(taken_for), *taken_for]))
    assert choose_threshold(validation, THRESHOLDS, minor_pass).threshold == threshold
    bounds = [(sum(taken_for[first - 18 :]) + 1) / 1124 for first in (threshold, threshold - 1)]
    assert bounds[0] <= minor_pass < bounds[1]


def test_adults_have_no_say_in_the_threshold():
    validation = pd.concat([minors([16] * 19), table_of([18, 40], [30, 40])])
    assert choose_threshold(validation, THRESHOLDS, 0.05).threshold == 18


def test_a_bound_equal_to_what_is_allowed_will_do_although_binary_says_more():
    assert 0.29 * 100 < 29
    assert choose_threshold(minors([16] * 71 + [20] * 28), THRESHOLDS, 0.29).threshold == 18
    assert choose_threshold(minors([16] * 70 + [20] * 29), THRESHOLDS, 0.29).threshold == 21


def test_no_threshold_will_do_where_minors_look_old():
    assert choose_threshold(minors([16] * 45 + [35] * 5), THRESHOLDS, 0.02) == (
        None,
        "No threshold is chosen: even at 30 years 5 of the 50 validation minors pass, which bounds the chance that a"
        " minor passes by 11.8% only, and evaluate.minor_pass is 2%. Raise it, or the last of evaluate.thresholds.",
    )


def test_it_is_the_threshold_of_the_ordered_predictions():
    # In other words: a face passes above the ceil((n + 1) * (1 - minor_pass))-th smallest age, here in whole years.
    generator = np.random.default_rng(1)
    for count, percent in [(49, 2), (120, 5), (333, 10), (1123, 2)]:
        predicted = np.sort(generator.normal(14, 5, count))
        last_refused = predicted[-(-(count + 1) * (100 - percent) // 100) - 1]
        chosen = choose_threshold(minors(predicted), range(60), percent / 100).threshold
        assert chosen == math.floor(last_refused) + 1


def test_over_many_draws_no_more_minors_pass_than_were_allowed():
    # Of 60 and a new one floor(61 * 0.1) = 6 may pass: 6 / 61 = 0.098. Ages are tenfold: whole years then matter less.
    generator, passing = np.random.default_rng(2), []
    for _ in range(300):
        drawn = generator.normal(160, 40, 60 + 400)
        threshold = choose_threshold(minors(drawn[:60]), range(160, 400), 0.1).threshold
        passing.append((drawn[60:] >= threshold).mean())
    noise = 3 * np.std(passing) / math.sqrt(len(passing))
    assert 6 / 61 - noise < np.mean(passing) < 0.1 + noise
    assert noise < 0.01


def test_minors_of_each_year():
    # 13.9 is 13 in completed years; 12.9 and 18 are in no row.
    faces = table_of([12.9, 13, 13.9, 17, 18], [30, 18, 25, 24.9, 30])
    table = table_by_year_of_minors(faces, [18, 25])
    assert table[["threshold", "age", "n", "passed", "pass_rate"]].to_csv(index=False, lineterminator="\n") == (
        "threshold,age,n,passed,pass_rate\n"
        "18,13,2,2,1.0\n18,14,0,0,\n18,15,0,0,\n18,16,0,0,\n18,17,1,1,1.0\n"
        "25,13,2,1,0.5\n25,14,0,0,\n25,15,0,0,\n25,16,0,0,\n25,17,1,0,0.0\n"
    )
    assert table.loc[9, ["pass_rate_low", "pass_rate_high"]].tolist() == pytest.approx([0, 0.975])
    assert table.loc[8, ["pass_rate_low", "pass_rate_high"]].isna().all()


def test_the_three_outcomes():
    # At 25: passes; too young, up to 17.9; asked, for 18 may be; asked, without an interval; passes at 25 exactly.
    faces = table_of([12.9, 13, 17.5, 24.9, 25], [30, 14, 16, 20, 25], high=[40, 17.9, 18, math.nan, 30])
    assert table_of_outcomes(faces, 25).to_csv(index=False, lineterminator="\n") == (
        "age,n,passed,asked,too_young\n"
        "under 13,1,1,0,0\n13,1,0,0,1\n14,0,0,0,0\n15,0,0,0,0\n16,0,0,0,0\n17,1,0,1,0\n18-24,1,0,1,0\n25+,1,1,0,0\n"
    )


def test_outcomes_take_a_threshold_and_intervals():
    assert table_of_outcomes(table_of([12], [30], high=[40]), None) is None
    assert table_of_outcomes(table_of([12], [30]), 25) is None
    assert table_of_outcomes(table_of([12], [30], high=[math.nan]), 25) is None


def test_the_metrics_are_of_the_chosen_threshold():
    faces = table_of([15, 16, 17, 30], [25, 24.9, 18, 20])
    assert measure_till(faces, 25) == {"threshold": 25, "minor_pass": 0.3333}
    assert measure_till(faces, None) == {}
    assert measure_till(table_of([30], [40]), 25) == {"threshold": 25}
    assert measure_till(minors([24]), 25) == {"threshold": 25, "minor_pass": 0}
