"""The one error that people are meant to read, and how a command shows it."""

import errno
import signal
import sys
from collections.abc import Callable

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # the disk; what a user may take of it; what a file may


class AgelineError(Exception):
    """A problem that the user can mend.

    Its message says what is wrong, what was expected and received, where, and the remedy.
    """


def run(main: Callable[[], int | None]) -> None:
    """Run a command's `main` and exit: an error that the user can mend is its message on stderr and status 1.

    So is being told to end.
    """
    exit_when_told_to_end()
    try:
        status = main()
    except AgelineError as error:
        print(f"error: {shown(str(error))}", file=sys.stderr)
        status = 1
    except OSError as error:
        print(f"error: {shown(_sentence(error))}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def exit_when_told_to_end() -> None:
    """Have SIGTERM, which clusters and containers send, be an exit, so that what was begun is cleared away."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _sentence(error: OSError) -> str:
    if error.errno not in FULL:
        return str(error)
    where = f"{error.filename} can't be written" if error.filename else "a file can't be written"
    return f"{where}: {error.strerror}. Make room, or write elsewhere, and run again."


def shown(text: str) -> str:
    """The text with what would steer a terminal, as the name of a photo may, spelled out."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)
