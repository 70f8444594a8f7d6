"""Processes that outlive the one that started them, and who comes after them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ageline.training.survivor import only_one

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"} | {"PYTHONPATH": str(ROOT)}

HOLD = """
import sys
from pathlib import Path
from ageline.training.survivor import only_one
with only_one(Path(sys.argv[1])):
    print("holds", flush=True)
    sys.stdin.readline()
"""

# Starts a training of batches without work, tells its number, and goes away.
LEAVE = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", sys.argv[1]]).pid, flush=True)
sys.stdin.readline()
"""
CHILD = """
import time
from ageline.errors import AgelineError
from ageline.training.survivor import check_wanted
print("trains", flush=True)
for batch in range(300):
    time.sleep(0.1)
    try:
        check_wanted()
    except AgelineError as error:
        print(error, flush=True)
        break
    print(batch, flush=True)
"""


def python(code: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=ENVIRONMENT | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_next_training_says_for_whom_it_waits_and_goes_on_when_that_one_is_gone(tmp_path):
    first = python(HOLD, str(tmp_path))
    assert first.stdout.readline() == "holds\n"
    second = python(HOLD, str(tmp_path))
    waiting = (
        f"waiting: Another process ({first.pid}) is writing to {tmp_path} and holds lock there. Wait for its end, "
    )
    assert second.stdout.readline().startswith(waiting)
    first.kill()
    first.communicate()
    assert second.stdout.readline() == "holds\n"
    second.communicate("\n")
    with only_one(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize("by_dvc", [True, False])
def test_only_a_training_that_dvc_started_ends_when_its_parent_is_gone(by_dvc):
    parent = python(LEAVE, CHILD, **({"DVC_ROOT": str(ROOT)} if by_dvc else {}))
    child = int(parent.stdout.readline())
    while parent.stdout.readline() != "3\n":  # it trains as long as its parent is there
        assert parent.poll() is None
    parent.kill()
    shown = [parent.stdout.readline() for _ in range(9)]
    assert any("dvc, which started this training, is gone" in line for line in shown) == by_dvc
    if not by_dvc:
        os.kill(child, 9)
    parent.communicate()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists() or Path(f"/proc/{child}/stat").read_text().split()[2] == "Z"
