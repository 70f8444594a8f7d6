"""Reads a GitHub workflow file and runs a job of it as GitHub's runner would: as much of that as is used here.

What it does not know is an error and never silently empty: a key, an action, a property of a context, a function.

    workflow = read_workflow(Path(".github/workflows/check.yml"))
    ran = Runner(folder, context, environment, actions).run(workflow.jobs["model"])
"""

import json
import math
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ageline.yaml12 import read_yaml

JOB_KEYS = {"concurrency", "env", "environment", "if", "name", "permissions", "runs-on", "steps", "strategy",
            "timeout-minutes"}  # fmt: skip
STEP_KEYS = {"env", "id", "if", "name", "run", "shell", "uses", "with"}
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}
STATUS_FUNCTIONS = {"always", "cancelled", "failure", "success"}


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


# ----- expressions -----

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>&&|\|\||==|!=|[!(),])"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*))*))"
)
_CONSTANTS = {"true": True, "false": False, "null": None}


def evaluate(expression: str, context: Mapping[str, Any], status: str = "success") -> Any:
    """The value of what stands between `${{` and `}}`.

    Args:
        expression: of names, 'texts', numbers, `!`, `==`, `!=`, `&&`, `||`, brackets, `contains`, `toJSON` and the
            functions of the job's status.
        context: github, vars, secrets and so on, by name; what GitHub would leave empty is there as None.
        status: of the job so far: success or failure.

    Raises:
        ValueError: it is no expression, or of a kind that is not known here.
        LookupError: the context lacks a property that it names.
    """
    parser = _Parser(_tokens(expression), context, status)
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"{expression!r} has {parser.tokens[0][1]!r} where it should end")
    return value


def fill_in(text: object, context: Mapping[str, Any]) -> str:
    """A value of the file with its expressions replaced by their values, as text."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: _as_text(evaluate(found[1], context)), _as_text(text))


def holds(condition: str | None, context: Mapping[str, Any], status: str = "success") -> bool:
    """Whether an `if:` holds. Without a function of the status, GitHub asks for success as well."""
    expression = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", condition or "true", flags=re.S)
    asked = {token for kind, token in _tokens(expression) if kind == "name"} & STATUS_FUNCTIONS
    return bool((asked or status == "success") and evaluate(expression, context, status))


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, position, expression = [], 0, expression.strip()
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        if token is None:
            raise ValueError(f"{expression!r} is not understood from {expression[position:].strip()!r}")
        found.append((str(token.lastgroup), token[0].strip()))
        position = token.end()
    return found


class _Parser:
    """Evaluates while it reads; `tokens` are those that are left."""

    def __init__(self, tokens: list[tuple[str, str]], context: Mapping[str, Any], status: str) -> None:
        self.tokens, self._context, self._status = tokens, context, status

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        while operator := self._take("==") or self._take("!="):
            value = _equal(value, self._single()) == (operator == "==")
        return value

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            value = self.either()
            self._expect(")")
            return value
        kind, token = self.tokens.pop(0) if self.tokens else ("", "the end")
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token)
        if kind != "name":
            raise ValueError(f"{token!r} stands where a value should")
        if self._take("("):
            return self._call(token)
        return _CONSTANTS[token] if token in _CONSTANTS else look_up(token, self._context)

    def _call(self, function: str) -> bool | str:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        match function, arguments:
            case "always", []:
                return True
            case "cancelled", []:
                return False
            case (("success" | "failure"), []):
                return self._status == function
            case "contains", [list() as many, wanted]:
                return any(_equal(one, wanted) for one in many)
            case "contains", [str() as text, str() as wanted]:
                return wanted.lower() in text.lower()
            case "toJSON", [value]:
                return json.dumps(value, indent=2)
        raise ValueError(f"tests/workflow.py does not know {function}({', '.join(map(repr, arguments))})")

    def _take(self, operator: str) -> str | None:
        if self.tokens and self.tokens[0] == ("operator", operator):
            return self.tokens.pop(0)[1]
        return None

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise ValueError(f"expected {operator!r}, received {self.tokens[:1]}")


def look_up(name: str, context: Mapping[str, Any]) -> Any:
    """A property such as github.event.before; `*` stands for all of a list, as in labels.*.name.

    Raises:
        LookupError: the context has no such property. On GitHub it would be empty, which hides a misspelt one.
    """
    value: Any = context
    for part in name.split("."):
        value = _property(value, part, name)
    return value


def _property(value: Any, part: str, name: str) -> Any:
    if isinstance(value, list):
        return value if part == "*" else [_property(one, part, name) for one in value]
    if value is None:
        return None
    if not isinstance(value, Mapping) or part not in value:
        raise LookupError(f"the context of this test has no {name} (at {part!r})")
    return value[part]


def _equal(one: Any, other: Any) -> bool:
    """As GitHub compares: texts without regard to case, values of two types as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return _as_number(one) == _as_number(other)


def _as_number(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", value) else (math.nan if value.strip() else 0.0)
    return float(value or 0)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{value!r} has no text in a workflow")


# ----- running -----


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
            done = (
                self._step(step, job, context) if holds(step.condition, context, status) else Ran(step.name, None, "")
            )
            if done.status not in (None, 0):
                status = "failure"
            if step.run is not None:
                ran.append(done)
            if step.id is not None:
                outcome = {None: "skipped", 0: "success"}.get(done.status, "failure")
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
