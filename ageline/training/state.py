"""The state of a training: what it holds, as files that are known again, and from one process to the others."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ageline.training.durable import digest, flush
from ageline.training.history import Row
from ageline.training.processes import Processes
from ageline.training.snapshot import Arrays

_TOLD = ("rows", "best_epoch", "epochs", "cost", "device")  # of a State, what JSON holds


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


def write_state(folder: Path, state: State, best: str | None) -> None:
    """Write all of a state but its best weights, of which `best` is the digest, if there are any."""
    write_arrays(folder / "variables.npz", state.variables)
    digests = {"variables": digest(folder / "variables.npz"), "best": best}
    (folder / "state.json").write_text(_signed(state, digests=digests), encoding="utf-8")
    flush(folder / "state.json")


def read_state(folder: Path, best_file: Callable[[int], Path], epochs: Path) -> State:
    """Read what `write_state` wrote.

    Args:
        folder: of the state.
        best_file: where the best weights of an epoch are.
        epochs: folder of kept epochs, whose files are only looked at.

    Raises:
        Exception: of any kind, something is missing or is not what was written.
    """
    known = _verified((folder / "state.json").read_text(encoding="utf-8"))
    digests = known["digests"]
    for name, expected in known["epochs"].items():
        _check(epochs / name, expected)
    variables = _read_arrays(folder / "variables.npz", digests["variables"])
    best = _read_arrays(best_file(known["best_epoch"]), digests["best"]) if digests["best"] else []
    return _state(known, variables, best)


def state_of_first(state: State | None, processes: Processes) -> State | None:
    """The state that process 0 has, in all of them; all have to call it."""
    if processes.count == 1:
        return state
    told = [np.frombuffer(_signed(state).encode(), np.uint8)] if state else []
    told += [np.array(len(state.best)), *state.best, *state.variables] if state else []
    received = processes.from_first(told)
    if not received:
        return None
    known, count, *arrays = received
    return _state(_verified(known.tobytes().decode()), arrays[int(count) :], arrays[: int(count)])


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to a file, and the file to the disk."""
    with path.open("xb") as file:
        np.savez(file, *arrays)
    flush(path)


def _signed(state: State, **more: object) -> str:
    text = json.dumps({name: getattr(state, name) for name in _TOLD} | more, allow_nan=False)
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}\n"


def _verified(signed: str) -> dict[str, Any]:
    first, text, *_ = signed.split("\n")
    if hashlib.sha256(text.encode()).hexdigest() != first:
        raise ValueError("state.json is not what was written")
    known: dict[str, Any] = json.loads(text)
    return known


def _state(known: Mapping[str, Any], variables: Arrays, best: Arrays) -> State:
    return State(variables=variables, best=best, **{name: known[name] for name in _TOLD})


def _check(path: Path, expected: str) -> None:
    if digest(path) != expected:
        raise ValueError(f"{path.name} is not what was written")


def _read_arrays(path: Path, expected: str) -> Arrays:
    _check(path, expected)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return [archive[f"arr_{number}"] for number in range(len(archive.files))]
