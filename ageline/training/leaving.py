"""A training that fails ends its process without the engine's farewell, which can take for ever.

TensorFlow's thread that reads batches ahead may be in the middle of one. When Python clears away what the engine read
from, it waits for that thread, which waits for Python. JAX, of several processes, waits at its end for the others, and
they wait for this one in their next step.
"""

import atexit
import contextlib
import os
import re
import sys
from collections.abc import Iterator

from ageline.errors import AgelineError


@contextlib.contextmanager
def leaving_at_once() -> Iterator[None]:
    """Whatever the block raises is raised on, and shown; but what comes after that in this process is skipped.

    Raises:
        AgelineError: another process is gone.
    """
    try:
        yield
    except BaseException as error:
        # JAX' own handler, registered before this one and so run after it, would wait. The error is held so that nobody
        # clears away the frames that it came through, and with them what the engine reads from.
        atexit.register(_leave, _status(error), error)
        if isinstance(error, (RuntimeError, ValueError)) and re.search("Gloo|NCCL", str(error)):
            raise AgelineError(
                f"another process is gone, and training can't go on without it ({str(error).splitlines()[0]}). Look at"
                " what the others printed; then start them all again."
            ) from error
        raise


def _status(error: BaseException) -> object:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.code if isinstance(error, SystemExit) else 1


def _leave(status: object, _: BaseException) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 1)
