"""What is held against a model: the limit, the same faces, each age bin."""

import dataclasses
import json
import math

import pytest
from repository import AGES, run_of, run_of_genders

from ageline.errors import AgelineError
from ageline.gate.metrics import Score
from ageline.gate.runs import METRICS, OtherTarget, Run, read_run
from ageline.gate.verdict import Status, Verdict, judge

GENDER = {"target": "gender", "model.top.head": "classes", "train.loss": "crossentropy",
          "train.monitor": "val_accuracy", "gate.metric": "accuracy", "gate.limit": 0.6, "gate.tolerance": 0.01,
          "gate.bin_tolerance": 0.02}  # fmt: skip


def run(files: dict[str, str], metric: str = "mae") -> Run:
    found = read_run(files.get, metric, "", "Mend it.")
    assert isinstance(found, Run)
    return found


def ages(*errors: float) -> Run:
    return run(run_of(errors))


@pytest.fixture
def verdict(make_params):
    """verdict(here, base, accepted=..., keys of params.yaml by another value)."""

    def of(here: Run, base: Run | OtherTarget | None = None, accepted: bool = False, **changes: object) -> Verdict:
        changed = {key.replace("__", "."): value for key, value in changes.items()}
        shipped = {"gate.limit": 8.0, "evaluate.bootstrap.samples": 200}
        params = make_params((GENDER if "target" in changed else {}) | shipped | changed)
        return judge(here, base, params.gate, params.evaluate, base_name="main", accepted=accepted)

    return of


def test_a_good_model_has_nothing_against_it(verdict):
    assert verdict(ages(*[6.0] * 60)).status is Status.PASSED
    assert verdict(ages(*[6.0] * 60), ages(*[6.2] * 60)).status is Status.PASSED


def test_a_model_over_the_limit_is_refused(verdict):
    assert verdict(ages(*[9.12] * 60)).status is Status.REFUSED
    assert verdict(ages(*[8.0] * 60)).status is Status.PASSED  # the limit itself is still within


def test_an_error_that_is_no_number_never_passes(verdict):
    assert verdict(dataclasses.replace(ages(6.0), score=Score(math.nan))).status is Status.REFUSED


def test_the_limit_may_hold_for_the_worse_end_of_the_interval(verdict):
    unsure = ages(*[2.0, 13.0] * 30)
    assert unsure.score.value == 7.5
    assert verdict(unsure).status is Status.PASSED
    bound = verdict(unsure, gate__use="bound", evaluate__bootstrap__samples=2000)
    assert bound.status is Status.REFUSED
    assert bound.against_limit == pytest.approx(unsure.score.interval[1], abs=1e-4)


def test_a_bound_that_the_faces_do_not_give_was_edited(verdict):
    files = run_of([2.0, 13.0] * 30)
    edited = files | {METRICS: json.dumps(json.loads(files[METRICS]) | {"mae_high": 7.6})}
    with pytest.raises(
        AgelineError, match=r"metrics.json has the mae_high 7.6, metrics/predictions.csv gives 8\.\d+ w"
    ):
        verdict(run(edited), gate__use="bound", evaluate__bootstrap__samples=2000)


def test_a_bound_is_not_known_of_four_faces(verdict):
    with pytest.raises(AgelineError, match=r"metrics.json has no mae_high, which `gate.use: bound` holds against"):
        verdict(ages(1, 2, 3, 4), gate__use="bound")


def test_a_model_that_is_worse_on_the_same_faces_is_refused(verdict):
    found = verdict(ages(*[7.4, 6.4] * 40), ages(*[7.0, 6.0] * 40))
    assert found.status is Status.REFUSED
    assert not found.is_over_limit
    assert (found.overall.worse_by, found.overall.at_least) == (0.4, 0.4)


def test_a_model_that_is_worse_by_chance_passes(verdict):
    base = ages(*[7.0, 3.0] * 40)
    unlucky = ages(*[7.0, 3.0] * 39, 25.0, 9.0)  # 0.3 worse, on two faces
    found = verdict(unlucky, base)
    assert found.overall.worse_by == 0.3
    assert found.overall.worse_by > found.gate.tolerance > found.overall.at_least
    assert found.status is Status.PASSED


def test_without_tolerance_an_equal_model_passes_and_one_that_is_surely_worse_does_not(verdict):
    strict = {"gate__tolerance": 0.0}
    assert verdict(ages(*[6.1] * 60), ages(*[6.1] * 60), **strict).status is Status.PASSED
    assert verdict(ages(*[6.1001] * 60), ages(*[6.1] * 60), **strict).status is Status.REFUSED


def test_an_age_bin_that_got_worse_is_found_where_the_mean_hides_it(verdict):
    base, here = [5.0] * 480, [4.7 if age != 15 else 7.0 for age in AGES] * 60
    found = verdict(ages(*here), ages(*base))
    assert found.overall.worse_by < 0
    assert [group.label for group in found.worse_groups] == ["13-17"]
    assert found.status is Status.REFUSED
    assert verdict(ages(*here), ages(*base), gate__bin_tolerance=2.0).status is Status.PASSED


