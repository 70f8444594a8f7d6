"""The verdict, sentence by sentence."""

import pytest
from repository import AGES, run_of, run_of_genders
from test_gate_verdict import GENDER

from ageline.gate.runs import OtherTarget, read_run
from ageline.gate.verdict import judge
from ageline.gate.wording import describe, shown_name


@pytest.fixture
def said(make_params):
    """What is said of two runs, given their files: said(here, base, accepted=..., keys of params.yaml)."""

    def of(here, base=None, name="main", accepted=False, metric="mae", **changes) -> list[str]:
        changed = {key.replace("__", "."): value for key, value in changes.items()}
        shipped = {"gate.limit": 8.0, "evaluate.bootstrap.samples": 2000}
        params = make_params(shipped | (GENDER if metric == "accuracy" else {}) | changed)
        runs = [
            read_run(files.get, metric, "", "Mend it.") if isinstance(files, dict) else files for files in (here, base)
        ]
        return describe(judge(*runs, params.gate, params.evaluate, base_name=name, accepted=accepted))

    return of


SAME = run_of([6.0] * 60)
ALONE = "There is no base to compare with: judged on the limit alone."


def test_a_model_within_the_limit(said):
    assert said(run_of([6.0, 6.2] * 30), name=None) == [ALONE, "mae 6.10 years [6.07, 6.12], limit 8.00: passed."]


def test_a_model_over_the_limit(said):
    assert said(run_of([9.12] * 60), name=None) == [ALONE, "mae is 9.12 years, over the limit of 8.00 (gate.limit)."]


def test_a_close_miss_is_told_with_the_decimals_that_show_it(said):
    assert said(run_of([8.0004] * 60), name=None) == [
        ALONE,
        "mae is 8.0004 years, over the limit of 8.0000 (gate.limit).",
    ]


def test_a_bound_over_the_limit(said):
    assert said(run_of([2.0, 13.0] * 30), name=None, gate__use="bound") == [
        ALONE,
        "mae is at most 8.79 years with 95% confidence, over the limit of 8.00 (gate.limit, gate.use: bound).",
    ]


def test_a_model_as_good_better_or_worse_within_the_tolerance(said):
    base = run_of([6.0] * 60)
    end = "on the same 60 faces"
    assert said(base, base) == [f"mae 6.00 years [6.00, 6.00], limit 8.00; as at main {end}: passed."]
    assert said(run_of([5.8] * 60), base) == [
        f"mae 5.80 years [5.80, 5.80], limit 8.00; 0.20 better than at main {end}: passed."
    ]
    assert said(run_of([6.05] * 60), base) == [
        f"mae 6.05 years [6.05, 6.05], limit 8.00; 0.05 worse than at main {end}, within the tolerance of 0.10: passed."
    ]


def test_a_bound_within_the_limit(said):
    assert said(run_of([2.0, 12.0] * 60), name=None, gate__use="bound") == [
        ALONE,
        "mae 7.00 years [6.17, 7.92], limit 8.00 for the worse end of it: passed.",
    ]


def test_a_difference_that_two_decimals_hide_is_told_with_more(said):
    assert "0.004 better than at main" in said(run_of([5.996] * 60), SAME)[0]
    assert "0.004 worse than at main" in said(run_of([6.004] * 60), SAME)[0]


def test_a_model_that_chance_could_have_made_worse(said):
    assert said(run_of([7.0, 3.0] * 39 + [25.0, 9.0]), run_of([7.0, 3.0] * 40)) == [
        "mae 5.30 years [4.72, 6.00], limit 8.00; 0.30 worse than at main on the same 80 faces, but not surely by"
        " more than the tolerance of 0.10 (with 95% confidence at least 0.00): passed."
    ]


def test_a_model_that_is_worse(said):
    assert said(run_of([7.4, 6.4] * 40), run_of([7.0, 6.0] * 40)) == [
        "mae is 0.40 years worse than at main on the same 80 faces, with 95% confidence at least 0.40: more than the"
        " tolerance of 0.10 (gate.tolerance)."
    ]


