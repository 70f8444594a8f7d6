"""`ageline join`, as one types it, with a stage train that writes down what it was told."""

import subprocess
import sys
from pathlib import Path

import pytest

from ageline.cli import main
from ageline.training.launch import Launch, read_launch

ROOT = Path(__file__).parent.parent
TOGETHER = {
    "KERAS_DISTRIBUTION_JOB_ADDRESSES": "10.0.0.1:7337",
    "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    "KERAS_DISTRIBUTION_PROCESS_ID": "1",
}
STAGE = """\
stages:
  train:
    cmd: >-
      sh -c 'echo "$KERAS_DISTRIBUTION_PROCESS_ID $0 $1"; exit 3'
      --model 'a name'
"""


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """The current folder, with a dvc.yaml, in the environment of process 1 of 2."""
    (tmp_path / "dvc.yaml").write_text(STAGE)
    monkeypatch.chdir(tmp_path)
    for name, value in TOGETHER.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_it_runs_the_command_of_the_stage_and_ends_as_that_does():
    command = [sys.executable, "-c", "import sys; from ageline.cli import main; sys.exit(main(['join']))"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("1 --model a name\n", "", 3)


@pytest.mark.usefixtures("here")
def test_process_0_runs_dvc_repro(monkeypatch, capsys):
    monkeypatch.setenv("KERAS_DISTRIBUTION_PROCESS_ID", "0")
    assert main(["join"]) == 2
    assert capsys.readouterr().err == (
        "error: KERAS_DISTRIBUTION_PROCESS_ID is 0, and process 0 is the one that runs `dvc repro`; those from 1 to 1"
        " join it.\n"
    )


@pytest.mark.usefixtures("here")
def test_without_the_variables_there_is_nothing_to_join(monkeypatch, capsys):
    for name in TOGETHER:
        monkeypatch.delenv(name)
    assert main(["join"]) == 2
    assert "_PROCESS_ID are not set, so there is no training to join." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "error: dvc.yaml does not exist in "),
        ("stages: [", "error: dvc.yaml cannot be read: "),
        ("stages:\n  evaluate:\n    cmd: x\n", "error: dvc.yaml has no stage train with a cmd"),
        ("- stages\n", "error: dvc.yaml has no stage train with a cmd"),
        (
            "stages:\n  train:\n    cmd: [a, b]\n",
            "should be one command without ${...}, which only DVC fills in, received ['a'",
        ),
        (
            "stages:\n  train:\n    cmd: run ${seed}\n",
            "should be one command without ${...}, which only DVC fills in, received 'run",
        ),
        (
            "stages:\n  train:\n    cmd: ageline-has-no-such-command\n",
            "`ageline-has-no-such-command` of stage train in dvc.yaml",
        ),
    ],
)
def test_what_cannot_be_run_is_said(here, capsys, text, message):
    if text is None:
        (here / "dvc.yaml").unlink()
    else:
        (here / "dvc.yaml").write_text(text)
    assert main(["join"]) == 2
    assert message in capsys.readouterr().err


def test_the_shipped_pipeline_can_be_joined(monkeypatch):
    from ageline.join_command import read_command

    monkeypatch.chdir(ROOT)
    assert read_command().startswith("python -m stages.train --train data/faces/train ")


def test_one_address_or_one_for_each_process_says_where_process_0_is():
    assert read_launch({}) is None
    assert read_launch(dict.fromkeys(TOGETHER, "")) is None
    assert read_launch(TOGETHER) == Launch("10.0.0.1:7337", 2, 1)
    both = TOGETHER | {"KERAS_DISTRIBUTION_JOB_ADDRESSES": "[::1]:7337, node-2:7337"}
    assert read_launch(both) == Launch("[::1]:7337", 2, 1)
