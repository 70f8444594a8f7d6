"""Processes that outlive the one that started them, and who comes after them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ageline.training.survivor import only_one

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"} | {"PYTHONPATH": str(ROOT)}

HOLD = """
import sys
from pathlib import Path
from ageline.training.survivor import only_one
with only_one(Path(sys.argv[1])):
    print("holds", flush=True)
    sys.stdin.readline()
"""

# As dvc does, starts a training of batches without work by way of a shell, tells the shell's number, and goes away.
LEAVE = """
import os, subprocess, sys
code, script, *by_dvc = sys.argv[1:]
environment = os.environ | {"PYTHON": sys.executable, "CODE": code} | dict.fromkeys(by_dvc, "train")
print(subprocess.Popen(["sh", "-c", script], env=environment).pid, flush=True)
sys.stdin.readline()
"""
BECOMES, STAYS = 'exec "$PYTHON" -c "$CODE"', '"$PYTHON" -c "$CODE"; true'  # as bash does, as dash does
CHILD = """
import os, time
from ageline.errors import AgelineError
from ageline.training.survivor import check_wanted
print(os.getpid(), flush=True)
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


@pytest.mark.parametrize("shell", [BECOMES, STAYS])
@pytest.mark.parametrize("by_dvc", [True, False])
def test_only_a_training_that_dvc_started_ends_when_dvc_is_gone(by_dvc, shell):
    dvc = python(LEAVE, CHILD, shell, *(["DVC_STAGE"] if by_dvc else []))
    shell_number, child = int(dvc.stdout.readline()), int(dvc.stdout.readline())
    assert (shell_number == child) == (shell == BECOMES)
    while dvc.stdout.readline() != "3\n":  # it trains as long as dvc is there
        assert dvc.poll() is None
    dvc.kill()
    shown = [dvc.stdout.readline() for _ in range(9)]
    assert any("dvc, which started this training, is gone" in line for line in shown) == by_dvc
    if not by_dvc:
        os.kill(child, 9)
    dvc.communicate()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists() or Path(f"/proc/{child}/stat").read_text().split()[2] == "Z"


def test_a_training_whose_shell_alone_is_gone_ends():
    dvc = python(LEAVE, CHILD, STAYS, "DVC_STAGE")
    shell_number = int(dvc.stdout.readline())
    while dvc.stdout.readline() != "3\n":
        assert dvc.poll() is None
    os.kill(shell_number, 9)
    assert any("is gone" in dvc.stdout.readline() for _ in range(9))
    dvc.communicate("\n")
