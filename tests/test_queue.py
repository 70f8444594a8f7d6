"""Recipes in DVC's queue, and two experiments at once: each ends with a result of its own, and none blocks another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SMALL_CNN, Project, wait_for

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
    wait_for(lambda: not {"Queued", "Running"} & set(statuses(project).values()), 600, "the end of the queue", pause=3)
    assert statuses(project) == dict.fromkeys(names, "Success")

    shown = results(project)
    assert set(shown) == set(names)
    for name, expected in RECIPES.items():
        params = shown[f"{name}-smoke"]["params"]["params.yaml"]["data"]
        assert {key: value_at(params, key) for key in expected} == expected
    errors = [result["metrics"]["metrics/metrics.json"]["data"]["mae"] for result in shown.values()]
    assert len(set(errors)) == 4
    assert project.run("git", "status", "--porcelain") == ""


def results(project: Project) -> dict[str, dict]:
    """By name, what `dvc exp show` knows of the finished experiments of this commit."""
    _, commit = json.loads(project.run("dvc", "exp", "show", "--json"))
    return {shown["revs"][0]["name"]: shown["revs"][0]["data"] for shown in commit["experiments"]}


def value_at(params: dict, key: str) -> object:
    for part in key.split("."):
        params = params[part]
    return params
