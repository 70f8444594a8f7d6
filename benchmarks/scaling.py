"""What `ingest` and DVC take of more and more faces: time, memory, disk.

    python -m benchmarks.scaling --faces 1000 10000                      # drawn first, about a hundred a second
    python -m benchmarks.scaling --faces 10000 100000 --source FOLDER    # the first ones of a folder with a labels.csv
    python -m benchmarks.scaling --extrapolate 10000000                  # and a column that is not measured

For each number of faces: a folder of them, the stage as `dvc repro` runs it, and DVC in a new repository. One table, a
column per number. Memory is the most that was seen, some times a second, of the stage's own process and of any worker
on this machine. AGELINE_SCHEDULER applies.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import joblib
import pandas as pd
import psutil
import yaml

from ageline.errors import AgelineError, run
from ageline.params import Sample
from ageline.sample import write_sample
from ageline.store.manifest import SPLITS

ROOT = Path(__file__).resolve().parent.parent
INTERVAL = 0.05  # seconds between looks, at the least
LOOKING = 0.05  # share of a core that looking may take
OUTS = (*SPLITS, "report", "figures")
PHOTOS = "final_files"
SECONDS, SPEED = "`ingest`, seconds", "faces a second"


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    with tempfile.TemporaryDirectory(dir=flags.work) as work:
        source = flags.source or _draw(Path(work) / "drawn", max(flags.faces), flags.image_size)
        columns: dict[int, dict[str, float]] = {}
        for faces in sorted(flags.faces):
            folder = Path(work) / f"{faces}"
            _take(source, folder / "raw", faces)
            columns[faces] = _ingest(folder, flags.image_size) | _version(folder)
            shutil.rmtree(folder)
            print(f"{faces:,} faces measured", file=sys.stderr)
    print(f"faces of {flags.image_size} x {flags.image_size}, {os.cpu_count()} cores")
    named = {f"{faces:,}": column for faces, column in columns.items()}
    if flags.extrapolate:
        named[f"{flags.extrapolate:,}, extrapolated"] = _extrapolate(columns, flags.extrapolate)
    print(_table(named))


def _extrapolate(columns: dict[int, dict[str, float]], faces: int) -> dict[str, float]:
    """On the straight line through the two largest measured numbers of faces."""
    (few, of_few), (many, of_many) = sorted(columns.items())[-2:]
    steps = (faces - many) / (many - few)
    column = {name: value + steps * (value - of_few[name]) for name, value in of_many.items()}
    return column | {SPEED: faces / column[SECONDS]}


def _table(columns: dict[str, dict[str, float]]) -> str:
    measures = next(iter(columns.values()))
    lines = [f"| faces | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    lines += [f"| {name} | {' | '.join(_number(column[name]) for column in columns.values())} |" for name in measures]
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


@dataclass
class Watch:
    """What is seen of a running stage from outside.

    Attributes:
        parent: largest memory of its own process in bytes.
        worker: largest memory of one of its workers in bytes.
        scratch: largest size of its scratch folder in bytes.
        decoded: when that last grew, by the clock.
        writes: when the first fold began to be written, by the clock.
    """

    folder: Path
    parent: int = 0
    worker: int = 0
    scratch: int = 0
    decoded: float = 0.0
    writes: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def look(self, stage: psutil.Process) -> None:
        now = time.perf_counter()
        self.parent = max(self.parent, _memory(stage))
        self.worker = max([self.worker, *map(_memory, stage.children(recursive=True))])
        scratch = _bytes(self.folder / ".ingest.scratch")
        if scratch > self.scratch:
            self.scratch, self.decoded = scratch, now
        if not self.writes and any(self.folder.glob(".partial-*")):
            self.writes = now


def _ingest(folder: Path, image_size: int) -> dict[str, float]:
    """Run the stage on `folder / "raw"`; its outs stay there."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"]["layout"] = "auto"
    params["ingest"] |= {"image_size": image_size, "max_rejected": 1.0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    stage = psutil.Popen(
        [
            sys.executable,
            "-m",
            "stages.ingest",
            "--source",
            "raw",
            *("--splits", "splits", "--detectors", "none"),
            *(part for out in OUTS for part in (f"--{out}", out)),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    watch = Watch(folder)
    while stage.poll() is None:
        taken = _seconds(lambda: watch.look(stage))
        time.sleep(max(INTERVAL, taken / LOOKING))
    ended = time.perf_counter()
    if stage.returncode:
        raise AgelineError(
            f"ingest ended with status {stage.returncode}. Run `python -m stages.ingest` by hand to see why."
        )
    seconds = ended - watch.started
    faces = sum(1 for _ in (folder / "raw" / PHOTOS).iterdir())
    return {
        SECONDS: seconds,
        "- list and decode": watch.decoded - watch.started,
        "- find duplicates, settle": watch.writes - watch.decoded,
        "- write packs": ended - watch.writes,
        SPEED: faces / seconds,
        "memory of its process, MB": watch.parent / 1e6,
        "memory of a worker, MB": watch.worker / 1e6,
        "raw photos, MB": _bytes(folder / "raw") / 1e6,
        "scratch, MB": watch.scratch / 1e6,
        "packs, manifests, report, MB": sum(_bytes(folder / out) for out in OUTS) / 1e6,
    }


def _version(folder: Path) -> dict[str, float]:
    """Put `folder / "raw"` and the outs under DVC."""
    stage = {"cmd": "python -m stages.ingest", "deps": ["raw"], "outs": [*OUTS]}
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"ingest": stage}}))

    def dvc(*arguments: str) -> None:
        environment = os.environ | {"DVC_NO_ANALYTICS": "true", "DVC_SITE_CACHE_DIR": str(folder / "site")}
        subprocess.run(["dvc", *arguments, "--quiet"], cwd=folder, env=environment, check=True)

    dvc("init", "--no-scm")
    return {
        "`dvc add` of the raw folder, seconds": _seconds(lambda: dvc("add", "raw")),
        "`dvc commit` of the packs, seconds": _seconds(lambda: dvc("commit", "--force")),
        "`dvc status`, nothing changed, seconds": _seconds(lambda: dvc("status")),
        "DVC's cache, MB": _bytes(folder / ".dvc/cache") / 1e6,
    }


