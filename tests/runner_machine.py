"""What a machine of GitHub's gives a job: an environment, and a clone, in which all is installed already."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from github_api import REPOSITORY

CHECKOUT = {"fetch-depth", "persist-credentials", "ref"}  # inputs of actions/checkout that are known here
LOCKS = ("cpu", "cuda")


class Machine(NamedTuple):
    """One for each job.

    Attributes:
        folder: of its own.
        hub: address of the Git repository.
        ref: what a workflow checks out unless it says otherwise, such as refs/pull/1/merge.
        home: the user's folder, shared by several, for fonts are listed anew in each.
    """

    folder: Path
    hub: str
    ref: str
    home: Path

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def environment(self, **github: str) -> dict[str, str]:
        """All that a step sees: nothing of the process that runs this test, but where its programs are.

        Git has no user, and there is no SHELL, as on a runner. `ageline` and `stages` are those of the workspace, for
        the virtual environment has them from where it was made.
        """
        nothing = {f"GIT_CONFIG_{whose}": os.devnull for whose in ("GLOBAL", "SYSTEM")}
        fixed = {
            "CI": "true",
            "DVC_SITE_CACHE_DIR": str(self.folder / "site"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.com",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": outer_path(),
            "PYTHONPATH": str(self.workspace),
        }
        return nothing | fixed | github

    def checkout(self, inputs: Mapping[str, str]) -> None:
        """As actions/checkout does: the one commit, or with fetch-depth 0 all of history and every branch."""
        assert set(inputs) <= CHECKOUT, inputs
        self.workspace.mkdir(parents=True)
        ref = f"refs/heads/{inputs['ref']}" if "ref" in inputs else self.ref
        local = f"refs/remotes/{ref.removeprefix('refs/').replace('heads/', 'origin/')}"
        everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
        deep = everything if inputs.get("fetch-depth") == "0" else ["--depth=1"]
        self._git("init", "--quiet")
        self._git("remote", "add", "origin", self.hub)
        self._git("fetch", "--quiet", "--no-tags", "origin", *deep, f"+{ref}:{local}")
        branch = ["-B", inputs["ref"]] if "ref" in inputs else ["--detach"]
        self._git("checkout", "--quiet", *branch, local)
        self._link_venv()

    def _link_venv(self) -> None:
        """Link the virtual environment of this test, so that make finds all installed."""
        own = self.workspace / ".venv"
        own.mkdir()
        for path in Path(sys.prefix).iterdir():
            if not path.name.startswith("."):
                (own / path.name).symlink_to(path)
        for kind in ("locked", "ready"):  # newer than requirements/ and pyproject.toml, one after the other
            for lock in LOCKS:
                (own / f".{kind}-{lock}.lock").touch()

    def _git(self, *arguments: str) -> None:
        done = subprocess.run(
            ["git", *arguments], cwd=self.workspace, env=self.environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def outer_path() -> str:
    """PATH without the virtual environment that this test runs in: the scripts find the one of their workspace."""
    own = {str(Path(sys.executable).parent), str(Path(sys.prefix, "bin"))} if sys.prefix != sys.base_prefix else set()
    return os.pathsep.join(folder for folder in os.environ["PATH"].split(os.pathsep) if folder not in own)
