"""What a training follows from, as a short text: two that differ in anything that matters have other fingerprints."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ageline.errors import AgelineError
from ageline.params import Params
from ageline.training.durable import digest

ROOT = Path(__file__).parents[2]
# Of dvc.yaml's stage train; a test holds them against it.
PARAMS = ("target", "ingest.ages", "model", "train")
CODE = ("stages/train.py", "ageline/training", "ageline/model", "ageline/store")


def fingerprint(params: Params, data: Sequence[Path], devices: int = 1) -> str:
    """16 hexadecimal digits of what decides about the weights: params, data, code, and the libraries that compute.

    Every byte of the data is read, at some gigabytes a second where it is in memory: a small part of the first epoch.

    Args:
        params: the whole of params.yaml.
        data: files, or folders of files.
        devices: that share each batch, which decides about the faces that an epoch leaves out.
    """
    files = [file for name in CODE for file in _files(ROOT / name, ".py")]
    files += [file for path in data for file in _files(path)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        digests = list(threads.map(digest, files))
    parts = [_values(params), _libraries(), devices, [file.name for file in files], digests]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def check_unchanged(before: str, now: str) -> None:
    """Refuse to hand over a model when what it follows from was edited while it was trained.

    DVC notes params, code and data as they are when a stage ends: it would call the model that of the edited ones.

    Raises:
        AgelineError: the fingerprints differ.
    """
    if before != now:
        raise AgelineError(
            "params.yaml, code or data changed while the model was trained, and DVC would take it for one of what"
            f" stands there now. Its state is kept in the scratch ({before}): undo the change and run `dvc repro`,"
            " which trains nothing again; or keep it, and `dvc repro` trains anew."
        )


def _values(params: Params) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in PARAMS:
        value: Any = params.model_dump(mode="json")
        for part in key.split("."):
            value = value[part]
        values[key] = value
    return values


def _libraries() -> list[str]:
    engine = keras.config.backend()
    return [engine, sys.modules[engine].__version__, keras.__version__, np.__version__]


def _files(path: Path, suffix: str = "") -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob(f"*{suffix}") if file.is_file())
