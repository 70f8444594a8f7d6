"""Two processes that would train in one place: who dvc leaves behind when it alone is killed, and who comes next.

The one left behind would write into outs that DVC has cleared for the next one. It notices that its parent is gone and
ends with the batch that it is at; the next one waits for it. Nothing here imports Keras: dvc may be killed while the
engine loads, and a stage has to know its parent before that.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from ageline.errors import AgelineError
from ageline.store.files import locked

PAUSE = 0.2  # seconds between two looks at a lock that another process holds


def _in_stage(process: psutil.Process) -> bool:
    """Whether DVC set this process' environment as that of a stage."""
    try:
        return "DVC_STAGE" in process.environ()
    except psutil.Error:
        return False


def _of_stage() -> list[tuple[psutil.Process, int]]:
    """This process and those above it that belong to its stage, each with its parent's number.

    DVC starts a stage by way of a shell, which becomes the stage (bash), or stays until the stage ends (dash).
    """
    found, process = [], psutil.Process()
    while process is not None and _in_stage(process):
        found.append((process, process.ppid()))
        process = process.parent()
    return found


STAGE = _of_stage()  # as early as can be: who is adopted later has another parent


def check_wanted() -> None:
    """Raise if dvc started this process and is gone; who was started otherwise may outlive whom it likes.

    Raises:
        AgelineError: it is gone.
    """
    if not all(_is_child(process, parent) for process, parent in STAGE):
        raise AgelineError(
            "dvc, which started this training, is gone, so that nobody would take its model in. Run `dvc repro`: it"
            " goes on after the last epoch whose state was saved."
        )


def _is_child(process: psutil.Process, parent: int) -> bool:
    try:
        return bool(process.ppid() == parent)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, which the system frees however this process ends; first wait for who holds it now.

    Raises:
        AgelineError: dvc, which started this process, is gone.
    """
    with ExitStack() as stack:
        told = False
        while True:
            check_wanted()
            try:
                stack.enter_context(locked(folder / "lock"))
                break
            except AgelineError as held:
                if not told:
                    print(f"waiting: {held}", flush=True)
                told = True
            time.sleep(PAUSE)
        yield
