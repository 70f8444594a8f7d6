"""What the workflow files promise: pinned actions, few permissions, no shell of their own, no secrets for forks."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from github_api import REPOSITORY
from github_events import FORK, pull_request, push
from project import environment
from workflow import Step, read_workflow
from workflow_expressions import fill_in, holds

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
        assert {word for word in words[1:] if not (ROOT / word.removeprefix("LOCK=")).is_file()} <= MAKE_TARGETS
    else:
        assert re.fullmatch(r"ci/[a-z-]+", words[0])
        assert (ROOT / words[0]).stat().st_mode & 0o111, f"{words[0]} can't be executed"


@pytest.mark.parametrize("case", COMMANDS, ids=id_of)
def test_no_command_has_an_expression_for_what_others_write_would_be_run_there(case):
    assert "${{" not in str(case[1].run)


def test_check_knows_no_secret():
    expressions = re.findall(r"\$\{\{.*?\}\}", FILES["check.yml"].read_text(), flags=re.S)
    assert len(expressions) > 5
    assert [one for one in expressions if re.search(r"secrets|token|\bgithub *\}|\bgithub *\)", one)] == []


def test_no_checkout_leaves_its_token_in_the_clone_and_each_has_the_history_in_which_a_base_is_found():
    checkouts = [step.inputs for _, step in STEPS if (step.uses or "").startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS)
    assert [inputs.get("persist-credentials") for inputs in checkouts] == [False] * len(JOBS)
    assert [inputs.get("fetch-depth") for inputs in checkouts] == [0] * len(JOBS)


def test_a_job_ends_within_an_hour_but_for_a_training():
    assert {where for where, job in JOBS.items() if not 0 < job.keys["timeout-minutes"] <= 60} == {"train.yml, train"}
    assert JOBS["train.yml, train"].keys["timeout-minutes"] == 2880  # two days


def called_by(caller: Path) -> set[str]:
    """The names of the scripts in ci/ that a file calls, and of the modules there that it imports."""
    text = re.sub(r"(^|\s)#.*", "", caller.read_text())
    imported = re.findall(r"^(?:from|import) (\w+)", text, flags=re.M) if caller.suffix == ".py" else []
    return {*re.findall(r"(?<![\w/.-])ci/([\w.-]+)", text), *(f"{module}.py" for module in imported)}


def test_every_file_in_ci_is_called():
    scripts = [path for path in (ROOT / "ci").iterdir() if path.is_file()]
    called = {
        name for caller in [*FILES.values(), ROOT / "Makefile", *scripts] for name in called_by(caller) - {caller.name}
    }
    assert {path.name for path in scripts} - called == set()


def test_zizmor_finds_nothing():
    command = ["zizmor", "--offline", "--no-progress", "--persona=auditor", "--strict-collection", *FILES.values()]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_exception_from_zizmors_findings_has_its_reason_above_it():
    unexplained = []
    for name, path in FILES.items():
        lines = path.read_text().splitlines()
        excepted = [number for number, line in enumerate(lines) if "zizmor: ignore" in line]
        unexplained += [f"{name}: {lines[n]}" for n in excepted if not lines[n - 1].lstrip().startswith("# ")]
    assert unexplained == []


def env_of(where: str, event: dict[str, Any]) -> dict[str, str]:
    return {name: fill_in(value, {"github": event}) for name, value in JOBS[where].env.items()}


def test_a_pull_request_is_judged_against_its_base_and_a_push_against_what_was_there():
    pull, pushed = pull_request(7, "b" * 40, "c" * 40), push("a" * 40)
    label = pull_request(7, "b" * 40, "c" * 40, labels=["docs", "accept-test-change"])
    names = ("BASE_SHA", "HEAD_SHA", "BEFORE_SHA", "DEFAULT_BRANCH", "ACCEPT_TEST_CHANGE")
    for event, values in [
        (pull, ("b" * 40, "c" * 40, "", "main", "false")),
        (label, ("b" * 40, "c" * 40, "", "main", "true")),
        (pushed, ("", "", "a" * 40, "main", "true")),
    ]:
        assert env_of("check.yml, model", event) == dict(zip(names, values, strict=True))
    for event, accepted in [(pull, "false"), (label, "true")]:
        shas = {"BASE_SHA": "b" * 40, "HEAD_SHA": "c" * 40}
        assert env_of("metrics.yml, metrics", event) == shas | {"ACCEPT_TEST_CHANGE": accepted}


@pytest.mark.parametrize(
    ("of", "remote", "runs"),
    [(REPOSITORY, "storage", True), (REPOSITORY, None, False), (FORK, "storage", False), (FORK, None, False)],
)
def test_a_model_is_scored_again_for_pull_requests_of_the_repository_itself_that_has_a_remote(of, remote, runs):
    context = {"github": pull_request(7, "b" * 40, "c" * 40, of=of), "vars": {"DVC_REMOTE": remote}}
    assert holds(JOBS["metrics.yml, metrics"].condition, context) is runs
