"""Two processes that would train in one place: who dvc leaves behind when it alone is killed, and who comes next.

The one left behind would write into outs that DVC has cleared for the next one. It notices that its parent is gone and
ends with the batch that it is at; the next one waits for it. Nothing here imports Keras: dvc may be killed while the
engine loads, and a stage has to know its parent before that.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ageline.errors import AgelineError
from ageline.store import locked

PARENT = os.getppid()  # as early as can be: who is adopted later has another one
PAUSE = 0.2  # seconds between two looks at a lock that another process holds


def check_wanted() -> None:
    """Raise if dvc started this process and is gone; who was started otherwise may outlive whom it likes.

    Raises:
        AgelineError: it is gone.
    """
    if "DVC_ROOT" in os.environ and os.getppid() != PARENT:
        raise AgelineError(
            "dvc, which started this training, is gone, so that nobody would take its model in. Run `dvc repro`: it"
            " goes on after the last epoch whose state was saved."
        )


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