def test_an_age_bin_of_under_50_faces_is_shown_and_not_judged(verdict):
    here = [4.7 if age != 15 else 7.0 for age in AGES] * 49
    found = verdict(ages(*here), ages(*[5.0] * 392))
    assert [(group.n, group.p) for group in found.groups] == [(49, None)] * 8
    assert found.status is Status.PASSED


@pytest.mark.parametrize(("age_bins", "judged"), [([0, 13, 18], 3), ([0, 13, 18, 25, 35, 45, 60, 70], 8)])
def test_the_more_bins_are_judged_the_surer_each_must_be(verdict, age_bins, judged):
    lucky = [20.0] * 3 + [0.0] * 57
    here = [error if age == 15 else 0.0 for error in lucky for age in AGES]
    found = verdict(ages(*here), ages(*[0.0] * 480), gate__tolerance=5.0, gate__bin_tolerance=0.0,
                    evaluate__age_bins=age_bins, evaluate__bootstrap__samples=5000)  # fmt: skip
    (teens,) = [group for group in found.groups if group.label == "13-17"]
    assert teens.compared.p == pytest.approx((57 / 60) ** 60, abs=0.01)  # that 60 draws of 60 faces miss all three
    assert teens.p == pytest.approx(judged * teens.compared.p)


def test_many_bins_are_judged_however_few_draws_the_intervals_take(verdict):
    every_year = {"evaluate__age_bins": list(range(81)), "evaluate__bootstrap__samples": 100}
    found = verdict(ages(*[5.9] * 480), ages(*[5.0] * 480), gate__tolerance=1.0, **every_year)
    assert len(found.worse_groups) == 8


def test_of_genders_more_mistakes_are_worse(verdict):
    base, here = [True] * 190 + [False] * 10, [True] * 140 + [False] * 60
    found = verdict(run(run_of_genders(here), "accuracy"), run(run_of_genders(base), "accuracy"), target="gender",
                    gate__limit=0.6)  # fmt: skip
    assert found.status is Status.REFUSED
    assert not found.is_over_limit
    assert found.overall.worse_by == 0.25
    assert [group.label for group in found.worse_groups] == ["female", "male"]
    assert verdict(run(run_of_genders(base), "accuracy"), run(run_of_genders(here), "accuracy"), target="gender",
                   gate__limit=0.6).status is Status.PASSED  # fmt: skip


def test_the_worse_end_of_an_accuracy_is_its_lower_one(verdict):
    here = run(run_of_genders([True] * 180 + [False] * 20), "accuracy")
    found = verdict(here, target="gender", gate__limit=0.85, gate__use="bound")
    assert here.score.value == 0.9
    assert found.against_limit == pytest.approx(0.8506, abs=1e-4)
    assert found.status is Status.PASSED


def test_another_test_fold_is_compared_where_it_can_be_and_waits_to_be_accepted(verdict):
    base, more = ages(*[6.0] * 60), ages(*[6.0] * 70)
    found = verdict(more, base)
    assert (found.status, found.shared, found.overall.n) == (Status.TEST_CHANGED, 60, 60)
    assert verdict(more, base, accepted=True).status is Status.PASSED


def test_what_is_held_against_a_model_comes_before_another_test_fold(verdict):
    assert verdict(ages(*[9.0] * 70), ages(*[6.0] * 60)).status is Status.REFUSED
    assert verdict(ages(*[9.0] * 70), ages(*[6.0] * 60), accepted=True).status is Status.REFUSED


def test_fewer_than_50_shared_faces_leave_the_limit_alone(verdict):
    found = verdict(ages(*[7.9] * 49), ages(*[1.0] * 49))
    assert (found.status, found.overall, found.shared) == (Status.PASSED, None, 49)


def test_50_shared_faces_are_compared(verdict):
    found = verdict(ages(*[7.9] * 50), ages(*[1.0] * 50))
    assert (found.status, found.overall.n) == (Status.REFUSED, 50)


def test_another_target_leaves_the_limit_alone_and_waits_to_be_accepted(verdict):
    assert verdict(ages(*[6.0] * 60), OtherTarget("accuracy")).status is Status.TEST_CHANGED
    assert verdict(ages(*[6.0] * 60), OtherTarget("accuracy"), accepted=True).status is Status.PASSED
    assert verdict(ages(*[9.0] * 60), OtherTarget("accuracy"), accepted=True).status is Status.REFUSED


def test_a_limit_in_another_unit_judges_nothing(verdict):
    here = run(run_of_genders([True] * 60), "accuracy")
    with pytest.raises(AgelineError, match=r"gate.limit in params.yaml is 7.7, expected a share from 0 to 1, in which"):
        verdict(here, target="gender", gate__limit=7.7)
