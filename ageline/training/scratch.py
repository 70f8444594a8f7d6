"""Where a training keeps what it would go on from if it were killed: a folder of its own, outside DVC's outs.

    .scratch/train/lock                        held by the one process that trains here
    .scratch/train/FINGERPRINT/epoch-00007/    the state after epoch 7: state.json and variables.npz
    .scratch/train/FINGERPRINT/best-00005.npz  the weights of the best epoch, where train.checkpoint.use is best
    .scratch/train/FINGERPRINT/epochs/         the weights of every epoch, where train.checkpoint.keep is all
    .scratch/train/FINGERPRINT/finished        nothing is left to train; DVC may not have taken the model in yet

A state is moved into its place as soon as it is whole, and only then is the one before it removed, so that at every
moment there is the old one or the new one. Files outlive a power cut too: they are on the disk before they are moved.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ageline.store import written_whole
from ageline.training.history import Row
from ageline.training.processes import Processes
from ageline.training.snapshot import Arrays
from ageline.training.survivor import only_one

OTHERS = 2  # trainings that were stopped, beside the present one, whose states are kept
_FINISHED = "finished"


@dataclass(frozen=True)
class State:
    """What a training goes on from.

    Attributes:
        rows: of the epochs so far, as `Record.rows` has them.
        variables: as `take_snapshot` returns them, after the last of these epochs.
        best: the weights of the best of these epochs; none where they are not kept.
        best_epoch: its number.
        cost: of these epochs, as `Stopwatch.spent` returns it.
        device: that computed them.
    """

    rows: Sequence[Row]
    variables: Arrays
    best: Arrays
    best_epoch: int
    cost: Mapping[str, Any]
    device: str


class Scratch:
    """The folder of one training; it is made when something is saved.

    Args:
        folder: named by the fingerprint of the training, so that another one never finds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.epochs = folder / "epochs"

    def latest(self) -> State | None:
        """The last state that was saved; None where there is none, or none that can be read, which is said."""
        for path in sorted(self.folder.glob("epoch-*"), reverse=True):
            try:
                return self._read(path)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                print(f"{path} can't be read ({error}), so that it is of no use", flush=True)
        return None

    def save(self, state: State) -> None:
        """Keep `state`, whole or not at all, and remove what it replaces.

        Raises:
            OSError: it can't be written; the state before it is still there.
        """
        best = self._best(state.best_epoch)
        if state.best and not best.is_file():
            with written_whole(best) as partial:
                _write_arrays(partial, state.best)
        place = self.folder / f"epoch-{len(state.rows):05}"
        with written_whole(place) as partial:
            partial.mkdir()
            _write_arrays(partial / "variables.npz", state.variables)
            _write_text(partial / "state.json", _as_json(state))
        _flush(self.folder)
        self._remove_all_but(place, best)

    def finish(self) -> None:
        """Note that nothing is left to train."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _FINISHED).touch()

    def _read(self, path: Path) -> State:
        known = json.loads((path / "state.json").read_text())
        best = _read_arrays(self._best(known["best_epoch"])) if known["best_arrays"] else ()
        variables = _read_arrays(path / "variables.npz")
        return State(known["rows"], variables, best, known["best_epoch"], known["cost"], known["device"])

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch:05}.npz"

    def _remove_all_but(self, *kept: Path) -> None:
        """Also what writers that were killed left; nobody else writes here."""
        for path in self.folder.iterdir():
            if path.name.startswith(("epoch-", "best-", ".partial-")) and path not in kept:
                _remove(path)


@contextmanager
def scratch_of(root: Path, fingerprint: str) -> Iterator[Scratch]:
    """The scratch of the training of this fingerprint, once no other process trains at `root`.

    States of other trainings go when they are finished, and when there are too many of them.
    """
    with only_one(root):
        folders = [path for path in root.iterdir() if path.is_dir() and path.name != fingerprint]
        stopped = [path for path in folders if not (path / _FINISHED).exists()]
        stopped.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in folders:
            if path not in stopped[:OTHERS]:
                shutil.rmtree(path)
                print(f"removed {path}, the state of another training", flush=True)
        yield Scratch(root / fingerprint)


def shared(state: State | None, processes: Processes) -> State | None:
    """The state that process 0 has, in all of them; all have to call it."""
    if processes.count == 1:
        return state
    told = np.frombuffer((_as_json(state) if state else "").encode(), np.uint8)
    told, *arrays = processes.from_first([told, *(state.best if state else ()), *(state.variables if state else ())])
    if not told.size:
        return None
    known = json.loads(told.tobytes())
    best = arrays[: known["best_arrays"]]
    return State(known["rows"], arrays[len(best) :], best, known["best_epoch"], known["cost"], known["device"])


def forget_finished(root: Path) -> None:
    """Remove the states of trainings that are finished, for who knows that DVC has taken their models in."""
    for mark in list(root.glob(f"*/{_FINISHED}")):
        shutil.rmtree(mark.parent)


def _as_json(state: State) -> str:
    known = {
        "rows": list(state.rows),
        "best_epoch": state.best_epoch,
        "best_arrays": len(state.best),
        "cost": state.cost,
        "device": state.device,
    }
    return json.dumps(known, indent=1, allow_nan=False)


def _write_arrays(path: Path, arrays: Arrays) -> None:
    with path.open("xb") as file:
        np.savez(file, *arrays)
        _flush(file)


def _read_arrays(path: Path) -> Arrays:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return [archive[f"arr_{number}"] for number in range(len(archive.files))]


def _write_text(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        _flush(file)


def _flush(what: IO[Any] | Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    if isinstance(what, Path):
        descriptor = os.open(what, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return
    what.flush()
    os.fsync(what.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
