"""A model that is scored again in a clone that has nothing but Git and the remote, as CI does it."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
import yaml
from project import ROOT, SMALL_CNN, Project, environment

METRICS, PREDICTIONS = "metrics/metrics.json", "metrics/predictions.csv"
SCRIPT = (ROOT / "ci/rescore").read_text()


def test_the_model_is_scored_as_stage_evaluate_does_but_without_training_faces():
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["evaluate"]
    flags = dict(re.findall(r"(--[a-z]+) (\S+)", stage["cmd"]))
    scored = dict(re.findall(r"^ +(--[a-z]+) (\S+)", SCRIPT, flags=re.M))
    assert flags.keys() - scored.keys() == {"--train"}
    assert {flag for flag in scored if not scored[flag].startswith('"$elsewhere/')} == {
        "--model", "--epochs", "--val", "--test", "--history", "--metrics", "--predictions",
    }  # fmt: skip
    assert {flag for flag in scored if scored[flag] != flags[flag]} == {
        "--tables",
        "--figures",
        "--report",
        "--scratch",
    }
    (pulled,) = re.findall(r"^needed=\((.*)\)$", SCRIPT, flags=re.M)
    data = [dep for dep in stage["deps"] if dep.startswith(("data/", "models/", "metrics/"))]
    assert set(pulled.split()) == set(data) - {flags["--train"]}


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Project:
    """A repository in which the pipeline ran once, with a DVC remote that has all that is pushed."""
    folder = tmp_path_factory.mktemp("origin")
    (folder / "repository").mkdir()
    made = Project.tiny(folder / "repository")
    made.set_params(SMALL_CNN)
    made.run("dvc", "remote", "add", "--default", "storage", str(folder / "storage"))
    made.repro()
    made.commit("First run")
    made.run("dvc", "push")
    return made


@pytest.fixture
def clone(origin, tmp_path) -> Project:
    """A fresh one, without data."""
    origin.run("git", "clone", "--quiet", str(origin.folder), str(tmp_path / "clone"))
    return Project(tmp_path / "clone")


def ci(project: Project, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the project, with the project's own code."""
    own = environment() | {"PYTHONPATH": str(project.folder)}
    return subprocess.run([script], cwd=project.folder, env=own, check=False, capture_output=True, text=True)


def changed(project: Project, path: str, old: str, new: str) -> None:
    project.edit(path, old, new)
    project.commit("Edited by hand")


def committed(project: Project) -> dict[str, str]:
    return {path: project.run("git", "show", f"HEAD:{path}") for path in (METRICS, PREDICTIONS)}


def lower_mae(project: Project) -> float:
    """Commit half of the mae; gives the one that was found."""
    mae = project.metrics()["mae"]
    changed(project, METRICS, f'"mae": {json.dumps(mae)}', f'"mae": {round(mae / 2, 4)}')
    return mae


@pytest.mark.long
def test_honest_figures_are_confirmed_from_the_model_and_two_folds(clone):
    done = ci(clone, "ci/rescore")
    assert done.stdout.splitlines()[-1].startswith("metrics.json and predictions.csv of "), done.stderr
    assert done.stdout.splitlines()[-1].endswith(" faces are those of HEAD, to the last digit.")
    assert done.returncode == 0
    assert not (clone.folder / "data/faces/train").exists()
    assert clone.run("git", "status", "--porcelain") == ""
    assert not (clone.folder / "metrics/evaluate").exists()


@pytest.mark.long
def test_a_lower_mae_that_was_written_by_hand_is_stopped(clone):
    mae = lower_mae(clone)
    done = ci(clone, "ci/rescore")
    assert done.returncode == 1, done.stderr
    assert f"mae is {round(mae / 2, 4)} at HEAD and {mae} here:" in done.stdout
    assert clone.metrics()["mae"] == mae  # for the gate


@pytest.mark.long
def test_predictions_that_were_written_by_hand_are_stopped(clone):
    predictions = pd.read_csv(clone.folder / PREDICTIONS)
    predictions.assign(predicted=predictions.true).to_csv(clone.folder / PREDICTIONS, index=False)
    clone.commit("As if it knew")
    done = ci(clone, "ci/rescore")
    assert done.returncode == 1, done.stderr
    assert re.search(r"^predicted of \d+ of \d+ faces is over 0.5 years apart: ", done.stdout, flags=re.M)


@pytest.mark.long
def test_a_model_that_was_not_pushed_is_an_error(origin, clone, tmp_path):
    lock = yaml.safe_load((clone.folder / "dvc.lock").read_text())["stages"]["train"]["outs"]
    (md5,) = [out["md5"] for out in lock if out["path"] == "models/model.keras"]
    shutil.copytree(origin.folder.parent / "storage", tmp_path / "storage")
    (tmp_path / "storage/files/md5" / md5[:2] / md5[2:]).unlink()
    clone.run("dvc", "remote", "modify", "--local", "storage", "url", str(tmp_path / "storage"))
    done = ci(clone, "ci/rescore")
    assert done.returncode == 2
    assert "Where files are missing in the remote, run `dvc push` in the clone that trained the model" in done.stderr


@pytest.mark.long
def test_figures_that_are_not_committed_are_not_written_over(clone):
    clone.edit(METRICS, '"n_failed": 0', '"n_failed": 1')
    done = ci(clone, "ci/rescore")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {METRICS} {PREDICTIONS} are not as committed")
    assert clone.metrics()["n_failed"] == 1


@pytest.mark.long
def test_committed_figures_that_the_pipeline_does_not_give_are_found(clone):
    done = ci(clone, "ci/reproduced")
    assert (done.returncode, done.stderr) == (0, "")
    found = committed(clone)
    lower_mae(clone)
    for path, text in found.items():  # as `make repro` writes them
        (clone.folder / path).write_text(text)
    done = ci(clone, "ci/reproduced")
    assert (done.returncode, done.stderr) == (1, "")
    assert "What HEAD has is not what its model gives here." in done.stdout
