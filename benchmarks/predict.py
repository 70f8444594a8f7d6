"""How fast a folder of photos becomes ages: `ageline predict` and what the published notebooks predict with.

    python -m benchmarks.predict                                   # on data/sample, the built-in drawn faces
    python -m benchmarks.predict FOLDER --photos 1000              # on any folder of photos
    python -m benchmarks.predict FOLDER --rounds 5

Each contender is a command of its own, from files to JSON, with the start of Python and all libraries, of the same
ResNet50 with weights that nothing trained: speed does not depend on them. They take turns, so that what else the
machine does falls on all of them; the first round is not counted. Two tables: photos a second of whole commands, with
the ratio to the notebooks' way in the same round and the most memory that a process held; and the time from nothing to
the answer for one photo. Medians of the rounds, and in brackets the least and the most.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from ageline.errors import AgelineError, run
from ageline.faces.image import SUFFIXES

SAMPLE = Path("data/sample")
BASELINE = "`flow_from_dataframe` and Keras `predict`"


class Measured(NamedTuple):
    """Of one run of a command: seconds, and the most memory of a process in MiB."""

    seconds: float
    memory: float


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    with tempfile.TemporaryDirectory() as folder:
        photos, one = _take(flags.folder, flags.photos, Path(folder))
        models = _untrained_model(flags.image_size, Path(folder) / "models")
        contenders = _contenders(models, Path(folder))
        of_all = _in_turns(contenders, photos, flags.rounds)
        of_one = _in_turns(contenders, one, flags.rounds)
    count = flags.photos
    print(f"{count:,} photos of {flags.folder}, ResNet50 at {flags.image_size} x {flags.image_size}, {os.cpu_count()} cores\n")
    print(f"| from files to JSON | photos a second | of {BASELINE} | memory, MiB | one photo, seconds |")
    print("|---|---:|---:|---:|---:|")
    baseline = of_all[BASELINE]
    for name, runs in of_all.items():
        speed = _spread([count / measured.seconds for measured in runs], 1)
        ratio = _spread([base.seconds / measured.seconds for base, measured in zip(baseline, runs, strict=True)], 2)
        memory = max(measured.memory for measured in runs)
        start = _spread([measured.seconds for measured in of_one[name]], 2)
        print(f"| {name} | {speed} | {ratio} | {memory:,.0f} | {start} |")


def _take(folder: Path, count: int, work: Path) -> tuple[Path, Path]:
    """A folder of links to `count` photos, and one of a single photo."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if len(found) < count:
        raise AgelineError(f"{folder} holds {len(found):,} photos, expected {count:,}. Give --photos a lower number.")
    places = work / "photos", work / "one"
    for place, number in zip(places, (count, 1), strict=True):
        place.mkdir()
        for path in found[:: len(found) // number][:number]:
            (place / path.name).symlink_to(path.resolve())
    return places


def _contenders(models: Path, work: Path) -> dict[str, list[str]]:
    out = str(work / "answers.json")
    module = [sys.executable, "-m"]
    ours = [*module, "ageline.cli", "predict", "--model", str(models), "--out", out, "--faces", "stretch"]
    return {
        BASELINE: [*module, "benchmarks.flow_from_dataframe", str(models / "model.keras"), "PHOTOS", out],
        "`ageline predict --precision float32`": [*ours, "--precision", "float32", "PHOTOS"],
        "`ageline predict --precision bfloat16`": [*ours, "--precision", "bfloat16", "PHOTOS"],
    }


def _in_turns(contenders: dict[str, list[str]], photos: Path, rounds: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, command in contenders.items():
            measured = _measure([str(photos) if word == "PHOTOS" else word for word in command])
            if number:
                found[name].append(measured)
    return found


def _measure(command: list[str]) -> Measured:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise AgelineError(f"{' '.join(command)} failed:\n{said}")
    return Measured(time.perf_counter() - started, _mebibytes(usage))


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _spread(values: list[float], decimals: int) -> str:
    middle, least, most = (f"{value:.{decimals}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} [{least}, {most}]"
