"""A real git repository for a test to work in."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ageline.params import Bootstrap, load_params
from ageline.scoring.ages import metrics as ages
from ageline.scoring.ages.predictions import check_predictions
from ageline.scoring.genders import metrics as genders
from ageline.store.manifest import GENDERS

ROOT = Path(__file__).parent.parent
AGES = (5, 15, 20, 30, 40, 50, 65, 75)  # years: one in each of the shipped evaluate.age_bins


def params_with_limit(limit: str) -> str:
    """The shipped params.yaml with this gate.limit."""
    shipped = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text, changed = re.subn(r"^  limit: .*$", f"  limit: {limit}", shipped, flags=re.M)
    assert changed == 1
    return text


def run_of(errors: Sequence[float]) -> dict[str, str]:
    """What `dvc repro` leaves in Git of a model with these errors in years, a face each, on ages 5 to 75 by turns."""
    faces = pd.DataFrame({"face_id": [f"face{number:03}" for number in range(len(errors))]})
    faces["true"] = [float(AGES[number % len(AGES)]) for number in range(len(errors))]
    faces["predicted"] = faces.true + list(errors)
    predictions, evaluate = check_predictions(faces), load_params(ROOT / "params.yaml").evaluate
    quick = evaluate.model_copy(update={"bootstrap": Bootstrap(samples=100, seed=1)})  # its intervals are not written
    metrics = ages.measure(predictions, ages.table_by_age(predictions, quick), evaluate.bootstrap)
    return _files(metrics | {"n_test": len(errors)}, predictions)


def run_of_genders(right: Sequence[bool]) -> dict[str, str]:
    """The same of a model of genders that is right about some faces, and always as sure; women and men take turns."""
    faces = pd.DataFrame({"face_id": [f"face{number:03}" for number in range(len(right))]})
    faces["true"] = [GENDERS[number % 2] for number in range(len(right))]
    faces["predicted"] = [GENDERS[(number + (not hit)) % 2] for number, hit in enumerate(right)]
    predictions = faces.assign(**{gender: np.where(faces.predicted == gender, 0.9, 0.1) for gender in GENDERS})
    return _files(genders.measure(predictions), predictions)


def _files(metrics: dict[str, float], predictions: pd.DataFrame) -> dict[str, str]:
    return {
        "metrics/metrics.json": json.dumps(metrics, indent=2) + "\n",
        "metrics/predictions.csv": predictions.to_csv(index=False, lineterminator="\n"),
    }


class Repository:
    """An empty repository, made the current folder; this machine's git settings do not reach it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_NAME", "A Tester")
            monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.org")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        folder.mkdir()
        monkeypatch.chdir(folder)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it printed."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True, encoding="utf-8")
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str], message: str = "A change") -> str:
        """Write and commit files, and return the commit's id."""
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")
