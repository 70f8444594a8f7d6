"""Reads a GitHub workflow file and runs a job of it as GitHub's runner would: as much of that as is used here.

What it does not know is an error and never silently empty: a key, an action, a property of a context, a function.

    workflow = read_workflow(Path(".github/workflows/check.yml"))
    ran = Runner(folder, context, environment, actions).run(workflow.jobs["model"])
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from workflow_expressions import fill_in, holds

from ageline.yaml12 import read_yaml

JOB_KEYS = {"concurrency", "env", "environment", "if", "name", "permissions", "runs-on", "steps", "strategy",
            "timeout-minutes"}  # fmt: skip
STEP_KEYS = {"env", "id", "if", "name", "run", "shell", "uses", "with"}
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}


@dataclass(frozen=True)
class Step:
    """One step of a job: it has either an action (`uses`, such as actions/checkout@3d3c...) or a command (`run`)."""

    name: str
    run: str | None
    uses: str | None
    inputs: Mapping[str, Any]
    env: Mapping[str, Any]
    condition: str | None
    shell: str | None
    id: str | None


@dataclass(frozen=True)
class Job:
    name: str
    steps: list[Step]
    env: Mapping[str, Any]
    condition: str | None
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Workflow:
    name: str
    triggers: Mapping[str, Any]
    permissions: Mapping[str, str]
    jobs: Mapping[str, Job]


def read_workflow(path: Path) -> Workflow:
    """The workflow in a file.

    Raises:
        ValueError: it has a key that is not known here.
    """
    read = read_yaml(path.read_text(encoding="utf-8"))  # of YAML 1.2, where the key `on` is no truth value
    _require_known(read, {"name", "on", "permissions", "concurrency", "env", "jobs"}, path.name)
    env = read.get("env", {})
    jobs = {name: _job(name, keys, env, f"{path.name}, job {name}") for name, keys in read["jobs"].items()}
    return Workflow(read["name"], read["on"], read["permissions"], jobs)


def _job(name: str, keys: dict[str, Any], env: dict[str, Any], where: str) -> Job:
    _require_known(keys, JOB_KEYS, where)
    steps = [_step(step, f"{where}, step {number}") for number, step in enumerate(keys["steps"], start=1)]
    return Job(name, steps, env | keys.get("env", {}), _text(keys.get("if")), keys)


def _step(keys: dict[str, Any], where: str) -> Step:
    _require_known(keys, STEP_KEYS, where)
    if ("run" in keys) == ("uses" in keys):
        raise ValueError(f"{where} should have one of `run` and `uses`, received {', '.join(keys)}")
    run, uses = keys.get("run"), keys.get("uses")
    name = keys.get("name", run or uses)
    return Step(name, run, uses, keys.get("with", {}), keys.get("env", {}), _text(keys.get("if")), keys.get("shell"),
                keys.get("id"))  # fmt: skip


def _text(condition: object) -> str | None:
    """An `if:` as it was written: YAML may have read `false` for itself."""
    return str(condition).lower() if isinstance(condition, bool) else condition  # type: ignore[return-value]


def _require_known(keys: Mapping[Any, Any], known: set[Any], where: str) -> None:
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ValueError(f"{where}: tests/workflow.py does not know {unknown}. Teach it what GitHub does there.")


class Ran(NamedTuple):
    """What became of a step with a command: its exit status (None: it was not run) and all that it printed."""

    step: str
    status: int | None
    output: str


Action = Callable[[Mapping[str, str]], None]


@dataclass
class Runner:
    """Runs the steps of a job in order, with their conditions.

    Attributes:
        folder: the workspace, in which each command runs.
        context: what expressions may name.
        environment: all that a command sees beside what the workflow gives it.
        actions: by name ("actions/checkout"), what stands in for them here: functions of their inputs.
        left_out: whether a command is not to be run; it counts as passed.
        summary: what the steps wrote to the job's page, each into a file of its own as GitHub has it.
    """

    folder: Path
    context: Mapping[str, Any]
    environment: Mapping[str, str]
    actions: Mapping[str, Action]
    left_out: Callable[[str], bool] = lambda _: False
    summary: str = field(default="", init=False)

    def run(self, job: Job) -> list[Ran]:
        """All steps with a command and what became of each; none where the job's own `if` does not hold."""
        if not holds(job.condition, self.context):
            return []
        ran: list[Ran] = []
        outcomes: dict[str, dict[str, str]] = {}
        status = "success"
        for step in job.steps:
            context = {**self.context, "steps": outcomes}
            due = holds(step.condition, context, status)
            done = self._step(step, job, context) if due else Ran(step.name, None, "")
            outcome = "failure" if done.status else "success" if due else "skipped"
            status = "failure" if done.status else status
            if step.run is not None:
                ran.append(done)
            if step.id is not None:
                outcomes[step.id] = {"outcome": outcome, "conclusion": outcome}
        return ran

    def _step(self, step: Step, job: Job, context: Mapping[str, Any]) -> Ran:
        if step.uses is not None:
            name = step.uses.split("@")[0]
            if name not in self.actions:
                raise ValueError(f"nothing stands in for the action {name} here")
            self.actions[name]({key: fill_in(value, context) for key, value in step.inputs.items()})
            return Ran(step.name, 0, "")
        if self.left_out(str(step.run)):
            return Ran(step.name, None, "")
        given = {name: fill_in(value, context) for name, value in (dict(job.env) | dict(step.env)).items()}
        return self._command(step.name, [*SHELLS[step.shell], "-c", fill_in(step.run, context)], given)

    def _command(self, name: str, command: list[str], given: Mapping[str, str]) -> Ran:
        page = self.folder.with_name(f"{self.folder.name}-page.md")
        page.write_text("")
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, "GITHUB_STEP_SUMMARY": str(page), **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self.summary += page.read_text(encoding="utf-8")
        return Ran(name, done.returncode, done.stdout)
