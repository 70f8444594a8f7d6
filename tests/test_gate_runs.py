"""A run as Git has it: two files that must tell the same story."""

import json

import pytest
from repository import run_of, run_of_genders

from ageline.errors import AgelineError
from ageline.gate.metrics import Score
from ageline.gate.runs import METRICS, PREDICTIONS, OtherTarget, Run, read_run

RUN = run_of([3.0, -5.0, 1.0, 3.0, 0.0, 0.0])


def read(files: dict[str, str], metric: str = "mae"):
    return read_run(files.get, metric, " at main", "Mend main.")


def with_metrics(**changed: object) -> dict[str, str]:
    return RUN | {METRICS: json.dumps(json.loads(RUN[METRICS]) | changed)}


def test_a_run_is_its_score_and_its_answers():
    run = read(RUN)
    assert isinstance(run, Run)
    assert run.score == Score(2.0, (0.6667, 3.5))
    assert list(run.answers.distances.values()) == [3.0, 5.0, 1.0, 3.0, 0.0, 0.0]


def test_a_run_of_genders_is_scored_by_what_is_right():
    run = read(run_of_genders([True, True, False, True]), "accuracy")
    assert isinstance(run, Run)
    assert run.score.value == 0.75


def test_where_nothing_ran_yet_there_is_no_run():
    assert read({}) is None


def test_a_run_of_another_target_is_known_by_its_metrics():
    assert read(run_of_genders([True, False])) == OtherTarget("accuracy")
    assert read(RUN, "accuracy") == OtherTarget("mae")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {METRICS: RUN[METRICS]},
            "metrics/predictions.csv at main does not exist, while metrics/metrics.json does; a run writes both. Mend"
            " main.",
        ),
        (
            {PREDICTIONS: RUN[PREDICTIONS]},
            "metrics/metrics.json at main does not exist, while metrics/predictions.csv does; a run writes both. Mend"
            " main.",
        ),
        (
            with_metrics(mae=1.7),
            "metrics/metrics.json at main and metrics/predictions.csv at main contradict each other: the first has the"
            " mae 1.7, the 6 faces of the second give 2.0000. One of them was edited, or is of another run. Mend main.",
        ),
        (
            with_metrics(n_test=7),
            "metrics/metrics.json at main and metrics/predictions.csv at main contradict each other: n_test is 7 in the"
            " first, the second has 6 faces. Mend main.",
        ),
    ],
)
def test_files_that_do_not_go_together_are_an_error(files, message):
    with pytest.raises(AgelineError) as error:
        read(files)
    assert str(error.value) == message


def test_a_metric_in_the_last_of_its_decimals_is_a_matter_of_rounding():
    assert isinstance(read(with_metrics(mae=2.0001)), Run)
    with pytest.raises(AgelineError, match="contradict each other"):
        read(with_metrics(mae=2.0002))