def _draw(folder: Path, faces: int, image_size: int) -> Path:
    """Draw at least `faces` faces, on all cores."""
    parts = 4 * (os.cpu_count() or 1)
    samples = [Sample(faces=max(10, -(-faces // parts)), image_size=image_size, seed=seed) for seed in range(parts)]
    joblib.Parallel(-1)(joblib.delayed(write_sample)(folder / f"part{sample.seed}", sample) for sample in samples)
    (folder / PHOTOS).mkdir()
    labels = []
    for sample in samples:
        part = folder / f"part{sample.seed}"
        rows = pd.read_csv(part / "labels.csv")
        for name in rows.file_name:
            (part / PHOTOS / name).rename(folder / PHOTOS / f"{sample.seed:02}{name}")
        labels.append(rows.assign(file_name=[f"{sample.seed:02}{name}" for name in rows.file_name]))
        shutil.rmtree(part)
    pd.concat(labels).to_csv(folder / "labels.csv", index=False)
    return folder


def _take(source: Path, folder: Path, faces: int) -> None:
    """Copy the first `faces` photos of `source`: a copy, for DVC changes the rights of what it is given."""
    labels = pd.read_csv(source / "labels.csv").head(faces)
    if len(labels) < faces:
        raise AgelineError(f"{source} has {len(labels):,} faces, expected at least {faces:,}. Ask for fewer.")
    (folder / PHOTOS).mkdir(parents=True)
    for name in labels.file_name:
        shutil.copyfile(source / PHOTOS / name, folder / PHOTOS / name)
    labels.to_csv(folder / "labels.csv", index=False)


def _seconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # gone in between
        return 0


def _bytes(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except FileNotFoundError:  # gone in between
                continue
    return total


def _flags(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ingest and DVC on more and more faces.")
    parser.add_argument("--faces", type=int, nargs="+", default=[1000, 10000], help="numbers of faces, a column each")
    parser.add_argument("--source", type=Path, help=f"folder of labels.csv and {PHOTOS}; without it faces are drawn")
    parser.add_argument("--image-size", type=int, default=64, help="pixels, square, of drawn faces and of packs")
    parser.add_argument("--work", type=Path, help="existing folder to work in; the system's temporary one without it")
    parser.add_argument("--extrapolate", type=int, metavar="FACES", help="a column for so many, on a straight line")
    flags = parser.parse_args(argv)
    if flags.extrapolate and len(set(flags.faces)) < 2:
        parser.error("--extrapolate needs two numbers of --faces")
    return flags


if __name__ == "__main__":
    run(main)
