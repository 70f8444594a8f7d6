"""The command line.

    ageline data check FOLDER   # exit 0: usable; 1: ingest would refuse it; 2: it cannot be judged
    ageline predict PHOTOS      # says ages or genders; exit 0: of all photos; 1: some have errors; 2: of none
    ageline recipe run A5       # runs a published system; exit status of `dvc exp run`, or 2 where it cannot start
    ageline score FILE --out D  # measures any system's predictions; 0, or 2 where it cannot
    ageline report              # stamps the report with revision and hardware; 0, or 2 where it cannot
    ageline join                # trains with others; exit status of the training, or 2 where it cannot start
    ageline confirm             # exit 0: metrics here are those of HEAD; 1: they are not; 2: they can't be compared
    ageline gate --base main    # exit 0: may go in; 1: the gate is against it; 2 to 4: it cannot be judged
    ageline changes --base main # says which stages changed, and why; 0, or 2 where dvc.lock is broken

Each command imports what it needs when it runs, so that `ageline gate` starts at once.
"""

import argparse
import sys
import traceback
from collections.abc import Sequence

from ageline.changes_command import add_changes
from ageline.confirm_command import add_confirm
from ageline.errors import AgelineError, exit_when_told_to_end
from ageline.gate_command import add_gate
from ageline.join_command import add_join
from ageline.predict_command import INTERRUPTED, add_predict
from ageline.recipe_command import add_recipe
from ageline.report_command import add_report
from ageline.score_command import add_score
from ageline.streams import open_closed, say

PASSED, REFUSED, BROKEN = 0, 1, 2
CRASHED = 70  # a mistake of ours, as sysexits.h has it


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ageline ARGV` and return its exit status."""
    try:
        open_closed()
        exit_when_told_to_end()
        arguments = _parse(argv)
        status: int = arguments.run(arguments)
    except AgelineError as error:
        say(f"error: {error}", sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        say("\ninterrupted", sys.stderr)
        return INTERRUPTED
    except Exception:
        # Python itself would exit with 1, which is how the gate refuses a model.
        traceback.print_exc()
        return CRASHED
    return status


class _Version(argparse.Action):
    """Prints the version; argparse's own action would look it up at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"ageline {version('ageline')}")
        parser.exit()


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for; argparse takes `a.jpg --out b.csv c.jpg` for one path and a word too many."""
    parser = _parser()
    arguments, more = parser.parse_known_args(argv)
    if more and (not hasattr(arguments, "paths") or any(word.startswith("-") and word != "-" for word in more)):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        arguments.paths += more
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ageline", description="Learn age from photos of faces.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    data = commands.add_parser("data", help="look at labelled photos", description="Look at labelled photos.")
    _add_check(data.add_subparsers(title="commands", metavar="COMMAND", required=True))
    add_predict(commands)
    add_recipe(commands)
    add_join(commands)
    add_score(commands)
    add_report(commands)
    add_changes(commands)
    add_confirm(commands)
    add_gate(commands)
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


if __name__ == "__main__":
    sys.exit(main())
