"""The one error that people are meant to read, and how a command shows it."""

import signal
import sys
from collections.abc import Callable


class AgelineError(Exception):
    """A problem that the user can mend.

    Its message says what is wrong, what was expected and received, where, and the remedy.
    """


def run(main: Callable[[], int | None]) -> None:
    """Run a command's `main` and exit: an error that the user can mend is its message on stderr and status 1.

    Being told to end (SIGTERM, as clusters and containers do) is an exit too, so that what was begun is cleared away.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        status = main()
    except (AgelineError, OSError) as error:  # of the system's own errors, a full disk is the likeliest
        print(f"error: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
