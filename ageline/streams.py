"""What a command prints, wherever it goes: to a terminal, nowhere (`2>&-`, as of cron), or to who reads no more."""

import os
import sys
from typing import TextIO

from ageline.errors import shown


def open_closed() -> None:
    """Let standard streams that were closed lead nowhere; else the next files opened would get their numbers."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))


def say(text: str, stream: TextIO) -> None:
    """Print a line; what its encoding lacks is spelled out.

    A stream that is full, or that nobody reads, stops nothing: the work is done, and the exit status says what became
    of it.
    """
    encoding = stream.encoding or "utf-8"
    try:
        print(shown(text).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # else Python tries once more as it ends, and fails
