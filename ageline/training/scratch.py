"""Where a training keeps what it would go on from if it were killed: a folder of its own, outside DVC's outs.

    .scratch/train/lock                        held by the one process that trains here
    .scratch/train/FINGERPRINT/epoch-00007/    the state after epoch 7: state.json and variables.npz
    .scratch/train/FINGERPRINT/best-00005.npz  the weights of the best epoch, where train.checkpoint.use is best
    .scratch/train/FINGERPRINT/epochs/         the weights of every epoch, where train.checkpoint.keep is all
    .scratch/train/FINGERPRINT/finished        nothing is left to train; DVC may not have taken the model in yet

A state is moved into its place as soon as it is whole and on the disk, and only then is the one before it removed, so
that at every moment there is the old one or the new one. `state.json` has the digests of all that belongs to it.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ageline.store import written_whole
from ageline.training.durable import digest, flush
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
        epochs: of the files of kept epochs, by name, the digests.
        cost: of these epochs, as `Stopwatch.spent` returns it.
        device: that computed them.
    """

    rows: Sequence[Row]
    variables: Arrays
    best: Arrays
    best_epoch: int
    epochs: Mapping[str, str]
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
        """The last state that was saved; None where there is none, or none that is whole, which is said.

        What does not belong to it is removed: nothing of another run is ever mixed in.
        """
        for path in sorted(self.folder.glob("epoch-*"), reverse=True):
            try:
                state = self._read(path)
            except Exception as error:
                print(f"{path} is damaged and of no use: {error}", flush=True)
            else:
                self._remove_all_but(path, self._best(state.best_epoch))
                return state
        if self.folder.is_dir():
            remove_tree(self.folder)
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
            digests = {"variables": digest(partial / "variables.npz"), "best": digest(best) if state.best else None}
            (partial / "state.json").write_text(_signed(_known(state) | {"digests": digests}), encoding="utf-8")
            flush(partial / "state.json")
        flush(self.folder)
        self._remove_all_but(place, best)

    def finish(self) -> None:
        """Note that nothing is left to train."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _FINISHED).touch()

    def _read(self, path: Path) -> State:
        known = _verified((path / "state.json").read_text(encoding="utf-8"))
        expected = known["digests"]
        for name, of_epoch in known["epochs"].items():
            _check(self.epochs / name, of_epoch)
        variables = _read_arrays(path / "variables.npz", expected["variables"])
        best = _read_arrays(self._best(known["best_epoch"]), expected["best"]) if expected["best"] else []
        return _state(known, variables, best)

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
        for path in root.glob(".removed-*"):
            shutil.rmtree(path)
        folders = [path for path in root.iterdir() if path.is_dir() and path.name != fingerprint]
        stopped = [path for path in folders if not (path / _FINISHED).exists()]
        stopped.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in folders:
            if path not in stopped[:OTHERS]:
                remove_tree(path)
                print(f"removed {path}, the state of another training", flush=True)
        yield Scratch(root / fingerprint)


def shared(state: State | None, processes: Processes) -> State | None:
    """The state that process 0 has, in all of them; all have to call it."""
    if processes.count == 1:
        return state
    told = [np.frombuffer(_signed(_known(state)).encode(), np.uint8)] if state else []
    told += [np.array(len(state.best)), *state.best, *state.variables] if state else []
    received = processes.from_first(told)
    if not received:
        return None
    known, count, *arrays = received
    return _state(_verified(known.tobytes().decode()), arrays[int(count) :], arrays[: int(count)])


def forget_finished(root: Path) -> None:
    """Remove the states of trainings that are finished, for who knows that DVC has taken their models in."""
    for mark in list(root.glob(f"*/{_FINISHED}")):
        remove_tree(mark.parent)


def _known(state: State) -> dict[str, Any]:
    """All of a state that is no array, as JSON holds it."""
    return {name: getattr(state, name) for name in ("rows", "best_epoch", "epochs", "cost", "device")}


def _state(known: Mapping[str, Any], variables: Arrays, best: Arrays) -> State:
    told = {name: known[name] for name in ("rows", "best_epoch", "epochs", "cost", "device")}
    return State(variables=variables, best=best, **told)


def _signed(known: Mapping[str, Any]) -> str:
    text = json.dumps(known, allow_nan=False)
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}\n"


def _verified(signed: str) -> dict[str, Any]:
    first, text, *_ = signed.split("\n")
    if hashlib.sha256(text.encode()).hexdigest() != first:
        raise ValueError("state.json is not what was written")
    known: dict[str, Any] = json.loads(text)
    return known


def _check(path: Path, expected: str) -> None:
    if digest(path) != expected:
        raise ValueError(f"{path.name} is not what was written")


def _write_arrays(path: Path, arrays: Arrays) -> None:
    with path.open("xb") as file:
        np.savez(file, *arrays)
    flush(path)


def _read_arrays(path: Path, expected: str) -> Arrays:
    _check(path, expected)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return [archive[f"arr_{number}"] for number in range(len(archive.files))]


def remove_tree(folder: Path) -> None:
    """Remove a folder so that whoever is killed meanwhile leaves none that lacks a part."""
    away = folder.with_name(f".removed-{folder.name}")
    folder.rename(away)
    shutil.rmtree(away)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
