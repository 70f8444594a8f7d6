"""What a training follows from, as a short text: two that differ in anything that matters have other fingerprints."""

import hashlib
import importlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ageline.params import Params

ROOT = Path(__file__).parents[2]
# Of dvc.yaml's stage train; a test holds them against it.
PARAMS = ("target", "ingest.ages", "model", "train")
CODE = ("stages/train.py", "ageline/training", "ageline/model", "ageline/store")


def fingerprint(params: Params, data: Sequence[Path]) -> str:
    """16 hexadecimal digits of what decides about the weights: params, data, code, and the libraries that compute.

    Every byte of the data is read, at some gigabytes a second where it is in memory: a small part of the first epoch.

    Args:
        params: the whole of params.yaml.
        data: files, or folders of files.
    """
    files = [file for name in CODE for file in _files(ROOT / name, ".py")]
    files += [file for path in data for file in _files(path)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        digests = list(threads.map(_digest, files))
    parts = [_values(params), _libraries(), [file.name for file in files], digests]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


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
    versions = (keras.__version__, np.__version__, importlib.import_module(engine).__version__)
    return [engine, *versions]


def _files(path: Path, suffix: str = "") -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob(f"*{suffix}") if file.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
