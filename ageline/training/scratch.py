"""Where a training keeps what it would go on from if it were killed: a folder of its own, outside DVC's outs.

    .scratch/train/lock                        held by the one process that trains here
    .scratch/train/FINGERPRINT/epoch-00007/    the state after epoch 7: state.json and variables.npz
    .scratch/train/FINGERPRINT/best-00005.npz  the weights of the best epoch, where train.checkpoint.use is best
    .scratch/train/FINGERPRINT/epochs/         the weights of every epoch, where train.checkpoint.keep is all
    .scratch/train/FINGERPRINT/finished        nothing is left to train; DVC may not have taken the model in yet

A state is moved into its place as soon as it is whole and on the disk, and only then is the one before it removed, so
that at every moment there is the old one or the new one. `state.json` has the digests of all that belongs to it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ageline.store.files import written_whole
from ageline.training.durable import digest, flush
from ageline.training.state import State, read_state, write_arrays, write_state
from ageline.training.survivor import only_one

OTHERS = 2  # trainings that were stopped, beside the present one, whose states are kept
_FINISHED = "finished"


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
                state = read_state(path, self._best, self.epochs)
            except Exception as error:
                print(f"{path} is damaged and of no use: {error}", flush=True)
            else:
                self._remove_all_but(path, self._best(state.best_epoch), *map(self.epochs.joinpath, state.epochs))
                return state
        if self.folder.is_dir():
            _remove_tree(self.folder)
        return None

    def save(self, state: State) -> None:
        """Keep `state`, whole or not at all, and remove what it replaces.

        Raises:
            OSError: it can't be written; the state before it is still there.
        """
        best = self._best(state.best_epoch)
        if state.best and not best.is_file():
            with written_whole(best) as partial:
                write_arrays(partial, state.best)
        place = self.folder / f"epoch-{len(state.rows):05}"
        with written_whole(place) as partial:
            partial.mkdir()
            write_state(partial, state, digest(best) if state.best else None)
        flush(self.folder)
        self._remove_all_but(place, best, *map(self.epochs.joinpath, state.epochs))

    def finish(self) -> None:
        """Note that nothing is left to train."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _FINISHED).touch()

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch:05}.npz"

    def _remove_all_but(self, *kept: Path) -> None:
        """Also what writers that were killed left; nobody else writes here."""
        for path in [*self.folder.iterdir(), *self.epochs.glob("*")]:
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
                _remove_tree(path)
                print(f"removed {path}, the state of another training", flush=True)
        yield Scratch(root / fingerprint)


def forget_finished(root: Path) -> None:
    """Remove the states of trainings that are finished, for who knows that DVC has taken their models in."""
    for mark in list(root.glob(f"*/{_FINISHED}")):
        _remove_tree(mark.parent)


def _remove_tree(folder: Path) -> None:
    """Remove a folder so that whoever is killed meanwhile leaves none that lacks a part."""
    away = folder.with_name(f".removed-{folder.name}")
    if away.exists():
        shutil.rmtree(away)
    folder.rename(away)
    shutil.rmtree(away)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
