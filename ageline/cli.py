"""The command line.

    ageline data check FOLDER   # exit 0: usable; 1: ingest would refuse it; 2: it cannot be judged
    ageline recipe run A5       # runs a published system; exit status of `dvc exp run`, or 2 where it cannot start
    ageline score FILE --out D  # measures any system's predictions; 0, or 2 where it cannot
    ageline report              # stamps the report with revision and hardware; 0, or 2 where it cannot
    ageline changes --base main # which stages changed, and why; 0, or 2 where dvc.lock is broken
    ageline join                # trains with others; exit status of the training, or 2 where it cannot start
    ageline gate --base main    # exit 0: may go in; 1: the gate is against it; 2: it cannot be judged

Each command imports what it needs when it runs, so that `ageline gate` starts at once.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.changes_command import add_changes
from ageline.errors import AgelineError
from ageline.join_command import add_join
from ageline.recipe_command import add_recipe
from ageline.report_command import add_report
from ageline.score_command import add_score

if TYPE_CHECKING:
    from ageline.gate import Score

PASSED, REFUSED, BROKEN = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ageline ARGV` and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except AgelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return BROKEN
    return status


class _Version(argparse.Action):
    """Prints the version; argparse's own action would look it up at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"ageline {version('ageline')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ageline", description="Learn age from photos of faces.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    data = commands.add_parser("data", help="look at labelled photos", description="Look at labelled photos.")
    _add_check(data.add_subparsers(title="commands", metavar="COMMAND", required=True))
    add_recipe(commands)
    add_join(commands)
    add_score(commands)
    add_report(commands)
    add_changes(commands)
    gate = commands.add_parser(
        "gate",
        help="judge metrics/metrics.json by the limits in params.yaml",
        description="Judge metrics/metrics.json by the gate section of params.yaml.",
        epilog="Exit status: 0 where the model may go in, 1 where the gate is against it, 2 where it cannot be judged.",
    )
    gate.add_argument("--base", metavar="REV", help="branch, tag or commit whose metrics it must not fall behind")
    gate.set_defaults(run=_gate)
    return parser


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser(
        "check",
        help="say what `dvc repro` would take of a folder and what it would reject, and write nothing",
        description=(
            "Say which layout a folder has, how many faces, and which photos `dvc repro` would reject and why."
            " Every photo is decoded, compared with the others and given a fold, as there; nothing is written."
            " The section `ingest` of params.yaml in the current folder holds, or the shipped one where there is none."
        ),
        epilog="Exit status: 0 where it is usable, 1 where `dvc repro` would refuse it, 2 where it cannot be judged.",
    )
    check.add_argument("folder", metavar="FOLDER", nargs="?", help="or a .zip or .tar; by default data.source")
    described = check.add_argument_group(
        "layout of FOLDER",
        "Without these the section `data` of params.yaml describes its own data.source, and any other folder is auto."
        " docs/data.md shows the layouts.",
    )
    described.add_argument("--layout", metavar="NAME", type=_layout, help="as data.layout: auto, labels, utkface, ...")
    described.add_argument(
        "--pattern",
        metavar="REGEX",
        help="as data.pattern: a regular expression of paths, or the name of a shipped one",
    )
    described.add_argument(
        "--columns",
        metavar="NAME=COLUMN",
        nargs="+",
        help="as data.columns, after FOLDER: file=img_path age=age gender=sex",
    )
    check.add_argument("--json", action="store_true", help="print the counts as JSON")
    check.set_defaults(run=_check)


def _layout(name: str) -> str:
    from typing import get_args

    from ageline.params import Data

    names = get_args(Data.model_fields["layout"].annotation)
    if name not in names:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(names)}")
    return name


def _check(arguments: argparse.Namespace) -> int:
    from ageline.data_check import as_json, check_folder, choose_settings, describe_check

    settings = choose_settings(arguments.folder, arguments.layout, arguments.pattern, arguments.columns)
    checked = check_folder(settings)
    print(as_json(checked) if arguments.json else describe_check(checked), flush=True)
    if checked.refusal is None:
        return PASSED
    print(checked.refusal, file=sys.stderr)
    return REFUSED


def _gate(arguments: argparse.Namespace) -> int:
    from ageline.gate import describe_pass, refuse
    from ageline.params import load_params

    limits = load_params().gate
    score = _own_score(limits.metric)
    base = None if arguments.base is None else _base_score(arguments.base, limits.metric)
    name = _short(arguments.base or "")
    reasons = refuse(score, base, limits, name)
    print("\n".join(reasons) or describe_pass(score, base, limits, name))
    return REFUSED if reasons else PASSED


def _own_score(metric: str) -> "Score":
    from ageline.gate import METRICS, pick_score, read_metrics

    try:
        text = Path(METRICS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AgelineError(f"{METRICS} cannot be read: {error}. Run `dvc repro`, which writes it.") from None
    return pick_score(read_metrics(text, METRICS), metric, METRICS)


def _base_score(rev: str, metric: str) -> "Score | None":
    from ageline.gate import JUDGED, METRICS, metric_of_another_target, pick_score, read_metrics
    from ageline.revisions import read_at

    text, name = read_at(rev, METRICS), _short(rev)
    if text is None:
        print(f"{name} has no {METRICS} yet: judged on the limit alone.")
        return None
    where, remedy = f"{METRICS} at {name}", f"Mend {name} first, or judge without --base."
    values = read_metrics(text, where, remedy)
    other = metric_of_another_target(values, metric)
    if other is not None:
        print(
            f"{name} has {other} and no {metric}, for its target is {JUDGED[other].target}: judged on the limit alone."
        )
        return None
    return pick_score(values, metric, where, remedy)


def _short(rev: str) -> str:
    """The name of a revision as a sentence can hold it: workflows give commits by their full id."""
    return rev[:10] if re.fullmatch("[0-9a-f]{40,64}", rev) else rev


if __name__ == "__main__":
    sys.exit(main())
