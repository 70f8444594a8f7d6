"""DVC, and the training that it started, killed at one moment or another: `dvc repro` ends with the same bytes."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from project import SMALL_CNN, Project, wait_for

EPOCHS = 40
RESULTS = ("metrics/metrics.json", "metrics/predictions.csv", "models/model.keras")
SOON = 60  # seconds, on a machine that does other things too


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Project:
    """A repository in which every stage before train has run."""
    made = Project.tiny(tmp_path_factory.mktemp("prepared"))
    made.set_params(SMALL_CNN | {"train.phases.fine_tune.epochs": EPOCHS, "resume.seconds": 0})
    made.commit("Some seconds of training")
    assert made.repro("augment", "backbone")[-1] == "backbone"
    made.commit("All but train")
    return made


@pytest.fixture(scope="module")
def unbroken(prepared, tmp_path_factory) -> dict[str, bytes]:
    """The results of a run that nothing stopped."""
    project = Project(copied(prepared, tmp_path_factory.mktemp("unbroken") / "repository"))
    assert project.repro() == ["train", "evaluate", "export"]
    return results(project)


@pytest.fixture
def project(prepared, tmp_path) -> Iterator[Project]:
    """Such a repository again, to kill runs in."""
    made = Project(copied(prepared, tmp_path / "repository"))
    yield made
    made.end_all()


def copied(prepared: Project, folder: Path) -> Path:
    return shutil.copytree(prepared.folder, folder, symlinks=True)


def results(project: Project) -> dict[str, bytes]:
    return {name: (project.folder / name).read_bytes() for name in RESULTS}


def saved(project: Project) -> int:
    """The last epoch whose state is in the scratch."""
    states = project.folder.glob(".scratch/train/*/epoch-*")
    return max((int(state.name.removeprefix("epoch-")) for state in states), default=0)


def trained(printed: str) -> list[int]:
    """The epochs that a run of train printed a line about."""
    return [int(number) for number in re.findall(r"^fine_tune +(\d+)/", printed, re.MULTILINE)]


def killed_in_training(project: Project, log: Path) -> int:
    """Run `dvc repro` until some epochs are saved, kill it and its training, and return the last saved epoch."""
    dvc = project.start("dvc", "repro", log=log)
    wait_for(lambda: saved(project) >= 3, SOON, "the end of epoch 3", pause=0.01)
    kill_all_of(dvc)
    assert 3 <= saved(project) < EPOCHS
    return saved(project)


def kill_all_of(dvc: "subprocess.Popen[bytes]") -> None:
    os.killpg(dvc.pid, signal.SIGKILL)
    dvc.wait()


@pytest.mark.long
def test_killed_in_training_and_then_in_evaluate(project, unbroken, tmp_path):
    last = killed_in_training(project, tmp_path / "first.log")
    assert not (project.folder / "models/model.keras").exists()

    again = project.start("dvc", "repro", log=tmp_path / "again.log")
    wait_for(lambda: is_forgotten(project), SOON, "the start of evaluate", pause=0.01)
    kill_all_of(again)
    printed = (tmp_path / "again.log").read_text()
    assert f"goes on after epoch {last} (fine_tune)" in printed
    assert trained(printed) == list(range(last + 1, EPOCHS + 1))
    assert not (project.folder / "metrics/metrics.json").exists()

    assert project.repro() == ["evaluate", "export"]
    assert results(project) == unbroken


def is_forgotten(project: Project) -> bool:
    """Whether evaluate has begun, which removes the state of a finished training."""
    return "train" in locked_stages(project) and not saved(project)


def locked_stages(project: Project) -> set[str]:
    """The stages in dvc.lock; none while DVC writes it, which it does not in one go."""
    try:
        locked = yaml.safe_load((project.folder / "dvc.lock").read_text())
    except yaml.YAMLError:
        return set()
    return set(locked["stages"]) if locked else set()


@pytest.mark.long
def test_what_dvc_alone_leaves_behind_ends_soon(project, unbroken, tmp_path, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/sh")  # which, where it is dash, stays between dvc and its stage
    dvc = project.start("dvc", "repro", log=tmp_path / "first.log")
    wait_for(lambda: saved(project) >= 3, SOON, "the end of epoch 3", pause=0.01)
    dvc.kill()
    dvc.wait()
    wait_for(lambda: not project.processes(), SOON, "the end of the training that dvc left behind")
    assert "dvc, which started this training, is gone" in (tmp_path / "first.log").read_text()
    last = saved(project)
    assert 3 <= last < EPOCHS
    assert not (project.folder / "models/model.keras").exists()

    printed = project.run("dvc", "repro")
    assert f"goes on after epoch {last} (fine_tune)" in printed
    assert trained(printed) == list(range(last + 1, EPOCHS + 1))
    assert results(project) == unbroken


@pytest.mark.long
def test_killed_before_dvc_took_the_model_in(project, unbroken, tmp_path):
    dvc = project.start("dvc", "repro", log=tmp_path / "first.log")
    wait_for((project.folder / "models/model.keras").exists, SOON, "the model", pause=0.001)
    kill_all_of(dvc)
    assert "train" not in locked_stages(project)

    printed = project.run("dvc", "repro")
    assert f"goes on after epoch {EPOCHS} (fine_tune)" in printed
    assert trained(printed) == []
    assert results(project) == unbroken


@pytest.mark.long
def test_another_setting_trains_from_the_start_and_the_old_one_goes_on(project, unbroken, tmp_path):
    last = killed_in_training(project, tmp_path / "first.log")
    printed = project.run("dvc", "exp", "run", "-Strain.optimizer.learning_rate=0.001")
    assert "goes on after" not in printed
    assert trained(printed) == list(range(1, EPOCHS + 1))
    assert results(project)["models/model.keras"] != unbroken["models/model.keras"]

    project.run("git", "restore", ".")
    printed = project.run("dvc", "repro")
    assert f"goes on after epoch {last} (fine_tune)" in printed
    assert trained(printed) == list(range(last + 1, EPOCHS + 1))
    assert results(project) == unbroken
