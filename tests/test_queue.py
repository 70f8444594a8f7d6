"""Recipes in DVC's queue, and two experiments at once: each ends with a result of its own, and none blocks another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SMALL_CNN, Project, wait_for

from ageline.overrides import flatten

# A recipe keeps all but its backbone and its size of faces, with which each would take half a minute longer.
SMALL = [f"-S{key}={value}" for key, value in SMALL_CNN.items()]
RECIPES = {
    "A1": {"train.loss": "mse", "model.top.units": [1000, 64], "train.batch_size": 16},
    "A5": {"train.loss": "mse", "model.top.units": [256, 64], "train.batch_size": 32},
    "B": {"train.loss": "mae", "model.top.units": [112], "train.batch_size": 32},
    "D": {"train.loss": "mse", "model.top.units": None, "train.batch_size": 32},
}


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    """A repository in which nothing has run yet; the queue's worker does not outlive the test."""
    (tmp_path / "repository").mkdir()
    made = Project.tiny(tmp_path / "repository")
    yield made
    made.end_all()


def statuses(project: Project) -> dict[str, str]:
    """What `dvc queue status` says of each experiment: Queued, Running, Success or Failed."""
    rows = [line.split() for line in project.run("dvc", "queue", "status").splitlines() if line]
    return {row[1]: row[-1] for row in rows if row[0] not in {"Task", "Worker"}}


@pytest.mark.long
def test_four_recipes_in_the_queue_finish_with_four_results(project):
    for name in RECIPES:
        project.run("ageline", "recipe", "run", name, "--queue", "--budget", "smoke", "-Smodel.weights=random", *SMALL)
    names = [f"{name}-smoke" for name in RECIPES]
    assert statuses(project) == dict.fromkeys(names, "Queued")

    project.run("dvc", "queue", "start", "-j", "1")
    wait_for(lambda: not {"Queued", "Running"} & set(statuses(project).values()), 600, "the end of the queue", pause=8)
    assert statuses(project) == dict.fromkeys(names, "Success")

    shown = results(project)
    assert set(shown) == set(names)
    for name, expected in RECIPES.items():
        params = flatten(shown[f"{name}-smoke"]["params"]["params.yaml"]["data"])
        assert {key: params[key] for key in expected} == expected
    errors = [result["metrics"]["metrics/metrics.json"]["data"]["mae"] for result in shown.values()]
    assert len(set(errors)) == 4
    assert project.run("git", "status", "--porcelain") == ""


def results(project: Project) -> dict[str, dict]:
    """By name, what `dvc exp show` knows of the finished experiments of this commit."""
    _, commit = json.loads(project.run("dvc", "exp", "show", "--json"))
    return {shown["revs"][0]["name"]: shown["revs"][0]["data"] for shown in commit["experiments"]}


RATES = {"one": 0.002, "other": 0.001}


@pytest.mark.long
def test_two_experiments_at_once_end_as_they_do_alone_and_share_no_scratch(project, tmp_path):
    project.set_params(SMALL_CNN | {"train.phases.fine_tune.epochs": 3, "resume.seconds": 0})
    project.commit("A second of training")
    running = [
        project.start(
            "dvc", "exp", "run", "--temp", "-n", name, f"-Strain.optimizer.learning_rate={rate}",
            log=tmp_path / f"{name}.log",
        )
        for name, rate in RATES.items()
    ]  # fmt: skip
    states: dict[Path, set[str]] = {}
    wait_for(lambda: look(project, states) or all(run.poll() is not None for run in running), 300, "the end of both")
    assert [run.returncode for run in running] == [0, 0], "".join(log.read_text() for log in tmp_path.glob("*.log"))

    assert [len(fingerprints) for fingerprints in states.values()] == [1, 1]
    assert len(set.union(*states.values())) == 2
    assert not (project.folder / ".scratch").exists()
    together = {name: result["metrics"]["metrics/metrics.json"]["data"] for name, result in results(project).items()}
    assert together == alone(project, tmp_path / "alone")
    assert together["one"] != together["other"]


def look(project: Project, states: dict[Path, set[str]]) -> None:
    """Note what DVC's copies of the repository keep of a training, by folder; they are gone with the experiment."""
    for state in project.folder.glob(".dvc/tmp/exps/standalone/*/.scratch/train/[0-9a-f]*/"):  # none on its way out
        states.setdefault(state.parent, set()).add(state.name)


def alone(project: Project, folder: Path) -> dict[str, dict[str, float]]:
    """The metrics of the same trainings, one after the other in the workspace of another repository."""
    project.run("git", "clone", "--quiet", ".", str(folder))
    other = Project(folder)
    metrics = {}
    for name, rate in RATES.items():
        other.set_params({"train.optimizer.learning_rate": rate})
        other.repro()
        metrics[name] = other.metrics()
    return metrics
