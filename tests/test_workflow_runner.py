"""The reader and runner of workflow files does what GitHub does, and knows what it does not know."""

import json
from pathlib import Path

import pytest
import yaml
from workflow import Ran, Runner, Workflow, read_workflow
from workflow_expressions import evaluate, fill_in, holds

CONTEXT = {
    "github": {"event_name": "pull_request", "event": {"before": None, "labels": [{"name": "Bug"}, {"name": "docs"}]}},
    "vars": {"DVC_REMOTE": "storage"},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.event_name", "pull_request"),
        ("github.event.before", None),
        ("github.event_name == 'PULL_REQUEST'", True),
        ("github.event.before == ''", True),
        ("vars.DVC_REMOTE != ''", True),
        ("contains(github.event.labels.*.name, 'bug')", True),
        ("contains(github.event.labels.*.name, 'bu')", False),
        ("contains('Hello world', 'WORLD')", True),
        ("github.event.before || 'none'", "none"),
        ("!github.event.before && github.event_name", "pull_request"),
        ("'it''s' == 'it''s' && (1 == 2 || true)", True),
        ("'yes' == 1", False),
        ("always() && failure()", False),
        ("toJSON(github.event.before)", "null"),
    ],
)
def test_an_expression_has_the_value_that_it_has_on_github(expression, value):
    assert evaluate(expression, CONTEXT) == value


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("github.event.befor", "the context of this test has no github.event.befor"),
        ("secrets.KEY", "the context of this test has no secrets.KEY"),
        ("hashFiles('x')", r"tests/workflow_expressions.py does not know hashFiles\('x'\)"),
        ("github.event_name >= 1", "is not understood from '>= 1'"),
        ("'a' 'b'", "has \"'b'\" where it should end"),
    ],
)
def test_an_expression_that_is_not_known_is_an_error(expression, error):
    with pytest.raises((LookupError, ValueError), match=error):
        evaluate(expression, CONTEXT)


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        (None, True, False),
        ("vars.DVC_REMOTE", True, False),
        ("always()", True, True),
        ("${{ failure() }}", False, True),
        ("!cancelled() && github.event_name == 'pull_request'", True, True),
        ("false", False, False),
    ],
)
def test_a_step_runs_after_success_unless_it_asks_for_the_status(condition, after_success, after_failure):
    assert holds(condition, CONTEXT, "success") is after_success
    assert holds(condition, CONTEXT, "failure") is after_failure


def test_expressions_in_a_value_become_text():
    assert fill_in("${{ github.event_name }} of ${{ github.event.before }}, ${{ 1 == 1 }}", CONTEXT) == (
        "pull_request of , true"
    )
    assert fill_in(True, CONTEXT) == "true"


def written(folder: Path, **job: object) -> Workflow:
    """A workflow of one job, `only`, as it is read from a file."""
    file = folder / "w.yml"
    keys = {"name": "w", "on": {"push": None}, "permissions": {}, "jobs": {"only": {"runs-on": "x"} | job}}
    file.write_text(yaml.safe_dump(keys).replace("'on'", "on"))
    return read_workflow(file)


def test_a_key_that_is_not_known_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"w.yml, job only, step 1: .* does not know \['continue-on-error'\]"):
        written(tmp_path, steps=[{"run": "true", "continue-on-error": True}])
    with pytest.raises(ValueError, match=r"w.yml, job only, step 1 should have one of `run` and `uses`, received name"):
        written(tmp_path, steps=[{"name": "Nothing"}])


def run(folder: Path, workflow: Workflow) -> tuple[list[Ran], str]:
    (folder / "workspace").mkdir()
    environment = {"PATH": "/usr/bin:/bin", "WHO": "machine"}
    runner = Runner(folder / "workspace", CONTEXT, environment, {"some/action": lambda _: None}, "make test".__eq__)
    return runner.run(workflow.jobs["only"]), runner.summary


def test_after_a_step_that_failed_those_run_that_ask_for_it(tmp_path):
    steps = [
        {"uses": "some/action@v1", "with": {"remote": "${{ vars.DVC_REMOTE }}"}},
        {"run": "echo $WHO, $WHERE >&2; false; echo never"},
        {"run": "echo never"},
        {"run": "echo always", "if": "always()"},
        {"name": "Look", "run": "echo $WHO", "if": "failure()", "env": {"WHO": "${{ github.event_name }}"}},
    ]
    ran, _ = run(tmp_path, written(tmp_path, env={"WHERE": "here"}, steps=steps))
    assert ran == [
        ("echo $WHO, $WHERE >&2; false; echo never", 1, "machine, here\n"),
        ("echo never", None, ""),
        ("echo always", 0, "always\n"),
        ("Look", 0, "pull_request\n"),
    ]


def test_a_step_knows_the_outcomes_of_those_before_it(tmp_path):
    steps = [
        {"id": "good", "run": "true"},
        {"id": "tests", "run": "make test"},
        {"id": "bad", "run": "exit 3"},
        {"id": "late", "run": "true"},
        {"run": 'printf %s "$STEPS"', "if": "always()", "env": {"STEPS": "${{ toJSON(steps) }}"}},
        {"run": "echo late", "if": "always() && steps.late.outcome == 'skipped'"},
    ]
    ran, _ = run(tmp_path, written(tmp_path, steps=steps))
    assert [status for _, status, _ in ran] == [0, None, 3, None, 0, 0]
    assert {name: step["outcome"] for name, step in json.loads(ran[4].output).items()} == {
        "good": "success",
        "tests": "success",
        "bad": "failure",
        "late": "skipped",
    }


def test_each_step_has_a_page_of_its_own_and_all_are_shown_together(tmp_path):
    steps = [{"run": f'test ! -s "$GITHUB_STEP_SUMMARY"; echo {word} > "$GITHUB_STEP_SUMMARY"'} for word in "ab"]
    ran, page = run(tmp_path, written(tmp_path, steps=steps))
    assert [status for _, status, _ in ran] == [0, 0]
    assert page == "a\nb\n"


def test_a_job_whose_condition_does_not_hold_has_no_steps(tmp_path):
    assert run(tmp_path, written(tmp_path, steps=[{"run": "true"}], **{"if": "vars.DVC_REMOTE == ''"})) == ([], "")


def test_an_action_that_nothing_stands_in_for_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="nothing stands in for the action other/action here"):
        run(tmp_path, written(tmp_path, steps=[{"uses": "other/action@v1"}]))
