"""What the workflow files promise: pinned actions, few permissions, no shell of their own, no secrets for forks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workflow import Step, evaluate, fill_in, holds, read_workflow

ROOT = Path(__file__).parent.parent
FILES = {path.name: path for path in sorted((ROOT / ".github/workflows").iterdir())}
WORKFLOWS = {name: read_workflow(path) for name, path in FILES.items()}
JOBS = {f"{name}, {job}": described for name, read in WORKFLOWS.items() for job, described in read.jobs.items()}
STEPS = [(where, step) for where, job in JOBS.items() for step in job.steps]
COMMANDS = [(where, step) for where, step in STEPS if step.run is not None]
PINNED = re.compile(r"uses: [\w-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
MAKE_TARGETS = set(re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), flags=re.M)[0].split())


def id_of(case: tuple[str, Step]) -> str:
    return f"{case[0]}: {case[1].name}"


def test_there_are_these_workflows_and_jobs():
    assert {name: list(read.jobs) for name, read in WORKFLOWS.items()} == {
        "check.yml": ["test", "model"],
        "metrics.yml": ["metrics"],
        "train.yml": ["train"],
    }


def test_each_starts_by_these_events_alone():
    # pull_request_target and workflow_run would give a stranger's code a token that writes.
    assert {name: set(read.triggers) for name, read in WORKFLOWS.items()} == {
        "check.yml": {"push", "pull_request"},
        "metrics.yml": {"pull_request"},
        "train.yml": {"workflow_dispatch"},
    }


@pytest.mark.parametrize("name", FILES)
def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is(name):
    used = [line.strip().removeprefix("- ") for line in FILES[name].read_text().splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.fullmatch(line)] == []


def test_an_action_has_one_pin_in_all_files():
    used = {step.uses for _, step in STEPS if step.uses}
    assert len(used) == len({action.split("@")[0] for action in used})


def test_permissions_are_to_read_the_code_and_what_a_job_needs_beside_that():
    assert {name: read.permissions for name, read in WORKFLOWS.items()} == {
        "check.yml": {"contents": "read"},
        "metrics.yml": {"contents": "read"},
        "train.yml": {"contents": "read"},
    }
    assert {where: job.keys["permissions"] for where, job in JOBS.items() if "permissions" in job.keys} == {
        "metrics.yml, metrics": {"contents": "read", "pull-requests": "write"},
        "train.yml, train": {"contents": "write", "pull-requests": "write"},
    }


@pytest.mark.parametrize("case", COMMANDS, ids=id_of)
def test_a_command_is_one_line_of_make_or_a_script_in_ci(case):
    words = str(case[1].run).split()
    assert "\n" not in str(case[1].run).strip()
    if words[0] == "make":
        assert set(words[1:]) <= MAKE_TARGETS
    else:
        assert re.fullmatch(r"ci/[a-z-]+", words[0])
        assert (ROOT / words[0]).stat().st_mode & 0o111, f"{words[0]} can't be executed"


@pytest.mark.parametrize("case", COMMANDS, ids=id_of)
def test_no_command_has_an_expression_for_what_others_write_would_be_run_there(case):
    assert "${{" not in str(case[1].run)


def test_check_knows_no_secret():
    assert "secrets" not in FILES["check.yml"].read_text()
    assert "github.token" not in FILES["check.yml"].read_text()


def test_no_checkout_leaves_its_token_in_the_clone():
    checkouts = [step for _, step in STEPS if (step.uses or "").startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS)
    assert [step.inputs.get("persist-credentials") for step in checkouts] == [False] * len(JOBS)


@pytest.mark.parametrize("where", JOBS)
def test_a_job_ends_after_some_time(where):
    assert 0 < JOBS[where].keys["timeout-minutes"] <= (60 * 24 if where.startswith("train.yml") else 60)


def called_by(caller: Path) -> set[str]:
    """The names of the scripts in ci/ that a file calls, and of the modules there that it imports."""
    text = re.sub(r"(^|\s)#.*", "", caller.read_text())
    imported = re.findall(r"^(?:from|import) (\w+)", text, flags=re.M) if caller.suffix == ".py" else []
    return {*re.findall(r"(?<![\w/.-])ci/([\w.-]+)", text), *(f"{module}.py" for module in imported)}


def test_every_file_in_ci_is_called():
    scripts = list((ROOT / "ci").iterdir())
    called = {
        name for caller in [*FILES.values(), ROOT / "Makefile", *scripts] for name in called_by(caller) - {caller.name}
    }
    assert {path.name for path in scripts} - called - {"__pycache__"} == set()


def test_zizmor_finds_nothing():
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run([zizmor, "--offline", "--no-progress", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_exception_from_zizmors_findings_has_its_reason():
    lines = [line for path in FILES.values() for line in path.read_text().splitlines() if "zizmor: ignore" in line]
    assert [line for line in lines if not re.search(r"# zizmor: ignore\[[a-z-]+\] \S+ \S+ \S+", line)] == []


# What stands in the files is understood as GitHub does: the table is of docs.github.com, "Evaluate expressions".
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
        ("hashFiles('x')", r"tests/workflow.py does not know hashFiles\('x'\)"),
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


def test_a_key_that_is_not_known_is_an_error(tmp_path):
    file = tmp_path / "w.yml"
    job = {"runs-on": "x", "steps": [{"run": "true", "continue-on-error": True}]}
    file.write_text(yaml.safe_dump({"name": "w", "on": {"push": None}, "permissions": {}, "jobs": {"j": job}}))
    with pytest.raises(ValueError, match=r"w.yml, job j, step 1: .* does not know \['continue-on-error'\]"):
        read_workflow(file)
