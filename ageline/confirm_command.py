"""`ageline confirm`: whether committed metrics and predictions are those that came out here."""

import argparse
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.revisions import read_at, read_here, short_name

if TYPE_CHECKING:
    from ageline.confirm.result import Result
    from ageline.confirm.verdict import Verdict

CONFIRMED, DIFFERENT = 0, 1
_EPILOG = """\
Exit status:
  0  they are those of REV
  1  they are not; each difference is a sentence
  2  they cannot be compared: REV is unknown, or a file is missing or broken, here or at REV
"""


def add_confirm(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `confirm` to the command line."""
    confirm = commands.add_parser(
        "confirm",
        help="say whether metrics.json and predictions.csv here are those of a revision, up to rounding",
        description=(
            "Say whether metrics/metrics.json and metrics/predictions.csv in the working tree, where the model was"
            " scored or trained again, are those that REV has. Machines round differently, so a mean of errors may be"
            " 0.02 years off and a face's predicted age 0.5 years; docs/decisions/0014 says what was measured."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    confirm.add_argument("rev", metavar="REV", nargs="?", default="HEAD", help="branch, tag or commit; by default HEAD")
    kind = confirm.add_mutually_exclusive_group()
    kind.add_argument(
        "--within",
        metavar="YEARS",
        type=_years,
        help="years that a metric may be off, by default 0.02, and a face 25 times as much; with target gender the"
        " log_loss, and a probability 5 times as much",
    )
    kind.add_argument(
        "--retrained",
        action="store_true",
        help="the model was trained again: where another processor made it another one, compare how good the two are",
    )
    confirm.add_argument("--markdown", action="store_true", help="print the sentences for a page of Markdown")
    confirm.set_defaults(run=_confirm)


def _years(text: str) -> float:
    try:
        years = float(text)
    except ValueError:
        years = math.nan
    if not (math.isfinite(years) and years >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of years, expected one such as 0.02")
    return years


def _confirm(arguments: argparse.Namespace) -> int:
    verdict = _judge(_result_at(arguments.rev), _result_here(), arguments)
    mark = "- " if arguments.markdown and len(verdict.sentences) > 1 else ""
    print("\n".join(f"{mark}{sentence}" for sentence in verdict.sentences))
    return CONFIRMED if verdict.confirmed else DIFFERENT


def _judge(claimed: "Result", found: "Result", arguments: argparse.Namespace) -> "Verdict":
    from ageline.confirm.score import TOLERANCES, confirm_score
    from ageline.confirm.training import confirm_training

    name, tolerance = short_name(arguments.rev), TOLERANCES[found.metric]
    if arguments.within is not None:
        tolerance = tolerance.within(arguments.within)
    verdict = confirm_score(claimed, found, name, tolerance)
    if arguments.retrained and not verdict.confirmed and claimed.numbers != found.numbers:
        return confirm_training(claimed, found, name)
    return verdict


def _result_here() -> "Result":
    from ageline.confirm.result import read_result

    text_of = partial(read_here, remedy="Run `dvc repro`, which writes it.")
    return read_result(text_of, "", f"Run `dvc repro` in the folder of the clone; this is {Path.cwd()}.")


def _result_at(rev: str) -> "Result":
    from ageline.confirm.result import read_result

    name = short_name(rev)
    remedy = f"Mend {name}: run `dvc repro` there and commit what it writes. Or name another REV."
    return read_result(partial(read_at, rev), f" at {name}", remedy)
