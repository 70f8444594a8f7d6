"""A repository with the scripts of ci/ and a pipeline of DVC that takes no time, for tests of those scripts.

project = SmallPipeline(tmp_path, monkeypatch)   # committed, with its data in a remote beside it
project.ci("ci/pushed").returncode
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from repository import ROOT, Repository, params_with_limit, run_of

GIVEN_BY_WORKFLOWS = ("ACCEPT_", "BASE", "BEFORE_SHA", "BRANCH", "CONFIRM", "DEFAULT_BRANCH", "DVC_", "GITHUB_",
                      "HEAD_SHA", "NAME", "OVERRIDES", "PULL_REQUEST", "REPORT", "STARTS_CHECKS", "STEPS")  # fmt: skip
PIPELINE = """\
stages:
  sample:
    cmd: echo faces > faces.txt
    params: [sample]
    outs: [faces.txt: {push: false}]
  train:
    cmd: cat faces.txt params.yaml > model.txt
    deps: [faces.txt]
    params: [train]
    outs: [model.txt]
  evaluate:
    cmd: mkdir -p metrics && cp score.csv metrics/predictions.csv && cp score.json metrics/metrics.json
    deps: [model.txt, score.csv, score.json]
    metrics: [metrics/metrics.json: {cache: false}]
    plots: [metrics/predictions.csv: {cache: false}]
"""


CONFIG = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../remote\n"
_FOLDER = TemporaryDirectory()


class Scripts(Repository):
    """A repository with the scripts of ci/, in an environment without what a workflow gives."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in list(os.environ):
            if name.startswith(GIVEN_BY_WORKFLOWS):
                monkeypatch.delenv(name)
        monkeypatch.setenv("DVC_NO_ANALYTICS", "true")
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        super().__init__(folder, monkeypatch)
        shutil.copytree(ROOT / "ci", folder / "ci", ignore=shutil.ignore_patterns("__pycache__"))
        self.write(".gitignore", "/.venv/\n/reports/\n/faces.txt\n/model.txt\n__pycache__/\n")

    def ci(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script here, with this added to the environment."""
        return subprocess.run(
            command, cwd=self.folder, env=os.environ | environment, check=False, capture_output=True, text=True
        )

    def run(self, *command: str) -> str:
        """What a command prints on stdout; it must succeed."""
        done = self.ci(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


class SmallPipeline(Scripts):
    """Those, in a fresh clone of a pipeline that has run: its data is in the remote `storage` alone."""

    def __init__(self, parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(parent / "clone", monkeypatch)
        self.remote = parent / "remote"
        shutil.copytree(_once() / "remote", self.remote)
        self.git("fetch", "--quiet", str(_once() / "clone"), "main")
        self.git("reset", "--quiet", "--hard", "FETCH_HEAD")

    def set_param(self, old: str, new: str) -> None:
        """Replace a part of params.yaml."""
        text = (self.folder / "params.yaml").read_text(encoding="utf-8")
        assert text.count(old) == 1, f"params.yaml has {text.count(old)} times {old!r}"
        self.write("params.yaml", text.replace(old, new))


@cache
def _once() -> Path:
    """A folder with a pipeline that has run, and its remote; one for all tests, for DVC takes seconds to start."""
    folder = Path(_FOLDER.name)
    with pytest.MonkeyPatch.context() as monkeypatch:
        made, files = Scripts(folder / "clone", monkeypatch), run_of([6.0] * 80)
        scored = {"score.json": files["metrics/metrics.json"], "score.csv": files["metrics/predictions.csv"]}
        settings = {".dvc/config": CONFIG, ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n"}
        made.commit({"params.yaml": params_with_limit("8.0"), "dvc.yaml": PIPELINE} | settings | scored)
        made.run("dvc", "repro", "--quiet")
        made.commit({}, "A run")
        made.run("dvc", "push", "--quiet")
    return folder
