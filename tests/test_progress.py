import os
import re
import sys
import termios

import pytest
from tiny_model import PLAIN, Run

from ageline.training.progress import duration, epoch_values


@pytest.fixture
def run(tmp_path, make_faces, make_params):
    params = make_params(PLAIN | {"train.phases.top.epochs": 1, "train.phases.fine_tune.epochs": 2})
    return Run(tmp_path, params, make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val"))


def test_numbers_of_an_epoch_fit_on_a_line():
    logs = {"loss": 0.15123, "accuracy": 0.9616, "val_loss": 0.2, "val_accuracy": 0.95, "learning_rate": 0.0003}
    assert epoch_values(logs, "accuracy") == "loss 0.151  accuracy 0.962  val_loss 0.200  val_accuracy 0.950  lr 0.0003"


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (250, "4:10"), (3599.7, "1:00:00"), (36605, "10:10:05")])
def test_time_reads_like_a_clock(seconds, text):
    assert duration(seconds) == text


def test_each_epoch_is_a_line_with_speed_and_time_left(run, capsys):
    run.learn()
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    values = r"loss [\d.]+  mae [\d.]+  val_loss [\d.]+  val_mae [\d.]+  lr 0.01  \d+ faces/s"
    assert re.fullmatch(rf"top 1/1  {values}  \d+:\d\d left", lines[0])
    assert re.fullmatch(rf"fine_tune 1/2  {values}  \d+:\d\d left", lines[1])
    assert re.fullmatch(rf"fine_tune 2/2  {values}", lines[2])
    assert re.fullmatch(r"3 epochs in 0:\d\d; the best, number 3, is kept; best val_mae [\d.]+ in epoch 3", lines[3])
    assert len(lines) == 4
    assert "\r" not in shown.out + shown.err


def test_on_a_terminal_a_line_moves_within_the_epoch(run, monkeypatch):
    terminal, process = os.openpty()
    termios.tcsetwinsize(process, (24, 100))
    with os.fdopen(process, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        run.learn()
        monkeypatch.undo()
        shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert re.search(r"\rfine_tune 2/2: .*0/5 \[", shown)
    assert "fine_tune 2/2  loss" in shown
