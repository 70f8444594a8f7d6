"""How long each stage takes from nothing, `dvc repro` when nothing changed, and whether a run gives what is committed.

    python -m benchmarks.pipeline

Runs what is committed, in a clone in a temporary folder: on the built-in sample some minutes on two cores.
"""

import subprocess
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        _run("git", "clone", "--quiet", str(ROOT), str(clone), cwd=ROOT)
        stages = yaml.safe_load((clone / "dvc.yaml").read_text())["stages"]
        seconds = {stage: _time("dvc", "repro", "--single-item", stage, cwd=clone) for stage in stages}
        total = sum(seconds.values())
        again = _time("dvc", "repro", cwd=clone)
        changed = subprocess.run(
            ["git", "status", "--porcelain"], cwd=clone, check=True, capture_output=True, text=True
        ).stdout
    print("| stage | seconds |\n|---|---:|")
    for stage, taken in seconds.items():
        print(f"| {stage} | {taken:.1f} |")
    print(f"| all, from nothing | {total:.1f} |\n| `dvc repro`, nothing changed | {again:.1f} |")
    print(f"\nfiles in Git that the run changed: {changed or 'none'}")


def _time(*command: str, cwd: Path) -> float:
    started = time.perf_counter()
    _run(*command, cwd=cwd)
    return time.perf_counter() - started


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
