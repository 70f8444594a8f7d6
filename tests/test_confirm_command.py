"""`ageline confirm`, as one types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT, Repository, run_of

from ageline.cli import main
from ageline.gate.runs import METRICS, PREDICTIONS

ERRORS = [2.0, -1.0, 4.0, -3.0] * 5
LAST_DIGITS = [error + 0.0001 for error in ERRORS]


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """A repository whose last commit has a run; the one before has none."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({"age.txt": "42\n"})
    project.commit(run_of(ERRORS))
    return project


def confirm(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["confirm", *arguments])
    return status, *capsys.readouterr()


def write(repository: Repository, files: dict[str, str]) -> None:
    for path, text in files.items():
        repository.write(path, text)


def test_what_was_committed_is_what_is_here(capsys):
    same = "metrics.json and predictions.csv of 20 faces are those of HEAD, to the last digit.\n"
    assert confirm(capsys) == (0, same, "")


def test_a_revision_is_called_by_its_name(repository, capsys):
    commit = repository.git("rev-parse", "HEAD")
    write(repository, run_of(LAST_DIGITS))
    assert "are those of main up to rounding" in confirm(capsys, "main")[1]
    assert f"are those of {commit[:10]} up to rounding" in confirm(capsys, commit)[1]


def test_a_metric_that_was_edited(repository, capsys):
    metrics = Path(METRICS).read_text()
    repository.commit({METRICS: metrics.replace('"mae": 2.5', '"mae": 2.1')})
    repository.write(METRICS, metrics)  # as scoring again writes it
    status, printed, error = confirm(capsys)
    assert (status, error) == (1, "")
    assert printed.splitlines() == [
        "mae is 2.1 at HEAD and 2.5 here: 0.4000 years apart, expected at most 0.0200.",
        "What HEAD has is not what its model gives here. Run `dvc repro`, commit dvc.lock and both files together, and"
        " `dvc push`.",
    ]
    assert confirm(capsys, "--markdown")[1].startswith("- mae is 2.1 at HEAD")
    assert confirm(capsys, "--within", "0.4")[0] == 0
    assert confirm(capsys, "--retrained")[0] == 1  # with the same predictions it is the same model


def test_predictions_that_were_edited(repository, capsys):
    write(repository, run_of([*ERRORS[:-1], -2.0]))
    status, printed, _ = confirm(capsys)
    assert status == 1
    assert "predicted of 1 of 20 faces is over 0.5 years apart: face019 (27 at HEAD, 28 here)." in printed


def test_a_model_that_was_trained_again(repository, capsys):
    write(repository, run_of([1.0, -2.0, 4.5, -3.0] * 5))
    assert confirm(capsys)[0] == 1
    assert confirm(capsys, "--retrained", "--markdown") == (
        0,
        "Trained again, the model has the mae 2.62 years, that of HEAD 2.50: 0.12 apart on the same 20 faces, where"
        " chance explains 0.56.\n",
        "",
    )
    write(repository, run_of([error * 2 for error in ERRORS]))
    assert confirm(capsys, "--retrained")[0] == 1


def refused(capsys, *arguments: str) -> str:
    """The error, where nothing can be compared."""
    status, printed, error = confirm(capsys, *arguments)
    assert (status, printed) == (2, "")
    return error


def test_a_name_that_is_no_revision(capsys):
    assert "'nosuch' is no revision of this repository" in refused(capsys, "nosuch")


def test_a_revision_without_a_run(capsys):
    assert refused(capsys, "HEAD~1") == (
        "error: metrics/metrics.json at HEAD~1 does not exist, expected what a run left. Mend HEAD~1: run `dvc repro`"
        " there and commit what it writes. Or name another REV.\n"
    )


def test_a_merge_that_was_committed_half_done(repository, capsys):
    good = run_of(ERRORS)
    sides = f"<<<<<<< HEAD\n{good[METRICS]}=======\n{good[METRICS]}>>>>>>> other\n"
    repository.commit({METRICS: sides})
    repository.write(METRICS, good[METRICS])
    assert refused(capsys).startswith("error: metrics/metrics.json at HEAD is not readable as JSON")


@pytest.mark.parametrize("path", [METRICS, PREDICTIONS])
def test_a_file_that_is_not_here(path, capsys):
    Path(path).unlink()
    assert refused(capsys) == (
        f"error: {path} does not exist, expected what a run left. Run `dvc repro` in the folder of the clone; this is"
        f" {Path.cwd()}.\n"
    )


@pytest.mark.parametrize("path", [METRICS, PREDICTIONS])
def test_a_file_that_is_no_text(path, capsys):
    Path(path).write_bytes(b"\xff\xfe")
    assert refused(capsys).startswith(f"error: {path} cannot be read: 'utf-8' codec can't decode")


def test_a_folder_in_the_place_of_a_file(capsys):
    Path(METRICS).unlink()
    Path(METRICS).mkdir()
    assert refused(capsys).startswith(f"error: {METRICS} cannot be read:")


def test_a_folder_outside_of_git(tmp_path, monkeypatch, capsys):
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    assert "git finds no repository here" in refused(capsys)


@pytest.mark.parametrize("years", ["-1", "nan", "inf", "few"])
def test_a_tolerance_that_is_none(years, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["confirm", f"--within={years}"])
    assert "is no number of years, expected one such as 0.02" in capsys.readouterr().err


def test_a_training_again_has_no_tolerance_of_its_own(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["confirm", "--retrained", "--within=1"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_command_line_does_not_wait_for_it():
    loaded = "import sys, ageline.cli; print(sorted({'numpy', 'pydantic', 'ageline.confirm'} & {*sys.modules}))"
    told = subprocess.run(
        [sys.executable, "-c", loaded],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "[]\n"
