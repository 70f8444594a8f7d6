"""What `ageline predict` says beside the file that it writes: notes on stderr, and one line at its end."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.errors import FULL
from ageline.streams import say

if TYPE_CHECKING:
    from ageline.serving.run import Outcome, Run


def note(text: str) -> None:
    """A line on stderr."""
    say(text.replace("\n", "\\n"), sys.stderr)


def say_what_becomes_of_an_old_journal(out: Path, *, resume: bool) -> None:
    """Whether this run begins anew, where that may surprise."""
    begun = is_begun(out)
    if resume and not begun:
        note(f"no run with --out {out} ended early: this one begins anew")
    if begun and not resume:
        note(f"a run with --out {out} ended early; this one begins anew, for --resume was not given")


def say_outcome(outcome: "Outcome", run: "Run") -> None:
    """What a run leaves out or could not answer, and its last line."""
    if run.listing.skipped:
        files = "file" if run.listing.skipped == 1 else "files"
        note(f"{run.listing.skipped:,} {files} in folders skipped: no suffix of a photo")
    if run.listing.repeated:
        paths = "1 path leads" if run.listing.repeated == 1 else f"{run.listing.repeated:,} paths lead"
        note(f"{paths} to photos that were listed before; each is answered once")
    if outcome.errors:
        first = "; ".join(f"{entry['file']}: {entry['error']}" for entry in outcome.examples or [])
        more = "; ..." if outcome.errors > len(outcome.examples or []) else ""
        note(f"{outcome.errors:,} of {outcome.photos:,} have errors: {first}{more}")
    say(summary(outcome, run.out), sys.stdout)


def summary(outcome: "Outcome", out: Path) -> str:
    """The last line: `1,000 photos in 12.3 s, 81 a second; 3 with errors; process_results.json`."""
    now = outcome.photos - outcome.taken_up
    photos = "1 photo" if now == 1 else f"{now:,} photos"
    before = f" and {outcome.taken_up:,} before" if outcome.taken_up else ""
    errors = f"; {outcome.errors:,} with errors" if outcome.errors else ""
    speed = now / max(outcome.seconds, 0.001)
    return f"{photos} in {outcome.seconds:.1f} s{before}, {speed:,.0f} a second{errors}; {out}"


def say_interrupted(out: Path) -> None:
    """What is left of a run that someone ended."""
    kept = "; what was done is kept: the same command with --resume goes on" if is_begun(out) else ""
    say(f"\ninterrupted{kept}", sys.stderr)


def not_read(error: OSError) -> str:
    """The sentence for what the system refused before the run began."""
    where = f"{error.filename}: " if error.filename else ""
    remedy = "Make room." if error.errno in FULL else "Name another, or change who may read and write there."
    return f"{where}{error.strerror or error}. {remedy}"


def not_written(error: OSError, out: Path) -> str:
    """The sentence for what could not be written."""
    where = f"{error.filename or out} can't be written: {error.strerror or error}."
    remedy = "Make room." if error.errno in FULL else "Make it writable, or name another --out."
    kept = " What was done is kept, and the same command with --resume goes on." if is_begun(out) else ""
    return f"{where} {remedy}{kept}"


def is_begun(out: Path) -> bool:
    """Whether a run that writes `out` left its journal."""
    try:
        # As journal_beside has it, which is not imported here: what was interrupted may be the import of numpy, which
        # can't be begun twice.
        return out.with_name(f".{out.name}.journal").exists()
    except OSError:  # a name too long, or a folder that may not be entered
        return False
