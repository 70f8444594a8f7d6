"""Two processes that would train in one place: who dvc leaves behind when it alone is killed, and who comes next.

The one left behind would write into outs that DVC has cleared for the next one. It notices that its parent is gone and
ends with the batch that it is at; the next one waits for it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import keras

from ageline.errors import AgelineError


class Orphan(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training that DVC started, once DVC is gone; one that was started otherwise goes on."""

    async_safe = True  # so that JAX need not wait for a batch before it begins the next

    def __init__(self) -> None:
        super().__init__()
        self._parent = os.getppid()
        self._started_by_dvc = "DVC_ROOT" in os.environ

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' own
        self.check()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.check()

    def check(self) -> None:
        """Raise if the process that started this one is gone.

        Raises:
            AgelineError: it is.
        """
        if self._started_by_dvc and os.getppid() != self._parent:
            raise AgelineError(
                "dvc, which started this training, is gone, so that nobody would take its model in. Run `dvc repro`:"
                " it goes on after the last epoch whose state was saved."
            )


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, which the system frees however this process ends; first wait for who holds it now."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for process {_holder(file)}, which still trains here; to go on at once, end it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
