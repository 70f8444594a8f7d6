"""Which stages changed between two states of dvc.lock, and why.

    before, after = read_lock(read_at("main", LOCK), "dvc.lock at main"), read_lock(text, LOCK)
    changes = compare(before, after)
    as_text(changes, "main")

dvc.lock says by which command a stage was last run, on which values and hashes, and what came out of it; data and cache
are not needed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from ageline.errors import AgelineError, shown
from ageline.markdown import code, table
from ageline.overrides import flatten
from ageline.yaml12 import read_yaml

LOCK = "dvc.lock"
Stages = Mapping[str, Any]  # as dvc.lock has them, by name

_CODE = ("ageline/", "stages/", "requirements/")
_OF_NO_CONTENT = {"path", "hash", "size", "nfiles", "isexec"}  # of an entry of dvc.lock; the others identify its bytes
_NAMED = 12  # keys or paths of one kind that a line names
_ABSENT = object()


@dataclass(frozen=True)
class Change:
    """What dvc.lock has otherwise of a stage.

    Attributes:
        stage: its name.
        kind: new and gone stages have none of the others.
        command: whether it was run by another one.
        params: keys whose value is another, was added or went, by their dotted names.
        code, data: paths that it depends on, likewise.
        outs: paths that it writes, likewise.
    """

    stage: str
    kind: Literal["new", "gone", "changed"]
    command: bool = False
    params: Sequence[str] = field(default=())
    code: Sequence[str] = field(default=())
    data: Sequence[str] = field(default=())
    outs: Sequence[str] = field(default=())

    @property
    def has_cause(self) -> bool:
        """Whether something that the stage was run on is another."""
        return self.command or bool(self.params or self.code or self.data)


def read_lock(text: str | None, where: str, remedy: str = "Run `dvc repro` and commit dvc.lock.") -> Stages:
    """The stages in the text of a dvc.lock; none where there is no such file.

    Args:
        text: of the file, or None.
        where: what to call the file in an error, such as "dvc.lock at main".
        remedy: what to do about an error.

    Raises:
        AgelineError: it is none that DVC writes.
    """
    if text is None:
        return {}
    try:
        stages = read_yaml(text)["stages"]
        return {str(name): _compared_of(stage) for name, stage in stages.items()}
    except yaml.YAMLError as error:
        raise AgelineError(f"{where} is not readable as YAML: {' '.join(str(error).split())}. {remedy}") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        found = " ".join(text.split())[:40] or "nothing"
        raise AgelineError(f"{where} should hold stages as DVC writes them, it begins with {found}. {remedy}") from None


def compare(before: Stages, after: Stages) -> list[Change]:
    """The stages that changed, in the order of `after`, then those that are gone."""
    found = [_compare_stage(name, before.get(name), stage) for name, stage in after.items()]
    gone = [Change(name, "gone") for name in before if name not in after]
    return [change for change in found if change] + gone


def as_text(changes: Sequence[Change], base: str) -> str:
    """A line for each change, of terminals; `base` is what to call the revision compared with."""
    if not changes:
        return f"No stage changed since {base}."
    lines = [f"{change.stage}: {'; '.join([*_why(change, str), *_wrote(change)])}" for change in changes]
    return shown("\n".join(lines))


def as_markdown(changes: Sequence[Change], base: str) -> str:
    """A heading and a table of the changes, or a sentence where there is none."""
    heading = f"### Stages that changed since {code(base)}"
    if not changes:
        return f"{heading}\n\nNone."
    rows = [[code(change.stage), "; ".join(_why(change, code)), _outs(change)] for change in changes]
    return f"{heading}\n\n{table(['Stage', 'Why', 'Outs that changed'], rows)}"


def _compared_of(stage: Mapping[str, Any]) -> dict[str, Any]:
    """Of a stage in dvc.lock, its command, and what identifies each param, dep and out."""
    return {
        "command": stage["cmd"],
        "params": _params(stage.get("params", {})),
        "deps": _contents(stage.get("deps", [])),
        "outs": _contents(stage.get("outs", [])),
    }


def _params(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for values in files.values() for key, value in flatten(values).items()}


def _contents(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(entry["path"]): {key: value for key, value in entry.items() if key not in _OF_NO_CONTENT}
        for entry in entries
    }


def _compare_stage(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Change | None:
    if before is None:
        return Change(name, "new")
    if before == after:
        return None
    deps = _differing(before["deps"], after["deps"])
    return Change(
        name,
        "changed",
        before["command"] != after["command"],
        _differing(before["params"], after["params"]),
        [path for path in deps if path.startswith(_CODE)],
        [path for path in deps if not path.startswith(_CODE)],
        _differing(before["outs"], after["outs"]),
    )


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys with another value, those of `after` first."""
    return [key for key in {**after, **before} if before.get(key, _ABSENT) != after.get(key, _ABSENT)]


def _why(change: Change, named: Callable[[str], str]) -> list[str]:
    if change.kind != "changed":
        return [change.kind]
    if not change.has_cause:
        return ["run again on the same command, params, code and data"]
    kinds = [("params", change.params), ("code", change.code), ("data", change.data)]
    listed = [f"{kind} {_some(names, named)}" for kind, names in kinds if names]
    return (["another command"] if change.command else []) + listed


def _wrote(change: Change) -> list[str]:
    if change.kind != "changed":
        return []
    return [f"wrote another {_some(change.outs, str)}" if change.outs else "wrote the same"]


def _outs(change: Change) -> str:
    return (_some(change.outs, code) or "none") if change.kind == "changed" else ""


def _some(names: Sequence[str], named: Callable[[str], str]) -> str:
    rest = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*map(named, names[:_NAMED]), *rest])
