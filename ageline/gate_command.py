"""`ageline gate`: judges the run at hand by the gate section of params.yaml."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ageline.errors import AgelineError, shown
from ageline.overrides import flatten
from ageline.revisions import read_at, read_here, short_name
from ageline.yaml12 import read_yaml

if TYPE_CHECKING:
    from ageline.gate.runs import OtherTarget, Run
    from ageline.gate.verdict import Verdict
    from ageline.params import Params

PARAMS = "params.yaml"
WRITES = "Run `dvc repro`, which writes it."
_STEERS = ("gate.", "evaluate.age_bins", "evaluate.bootstrap")  # the keys that a verdict depends on
_LONGEST = 80  # characters of a setting at a base, whose params.yaml may hold anything
_EPILOG = """\
Exit status:
  0  the model may go in
  1  the gate is against it: it is over the limit, or worse than at REV
  2  this run cannot be judged: its files or params.yaml are missing, broken, or contradict each other
  3  the test fold, its labels or the target are others than at REV, and --accept-test-change is not given
  4  REV cannot be judged against: it is unknown, or its files are broken or one is missing
"""


def add_gate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `gate` to the command line."""
    gate = commands.add_parser(
        "gate",
        help="judge the run at hand by the limits in params.yaml, and against a revision",
        description=(
            "Judge metrics/metrics.json and metrics/predictions.csv by the gate section of params.yaml, and against the"
            " same two files of another revision, face by face. No data, model or remote is needed. docs/gate.md"
            " explains what is asked, and how sure an answer is."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    gate.add_argument("--base", metavar="REV", help="branch, tag or commit whose model it must not fall behind")
    gate.add_argument(
        "--head",
        metavar="REV",
        help="judge the files of this revision instead of those at hand; params.yaml is at hand",
    )
    gate.add_argument(
        "--accept-test-change",
        action="store_true",
        help="take another test fold, other labels or another target than at REV as meant; compare what can be",
    )
    form = gate.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the verdict as JSON")
    form.add_argument("--markdown", action="store_true", help="print it for a pull request, with the error by age")
    gate.set_defaults(run=_gate)


def _gate(arguments: argparse.Namespace) -> int:
    from ageline.gate.verdict import Status, judge
    from ageline.params import load_params

    params = load_params()
    here = _run_to_judge(arguments.head, params.gate.metric)
    base, more = None, []
    if arguments.base is not None:
        try:
            base = _run_at(arguments.base, params.gate.metric)
            more = _changed_limits(arguments.base, params)
        except AgelineError as error:
            print(f"error: {shown(str(error))}", file=sys.stderr)
            return Status.NO_BASE
    name = None if arguments.base is None else short_name(arguments.base)
    verdict = judge(here, base, params.gate, params.evaluate, base_name=name, accepted=arguments.accept_test_change)
    print(_printed(verdict, more, arguments))
    return verdict.status


def _printed(verdict: "Verdict", more: list[str], arguments: argparse.Namespace) -> str:
    from ageline.gate.page import as_json, as_markdown
    from ageline.gate.wording import describe

    if arguments.json:
        return json.dumps(as_json(verdict, more), indent=2)
    return as_markdown(verdict, more) if arguments.markdown else "\n".join([*more, *describe(verdict)])


def _run_to_judge(head: str | None, metric: str) -> "Run":
    """The run at hand, or that of the revision `head`."""
    from ageline.gate.metrics import JUDGED
    from ageline.gate.runs import METRICS, PREDICTIONS, OtherTarget, read_run

    again = "Run `dvc repro` and commit the result."
    at = "" if head is None else f" at {short_name(head)}"
    text_of = partial(read_here, remedy=WRITES) if head is None else partial(read_at, head)
    run = read_run(text_of, metric, at, again)
    if run is None:
        raise AgelineError(f"{METRICS} and {PREDICTIONS} do not exist{at or f' in {Path.cwd()}'}. {again}")
    if isinstance(run, OtherTarget):
        raise AgelineError(
            f"{METRICS}{at} has {run.metric} and no {metric} (gate.metric): it is of a run with target"
            f" {JUDGED[run.metric].target}. {again}"
        )
    return run


def _run_at(rev: str, metric: str) -> "Run | OtherTarget | None":
    from ageline.gate.runs import read_run

    name = short_name(rev)
    remedy = f"Mend {name}: run `dvc repro` there and commit the result. Or name another --base, or judge without one."
    return read_run(partial(read_at, rev), metric, f" at {name}", remedy)


def _changed_limits(rev: str, params: "Params") -> list[str]:
    """A sentence for each setting of the gate that is another than at the base: moving a gate is a way to pass it."""
    here = {key: value for key, value in flatten(params.model_dump(mode="json")).items() if key.startswith(_STEERS)}
    there = _settings(read_at(rev, PARAMS))
    return [
        f"{key} is {json.dumps(value)} here and was {_shown(there[key])} at {short_name(rev)}."
        for key, value in here.items()
        if key in there and there[key] != value
    ]


def _shown(value: object) -> str:
    return json.dumps(value, default=str)[:_LONGEST]


def _settings(text: str | None) -> dict[str, Any]:
    """The settings in an older params.yaml, which may have other keys, or be none."""
    try:
        sections = read_yaml(text or "")
        return flatten(sections) if isinstance(sections, dict) else {}
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
