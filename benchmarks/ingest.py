"""How fast `ingest` is with its audit, what a second process brings, and whether memory grows with the photos.

    python -m benchmarks.ingest                              # on data/sample
    python -m benchmarks.ingest data/raw --image-size 64     # on any folder, .zip or .tar of labelled photos

Runs the stage as `dvc repro` does, in a process of its own: on a first part of the photos, and on all of them with one
and with two processes, in turn, so that what else the machine does falls on all of them. One table: the median of the
runs and their spread. Peak memory is that of the largest process, which is the one that holds the table of all photos.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import yaml

from ageline.errors import run
from ageline.faces.layouts import find_layout
from ageline.faces.sources import open_source
from ageline.params import Data

ROOT = Path(__file__).resolve().parent.parent
AUTO = Data(source="data/sample", layout="auto", pattern=None, columns=None)


class Cost(NamedTuple):
    """What one run took: seconds by the clock and of all processors, megabytes of the largest process."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    with tempfile.TemporaryDirectory() as folder:
        part, whole = Path(folder) / "part", flags.source.resolve()
        photos = {part: _copy(flags.source, part, flags.subset), whole: _count(flags.source)}
        cases = [(part, 2), (whole, 1), (whole, 2)]
        costs: list[list[Cost]] = [[] for _ in cases]
        for _ in range(flags.runs):
            for case, of_case in zip(cases, costs, strict=True):
                of_case.append(_measure(*case, flags.image_size))
    print(
        f"{flags.source}, faces of {flags.image_size} x {flags.image_size}, {os.cpu_count()} cores, {flags.runs} runs"
    )
    print(
        "| photos | processes | seconds (least-most) | photos a second (least-most) | CPU seconds | peak memory, MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    for (source, processes), of_case in zip(cases, costs, strict=True):
        print(_row(photos[source], processes, of_case))
    one, two = (statistics.median(cost.seconds for cost in of_case) for of_case in costs[1:])
    print(f"\ntwo processes are {one / two:.2f} times as fast as one")


def _row(photos: int, processes: int, costs: list[Cost]) -> str:
    median = Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))
    seconds = [cost.seconds for cost in costs]
    return (
        f"| {photos:,} | {processes} | {median.seconds:.1f} ({min(seconds):.1f}-{max(seconds):.1f})"
        f" | {photos / median.seconds:,.0f} ({photos / max(seconds):,.0f}-{photos / min(seconds):,.0f})"
        f" | {median.cpu_seconds:.1f} | {median.megabytes:,.0f} |"
    )


def _measure(source: Path, processes: int, image_size: int) -> Cost:
    """Run the stage in a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        params["data"]["layout"] = "auto"
        params["ingest"] |= {"image_size": image_size, "max_rejected": 1.0}
        (Path(folder) / "params.yaml").write_text(yaml.safe_dump(params))
        paths = ("splits", "detectors", "train", "val", "test", "report", "figures")
        flags = [part for path in paths for part in (f"--{path}", path)]
        os.sync()  # or a run would wait for what the one before it wrote
        started = time.perf_counter()
        stage = subprocess.Popen(
            [sys.executable, "-m", "stages.ingest", "--source", str(source), *flags],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "AGELINE_SCHEDULER": f"processes:{processes}"},
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(stage.pid, 0)  # as `wait`, but with what it and its workers used
        stage.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
    if stage.returncode:
        raise SystemExit(stage.returncode)
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, kilobytes / 1024)


def _copy(source: Path, folder: Path, photos: int) -> int:
    """Copy the first `photos` that have a label to a folder of the layout `labels`; gives their number."""
    opened = open_source(source)
    usable = (face for face in find_layout(opened, AUTO).list_faces(opened) if face.problem_for("age") is None)
    folder.mkdir()
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file_name", "age"))
        written = 0
        for face in islice(usable, photos):
            name = f"{written:07d}{Path(face.source).suffix}"
            (folder / name).write_bytes(opened.read(face.source))
            rows.writerow((name, face.age))
            written += 1
    return written


def _count(source: Path) -> int:
    opened = open_source(source)
    return len(find_layout(opened, AUTO).list_faces(opened))


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the stage ingest.")
    parser.add_argument("source", type=Path, nargs="?", default=Path("data/sample"))
    parser.add_argument("--image-size", type=int, default=224, help="pixels, square")
    parser.add_argument("--subset", type=int, default=1000, help="photos of the first row")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
