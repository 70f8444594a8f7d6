"""Files of a source that are no files: what a worker may be given to read."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from photos import BLUE, photo


@dataclass(frozen=True)
class InMemory:
    data: bytes

    def read(self):
        return self.data


@dataclass(frozen=True)
class Deadly:
    """Takes the process that reads it down, as the kernel does when memory runs out.

    Only the first one, where it has a place to remember that.
    """

    memory: Path | None = None

    def read(self):
        if self.memory and self.memory.exists():
            return photo(BLUE)
        if self.memory:
            self.memory.touch()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError
