"""What DVC stores anew when a batch of photos is added, and how long that takes.

    python -m benchmarks.versioning                              # on data/sample
    python -m benchmarks.versioning data/raw --image-size 224    # on any folder, .zip or .tar of labelled photos

Numbers the photos in the order of their names and adds a tenth of them to the rest: those whose names sort last, then
every tenth of all. Each case is a clone of what is committed, with an empty cache. A .tar of the photos is added too,
but not ingested: its packs are the same. Prints one table, of seconds and of the megabytes (1e6 bytes) that were new to
DVC's cache. Needs some four times the size of the decoded faces in the temporary folder.
"""

import argparse
import csv
import hashlib
import os
import subprocess
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from ageline.errors import run
from ageline.faces.layouts import find_layout
from ageline.faces.sources import open_source
from ageline.params import Data

AUTO = Data(source="raw", layout="auto", pattern=None, columns=None)
ROOT = Path(__file__).resolve().parent.parent
FACES = "data/raw/faces"
BATCH = 10  # one photo in so many
KINDS = ("photos", "packs", "manifests", "reports", "listings")  # reports: metrics/ingest; listings: DVC's, of folders


class Added(NamedTuple):
    """What adding photos took: seconds of `dvc add` and `dvc repro ingest`, and bytes stored, by kind."""

    seconds: tuple[float, ...]
    stored: Counter[str]


class Photos:
    """The labelled photos of a source, by their position in the order of names."""

    def __init__(self, source: Path) -> None:
        self._source = open_source(source)
        listed = find_layout(self._source, AUTO).list_faces(self._source)
        self._faces = sorted((face for face in listed if face.problem_for("age") is None), key=lambda face: face.source)

    def __len__(self) -> int:
        return len(self._faces)

    def write(self, positions: Sequence[int], folder: Path) -> None:
        """Make `folder` hold these photos and their labels; photos that it holds already are left as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        labels = folder / "labels.csv"
        labels.unlink(missing_ok=True)  # it may be a link into the cache
        with labels.open("x", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("file_name", "age"))
            for position in positions:
                face = self._faces[position]
                photo = folder / f"{position:07d}{Path(face.source).suffix}"
                if not photo.exists():
                    photo.write_bytes(self._source.read(face.source))
                rows.writerow((photo.name, face.age))


class Clone:
    """What is committed, in a folder of its own, set to faces of its own; `settings` are params of ingest."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.faces = folder / FACES
        self._folder = folder
        self._site = folder.with_name(f"{folder.name}.dvc")  # DVC's database of hashes
        self._run("git", "clone", "--quiet", str(ROOT), str(folder), cwd=ROOT)
        params = yaml.safe_load((folder / "params.yaml").read_text())
        params["data"] |= {"source": FACES, "layout": "labels"}
        params["ingest"] |= settings
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        self._known: set[Path] = set()

    def run(self, *commands: tuple[str, ...]) -> Added:
        seconds = []
        for command in commands:
            started = time.perf_counter()
            self._run(*command, cwd=self._folder)
            seconds.append(time.perf_counter() - started)
        return Added(tuple(seconds), self._new_in_cache())

    def _new_in_cache(self) -> Counter[str]:
        """Bytes of what came into the cache since the last call, by kind."""
        found = {path for path in (self._folder / ".dvc/cache/files/md5").rglob("*") if path.is_file()}
        files = (path for path in (self._folder / "data").rglob("*") if path.is_file())
        kinds = {_md5(path): _kind(path.relative_to(self._folder)) for path in files}
        stored: Counter[str] = Counter()
        for path in found - self._known:
            md5 = path.parent.name + path.name
            stored["listings" if md5.endswith(".dir") else kinds.get(md5, "reports")] += path.stat().st_size
        self._known = found
        return stored

    def _run(self, *command: str, cwd: Path) -> None:
        environment = os.environ | {"DVC_SITE_CACHE_DIR": str(self._site)}
        subprocess.run(command, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL)


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    settings = {"image_size": flags.image_size, "conflicts": flags.conflicts, "max_rejected": 1.0}
    photos = Photos(flags.source)
    whole = range(len(photos))
    first = [position for position in whole if position < len(whole) - len(whole) // BATCH]
    spread = [position for position in whole if position % BATCH != BATCH - 1]
    batch = f"{len(whole) - len(first):,} more"
    size = f"{flags.image_size} x {flags.image_size}"
    print(f"{flags.source}, {len(whole):,} photos, faces of {size}, conflicts: {flags.conflicts}; stored in MB")
    print(f"| added | `dvc add`, s | `dvc repro ingest`, s | {' | '.join(KINDS)} | all | of the set |")
    print("|---|" + "---:|" * (len(KINDS) + 4))
    once = add_folder(photos, [whole], settings)
    _print_row("all, in a folder", once, once)
    _print_row(f"{batch}, names last", add_folder(photos, [first, whole], settings), once)
    _print_row(f"{batch}, names scattered", add_folder(photos, [spread, whole], settings), once)
    _print_row("all, in a .tar", add_tar(photos, [whole], settings), once)
    _print_row(f"{batch}, in the .tar", add_tar(photos, [first, whole], settings), once)


def add_folder(photos: Photos, steps: list[Sequence[int]], settings: Mapping[str, object]) -> Added:
    """Add one part of the photos after the other and ingest each; what the last took."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder) / "clone", settings)
        for positions in steps:
            photos.write(positions, clone.faces)
            added = clone.run(("dvc", "add", FACES), ("dvc", "repro", "ingest"))
    return added


def add_tar(photos: Photos, steps: list[Sequence[int]], settings: Mapping[str, object]) -> Added:
    """The same of an archive that is written anew for each part, without ingest: its packs are the same."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder) / "clone", settings)
        for positions in steps:
            photos.write(positions, Path(folder) / "photos")
            archive = clone.faces.with_suffix(".tar")
            archive.parent.mkdir(parents=True, exist_ok=True)
            archive.unlink(missing_ok=True)
            with tarfile.open(archive, "x") as tar:
                tar.add(Path(folder) / "photos", "faces")
            added = clone.run(("dvc", "add", f"{FACES}.tar"))
    return added


def _print_row(label: str, added: Added, once: Added) -> None:
    seconds = [f"{taken:.1f}" for taken in added.seconds] + ["-"] * (2 - len(added.seconds))
    stored = [f"{added.stored[kind] / 1e6:.2f}" for kind in KINDS]
    total = added.stored.total()
    share = f"{total / once.stored.total():.0%}"
    print(f"| {' | '.join([label, *seconds, *stored, f'{total / 1e6:.1f}', share])} |", flush=True)


def _kind(path: Path) -> str:
    if path.is_relative_to("data/raw"):
        return "photos"
    return "packs" if path.suffix == ".npy" else "manifests"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a batch of photos adds to DVC's cache.")
    parser.add_argument("source", type=Path, nargs="?", default=Path("data/sample"))
    parser.add_argument("--image-size", type=int, default=64, help="pixels, square")
    parser.add_argument("--conflicts", choices=("keep", "drop"), default="drop", help="as ingest.conflicts")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
