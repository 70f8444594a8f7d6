"""A team's repository with a hub and a DVC remote, and branches that want to go into its main branch.

    better   a model that was trained for long enough, where main's saw each face once
    worse    one whose answer starts at zero and learns for one epoch
    edited   main's metrics.json, with a better figure written into it by hand
    forged   main's metrics.json and predictions.csv, so edited that they agree, and so does dvc.lock

The first two are honest: they ran, were pushed and committed.
"""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from project import SMALL_CNN, Project

# The gate compares models on 50 faces in common and more; the test fold has 66. All of it is for a run in some seconds.
MAIN = SMALL_CNN | {
    "sample.faces": 200,
    "ingest.split.fractions": [0.5, 0.15, 0.35],
    "train.optimizer.learning_rate": 0.001,
    "train.batch_size": 8,
    "gate.limit": 45,  # years: the worse model is under it, so that it is the comparison which stops it
}
BETTER = {"train.phases.fine_tune.epochs": 30}
WORSE = {"model.top.output_bias": "zero"}
PULLS = {"better": 1, "worse": 2, "edited": 3, "forged": 3}  # numbers: who was found out tries again in the same one


class Team(NamedTuple):
    """Folders: Ada's clone, in which she works; hub.git, which all push to; storage, the DVC remote."""

    folder: Path

    @property
    def ada(self) -> Project:
        return Project(self.folder / "ada")

    @property
    def hub(self) -> str:
        return f"file://{self.folder}/hub.git"

    @property
    def storage(self) -> Path:
        return self.folder / "storage"

    @property
    def config_local(self) -> str:
        """What lets DVC into the remote: the committed address leads nowhere, as one without its credentials does."""
        return f"['remote \"storage\"']\n    url = {self.storage}\n"

    def commit_of(self, revision: str) -> str:
        return self.ada.run("git", "rev-parse", f"{revision}^{{commit}}").strip()

    def metrics_of(self, revision: str) -> dict[str, float]:
        return json.loads(self.ada.run("git", "show", f"{revision}:metrics/metrics.json"))


def make_team(folder: Path) -> Team:
    """All of it: some minutes of processor time, in which the two models train side by side."""
    team, ada = Team(folder), Project.tiny(folder / "ada")
    ada.set_params(MAIN)
    ada.run("dvc", "remote", "add", "--default", "storage", f"{folder}/nowhere")
    (ada.folder / ".dvc/config.local").write_text(team.config_local)
    ada.run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder / "hub.git"))
    ada.run("git", "remote", "add", "origin", team.hub)
    ada.repro()
    ada.commit("A model that saw each face once")
    push(ada, "main")
    with ThreadPoolExecutor() as both:
        for done in [both.submit(train_on, team, "better", BETTER), both.submit(train_on, team, "worse", WORSE)]:
            done.result()
    edit(team)
    forge(team)
    for branch in PULLS:
        merge(team, branch)
    return team


def push(project: Project, branch: str) -> None:
    project.run("dvc", "push", "--quiet")
    project.run("git", "push", "--quiet", "origin", branch)


def train_on(team: Team, branch: str, changes: Mapping[str, object]) -> None:
    """In a copy of Ada's clone, cache and all: change params, run, push."""
    copy = Project(team.folder / branch)
    shutil.copytree(team.ada.folder, copy.folder, symlinks=True)
    copy.run("git", "switch", "--quiet", "--create", branch)
    copy.set_params(dict(changes))
    assert copy.repro() == ["train", "evaluate", "export"]
    copy.commit(f"A {branch} model")
    push(copy, branch)


def edit(team: Team) -> None:
    ada = team.ada
    ada.run("git", "switch", "--quiet", "--create", "edited", "main")
    halve_mae(ada)
    ada.commit("A better figure, and no run")
    push(ada, "edited")


def forge(team: Team) -> None:
    """Each prediction moves half way to the truth, and all that is derived from it with it."""
    ada = team.ada
    ada.run("git", "switch", "--quiet", "--create", "forged", "main")
    path = ada.folder / "metrics/predictions.csv"
    predictions = pd.read_csv(path)
    predictions.predicted = (predictions.predicted + predictions.true) / 2
    predictions.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")
    halve_mae(ada, mae=float((predictions.predicted.round(4) - predictions.true).abs().mean()))
    ada.run("dvc", "commit", "--quiet", "--force", "evaluate", "export")
    ada.commit("Better figures everywhere, and no run")
    push(ada, "forged")


def halve_mae(project: Project, mae: float | None = None) -> None:
    path = project.folder / "metrics/metrics.json"
    metrics = project.metrics()
    metrics |= {name: round(metrics[name] / 2, 4) for name in ("mae_low", "mae_high")}
    metrics["mae"] = round(metrics["mae"] / 2 if mae is None else mae, 4)
    path.write_text(json.dumps(metrics, indent=2) + "\n")


def merge_ref(branch: str) -> str:
    """Where the hub has a branch merged into main; on GitHub it is named by the pull request's number."""
    return f"refs/pull/{branch}/merge"


def merge(team: Team, branch: str) -> None:
    """Make the commit that GitHub makes of a pull request and has workflows check out."""
    ada = team.ada
    ada.run("git", "fetch", "--quiet", "origin")
    tree = ada.run("git", "rev-parse", f"origin/{branch}^{{tree}}").strip()  # main has not moved on
    parents = ("-p", "origin/main", "-p", f"origin/{branch}")
    merged = ada.run("git", "commit-tree", tree, *parents, "-m", f"Merge {branch} into main").strip()
    ada.run("git", "push", "--quiet", "origin", f"{merged}:{merge_ref(branch)}")
