"""This repository once more, with few and small faces, for tests that run DVC itself."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import yaml

from ageline.overrides import with_values

ROOT = Path(__file__).parent.parent
WRITTEN = {"dvc.lock", "metrics/metrics.json", "metrics/predictions.csv", "metrics/export.json"}
TINY = {
    "sample": {"faces": 60, "image_size": 32, "seed": 1},
    "ingest.image_size": 32,
    "ingest.split.fractions": [0.6, 0.2, 0.2],
    "augment.min_per_age": 2,
    "augment.max_copies": 1,
    "train.phases.fine_tune.epochs": 1,
    "train.batch_size": 16,
    "evaluate.bootstrap.samples": 100,
}
SMALL_CNN = {
    "model.backbone": "CNN",
    "ingest.image_size": 53,
}  # a second of training, where a ResNet50 compiles for ten


class Project:
    """A repository of the pipeline in `folder`; this machine's git settings do not reach it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def tiny(cls, folder: Path) -> "Project":
        """A copy of this repository, committed anew, with the tiny params."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        for name in filter(None, listed):
            if (ROOT / name).is_file() and name not in WRITTEN:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        made = cls(folder)
        made.set_params(TINY)
        made.run("git", "init", "--quiet", "--initial-branch=main")
        made.commit("Tiny params")
        return made

    def run(self, *command: str) -> str:
        """What the command prints on stdout; it must succeed."""
        done = subprocess.run(command, cwd=self.folder, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *command: str, log: Path) -> "subprocess.Popen[bytes]":
        """The command, begun in a process group of its own; it prints into `log`, and `end_all` ends it."""
        with log.open("wb") as file:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def processes(self) -> list[psutil.Process]:
        """All that work in this folder or below it: of DVC, its stages, its queue."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                # A zombie works nowhere any more, so that its folder can't be read.
                if Path(process.cwd()).is_relative_to(self.folder.resolve()):
                    found.append(process)
        return found

    def end_all(self) -> None:
        """Kill what still works here, whatever started it."""
        while processes := self.processes():
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(processes, timeout=10)

    def repro(self, *arguments: str) -> list[str]:
        """The stages that `dvc repro` ran, in its order."""
        lines = self.run("dvc", "repro", *arguments).splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def set_params(self, changes: dict[str, object]) -> None:
        path = self.folder / "params.yaml"
        params = with_values(yaml.safe_load(path.read_text()), changes)
        path.write_text(yaml.safe_dump(params, sort_keys=False))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        assert path.read_text().count(old) == 1, f"{file} has another text than this test knows"
        path.write_text(path.read_text().replace(old, new))

    def metrics(self) -> dict[str, float]:
        return json.loads((self.folder / "metrics/metrics.json").read_text())


def environment() -> dict[str, str]:
    """This process' own, with an author for Git, without this machine's Git settings: no signing, no hooks."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    identity = {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    settings = {f"GIT_CONFIG_{whose}": os.devnull for whose in ("GLOBAL", "SYSTEM")}
    return os.environ | identity | settings | {"PATH": search}


def wait_for(happened: Callable[[], bool], seconds: float, what: str, pause: float = 0.05) -> None:
    """Return as soon as it has happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds} seconds"
        time.sleep(pause)
