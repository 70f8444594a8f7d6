"""`ageline changes`: which stages changed since a revision, and why, by dvc.lock alone."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.errors import AgelineError
from ageline.revisions import read_at, read_here, short_name

if TYPE_CHECKING:
    from ageline.changes import Stages


def add_changes(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `changes` to the command line."""
    changes = commands.add_parser(
        "changes",
        help="say which stages changed since a revision, and why",
        description=(
            "Say which stages of dvc.lock changed since a revision: by another command, which params, which code, which"
            " data; and which outs came out otherwise. No data, cache or remote is needed."
        ),
        epilog="Exit status: 0 whatever changed, 2 where it cannot be compared.",
    )
    changes.add_argument("--base", metavar="REV", required=True, help="branch, tag or commit to compare with")
    changes.add_argument("--head", metavar="REV", help="what to compare, instead of the dvc.lock at hand")
    changes.add_argument("--markdown", action="store_true", help="print a table for a pull request")
    changes.set_defaults(run=_changes)


def _changes(arguments: argparse.Namespace) -> int:
    from ageline.changes import as_markdown, as_text, compare

    before = _lock_at(arguments.base)
    after = _lock_here() if arguments.head is None else _lock_at(arguments.head)
    changes, base = compare(before, after), short_name(arguments.base)
    print(as_markdown(changes, base) if arguments.markdown else as_text(changes, base))
    return 0


def _lock_at(rev: str) -> "Stages":
    from ageline.changes import LOCK, read_lock

    name = short_name(rev)
    return read_lock(read_at(rev, LOCK), f"{LOCK} at {name}", f"Mend {name} first: run `dvc repro` there.")


def _lock_here() -> "Stages":
    from ageline.changes import LOCK, read_lock

    remedy = "Run `dvc repro` and commit it."
    text = read_here(LOCK, remedy)
    if text is None:
        raise AgelineError(f"{LOCK} does not exist in {Path.cwd()}. {remedy}")
    return read_lock(text, LOCK)
