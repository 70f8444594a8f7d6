"""`ageline report`: the report with the revision and the hardware in it, to be shown to others.

Both differ between machines and commits, so the file that DVC keeps holds neither: a copy does.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any, TypeGuard

from ageline.errors import AgelineError
from ageline.revisions import describe, is_reproduced

REPORT = Path("reports/index.html")
STAMPED = Path("reports/stamped.html")  # git ignores the folder, and no stage writes this
LOCK = "dvc.lock"
COST = Path("metrics/train/cost.json")


def add_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `report` to the command line."""
    report = commands.add_parser(
        "report",
        help="copy the report with the revision and the hardware stamped in",
        description=(
            f"Copy {REPORT}, which `dvc repro` writes, and stamp into the copy what git calls the revision, and on what"
            f" and for how long the model was trained, as {COST} has it. The copy needs no other file and no network."
        ),
        epilog="Exit status: 0 where it was written, 2 where it cannot be.",
    )
    report.add_argument(
        "--out", metavar="FILE", type=Path, default=STAMPED, help=f"by default {STAMPED}, which git ignores"
    )
    report.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    from ageline.scoring.report import stamp
    from ageline.store.files import written_whole

    if arguments.out.resolve() == REPORT.resolve():
        raise AgelineError(
            f"{REPORT} is what `dvc repro` writes, expected another file for the copy. Name it with --out."
        )
    if arguments.out.is_dir():
        raise AgelineError(f"{arguments.out} is a folder, expected a file for the copy, such as {STAMPED}.")
    page = stamp(_read_report(), {"revision": name_revision(), **read_hardware()})
    try:
        with written_whole(arguments.out) as partial:
            partial.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise AgelineError(
            f"{arguments.out} can't be written: {error.strerror}. Name another file with --out."
        ) from None
    if not COST.exists():
        print(f"note: {COST} does not exist, so hardware and time are not in it; `dvc pull` or `dvc repro` brings it.")
    print(arguments.out)
    return 0


def name_revision() -> str:
    """What git calls the commit at hand, and a warning where the page may be another one's."""
    revision = describe()
    if not Path(LOCK).exists() or is_reproduced():
        return revision
    return f"{revision}, but data, params or code changed after this page was made: `dvc repro` makes it anew"


def _read_report() -> str:
    try:
        return REPORT.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise AgelineError(
            f"{REPORT} does not exist in {Path.cwd()}. Run `dvc repro`, which writes it, or `dvc pull` for that of the"
            " commit at hand."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise AgelineError(f"{REPORT} cannot be read: {error}. Run `dvc repro -f evaluate`, which writes it.") from None


def read_hardware() -> dict[str, str]:
    """What the model was trained on and for how long, by name; nothing where that is not known.

    Raises:
        AgelineError: metrics/train/cost.json is damaged.
    """
    if not COST.exists():
        return {}
    cost = _read_cost()
    device, seconds, epochs = (cost.get(name) for name in ("device", "seconds", "epochs"))
    facts = {"trained on": device} if isinstance(device, str) else {}
    if _is_count(seconds):
        facts["trained for"] = _duration(seconds) + (_epochs(int(epochs)) if _is_count(epochs) else "")
    return facts


def _read_cost() -> dict[str, Any]:
    try:
        cost = json.loads(COST.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AgelineError(f"{COST} cannot be read: {error}. Run `dvc checkout {COST.parent}`.") from None
    if not isinstance(cost, dict):
        raise AgelineError(f"{COST} should hold names and values, received {cost!r}. Run `dvc checkout {COST.parent}`.")
    return cost


def _is_count(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _duration(seconds: float) -> str:
    """Such as "42 s", "7 min 5 s" or "2 h 3 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def _epochs(number: int) -> str:
    return f", {number} epoch{'' if number == 1 else 's'}"
