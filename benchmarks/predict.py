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
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from ageline.errors import AgelineError, run
from ageline.faces.image import SUFFIXES
from ageline.model.backend import use_backend
from ageline.overrides import with_values
from ageline.params import parse_params, read_sections
from ageline.serving.engines import has_bfloat16
from ageline.serving.model_card import CARD, MODEL, ModelCard, Photo, as_json, hash_of
from ageline.store.files import write_json

SAMPLE = Path("data/sample")
BASELINE = "`flow_from_dataframe` and Keras `predict`"
PHOTOS = "PHOTOS"  # stands for the folder in a command


class Measured(NamedTuple):
    """Of one run of a command: seconds, and the most memory of a process in MiB."""

    seconds: float
    memory: float


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    with tempfile.TemporaryDirectory() as folder:
        photos, one = _take(flags.folder, flags.photos, Path(folder))
        models = Path(folder) / "models"
        # In a process of its own: what this one holds would count as the least that each command held.
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            precisions = other.submit(_write_untrained_model, flags.image_size, models).result()
        contenders = _contenders(models, precisions, Path(folder) / "answers.json")
        of_all = _in_turns(contenders, photos, flags.rounds)
        of_one = _in_turns(contenders, one, flags.rounds)
    print(
        f"{flags.photos:,} photos of {flags.folder}, ResNet50 at {flags.image_size} x {flags.image_size} with weights"
        f" that nothing trained, {os.cpu_count()} cores.\n\n{_table(of_all, of_one, flags.photos)}"
    )


def _table(of_all: dict[str, list[Measured]], of_one: dict[str, list[Measured]], count: int) -> str:
    rows = [
        f"| from files to JSON | photos a second | of {BASELINE} | memory, MiB | one photo, seconds |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, runs in of_all.items():
        speed = _spread([count / measured.seconds for measured in runs], 1)
        ratio = _spread([base.seconds / own.seconds for base, own in zip(of_all[BASELINE], runs, strict=True)], 2)
        memory = max(measured.memory for measured in runs)
        start = _spread([measured.seconds for measured in of_one[name]], 2)
        rows.append(f"| {name} | {speed} | {ratio} | {memory:,.0f} | {start} |")
    return "\n".join(rows)


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


def _write_untrained_model(image_size: int, folder: Path) -> list[str]:
    """Write model.keras, model.onnx and model.json; gives the precisions that this machine has."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    use_backend("tensorflow")
    from ageline.export.conversion import to_onnx
    from ageline.model.archive import save_model
    from ageline.model.face_model import build_model, finished_model
    from ageline.model.heads import make_head

    params = parse_params(with_values(read_sections(), {"ingest.image_size": image_size}))
    head = make_head(params, mean_age=30.0)
    model = finished_model(build_model(params, (image_size, image_size), head), head)
    folder.mkdir()
    save_model(model, folder / "model.keras")
    (folder / MODEL).write_bytes(to_onnx(model).SerializeToString())
    write_json(folder / CARD, as_json(_card(image_size, hash_of(folder / MODEL))))
    return ["float32", *(["bfloat16"] if has_bfloat16() else [])]


def _card(image_size: int, onnx: str) -> ModelCard:
    return ModelCard(
        made_by="benchmarks.predict",
        target="age",
        photo=Photo(height=image_size, width=image_size, face_crop="stretch", detector=None),
        classes=None,
        interval=None,
        threshold=None,
        metrics={},
        bfloat16=None,
        synthetic=True,
        hashes={"onnx": onnx},
    )


def _contenders(models: Path, precisions: list[str], out: Path) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    commands = {BASELINE: [*python, "benchmarks.flow_from_dataframe", str(models / "model.keras"), PHOTOS, str(out)]}
    ours = [*python, "ageline.cli", "predict", PHOTOS, "--model", str(models), "--out", str(out), "--precision"]
    return commands | {f"`ageline predict --precision {name}`": [*ours, name] for name in precisions}


def _in_turns(contenders: dict[str, list[str]], photos: Path, rounds: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, command in contenders.items():
            measured = _measure([str(photos) if word == PHOTOS else word for word in command])
            if number:
                found[name].append(measured)
    return found


def _measure(command: list[str]) -> Measured:
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise AgelineError(f"{' '.join(command)} failed:\n{said.read()}")
    return Measured(seconds, _mebibytes(usage))


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _spread(values: list[float], decimals: int) -> str:
    middle, least, most = (f"{value:.{decimals}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} [{least}, {most}]"


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLE, help="of photos (by default %(default)s)")
    parser.add_argument("--photos", type=int, default=1000, help="how many of them (by default %(default)s)")
    parser.add_argument("--image-size", type=int, default=224, help="of the model, pixels (by default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="that are counted (by default %(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