def test_each_reason_is_told(said):
    errors = [9.0 if age == 15 else 8.3 for age in AGES] * 60
    assert said(run_of(errors), run_of([8.0] * 480)) == [
        "mae is 8.39 years, over the limit of 8.00 (gate.limit).",
        "mae is 0.39 years worse than at main on the same 480 faces, with 95% confidence at least 0.37: more than the"
        " tolerance of 0.10 (gate.tolerance).",
        "mae of ages 13-17 is 1.00 years worse than at main on the same 60 faces: more than the tolerance of 0.50"
        " (gate.bin_tolerance; p = 0.004 by Holm's correction for 8 bins).",
    ]


def test_genders_are_said_in_shares(said):
    base, here = [True] * 190 + [False] * 10, [True] * 140 + [False] * 60
    assert said(run_of_genders(here), run_of_genders(base), metric="accuracy", gate__limit=0.8) == [
        "accuracy is 0.7000, under the limit of 0.8000 (gate.limit).",
        "accuracy is 0.2500 worse than at main on the same 200 faces, with 95% confidence at least 0.2000: more than"
        " the tolerance of 0.0100 (gate.tolerance).",
        "accuracy of female is 0.2500 worse than at main on the same 100 faces: more than the tolerance of 0.0200"
        " (gate.bin_tolerance; p < 0.001 by Holm's correction for 2 genders).",
        "accuracy of male is 0.2500 worse than at main on the same 100 faces: more than the tolerance of 0.0200"
        " (gate.bin_tolerance; p < 0.001 by Holm's correction for 2 genders).",
    ]


def test_a_first_run(said):
    assert said(SAME, None) == [
        "main has no metrics/metrics.json and no metrics/predictions.csv yet: a first run, judged on the limit alone.",
        "mae 6.00 years [6.00, 6.00], limit 8.00: passed.",
    ]


def test_few_faces(said):
    few = run_of([6.0] * 49)
    assert said(few, few) == [
        "49 faces can be compared with main, and of fewer than 50 chance alone could make a model look worse: judged on"
        " the limit alone.",
        "mae 6.00 years [6.00, 6.00], limit 8.00: passed.",
    ]


def test_few_faces_of_another_test_fold(said):
    assert said(run_of([6.0] * 50), run_of([6.0] * 49))[:2] == [
        "The test fold is another than that of main: 1 added (face049). If that is meant, give --accept-test-change.",
        "49 faces can be compared with main, and of fewer than 50 chance alone could make a model look worse: judged on"
        " the limit alone.",
    ]


def test_another_target(said):
    told = "main has accuracy and no mae, for its target is gender: nothing can be compared, judged on the limit alone."
    assert said(SAME, OtherTarget("accuracy")) == [
        f"{told} If that is meant, give --accept-test-change.",
        "mae 6.00 years [6.00, 6.00], limit 8.00: passes once --accept-test-change is given.",
    ]
    assert said(SAME, OtherTarget("accuracy"), accepted=True) == [
        told,
        "mae 6.00 years [6.00, 6.00], limit 8.00: passed.",
    ]


def test_faces_that_came_went_or_have_another_label_are_named(said):
    base = run_of([6.0] * 60)
    changed = {path: text.replace("face059", "other").replace("face001,15.0,21.0", "face001,14.0,20.0")
               for path, text in run_of([6.0] * 67).items()}  # fmt: skip
    assert said(changed, base) == [
        "The test fold is another than that of main: 8 added (face060, face061, face062, face063, face064, ...), 1"
        " removed (face059), 1 relabelled (face001 from 15 to 14). Compared are the 58 faces that are the same in both."
        " If that is meant, give --accept-test-change.",
        "mae 6.00 years [6.00, 6.00], limit 8.00; as at main on the same 58 faces: passes once --accept-test-change is"
        " given.",
    ]


def test_folds_with_nothing_in_common(said):
    others = {path: text.replace("face0", "other") for path, text in SAME.items()}
    assert said(others, SAME, accepted=True)[0] == (
        "The test fold has no face in common with that of main: 60 faces here, 60 there. Nothing can be compared,"
        " judged on the limit alone."
    )


def test_a_face_id_can_carry_nothing_into_a_page():
    assert shown_name("0a1b2c_0-1") == "0a1b2c_0-1"
    assert shown_name("www.example.org") == "www?example?org"
    assert shown_name("`@everyone <b>|\n") == "??everyone??b???"
    assert shown_name("a" * 100) == "a" * 64
