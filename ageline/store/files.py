"""Writing files whole or not at all, and the same bytes for the same content."""

import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ageline.errors import AgelineError


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there, file or folder, replaces `path` on success.

    When the block raises, the temporary is removed and `path` stays as it was; a full disk's error names `path`.
    """
    with written_together(path) as (partial,):
        yield partial


@contextmanager
def written_together(*paths: str | Path) -> Iterator[tuple[Path, ...]]:
    """Yield a temporary path beside each of `paths`; what is written there, file or folder, replaces them on success.

    When the block raises, the temporaries are removed and all of `paths` stay as they were; a full disk's error names
    the one of them. All old ones are moved away before the first new one is moved in, in the order given: whoever is
    killed within these few renames leaves paths missing, the last one in any case, and never an old one among new ones.
    """
    targets = [Path(path) for path in paths]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    partials, old = tuple(map(_beside, targets)), tuple(map(_beside, targets))
    try:
        yield partials
        for partial in partials:
            partial.lstat()  # raises where nothing was written, before anything is moved
        for target, away in zip(targets, old, strict=True):
            if target.is_dir() or (len(targets) > 1 and target.is_file()):  # a lone file is replaced in one go
                target.replace(away)
        for partial, target in zip(partials, targets, strict=True):
            partial.replace(target)
    except OSError as error:
        error.filename = _meant(error.filename, partials, targets)
        raise
    finally:
        for temporary in (*partials, *old):
            _remove(temporary)


def remove_partials(*paths: str | Path) -> None:
    """Remove the temporaries that killed writers of `paths` left; only for who knows that nobody is writing there."""
    for path in map(Path, paths):
        left = re.compile(rf"(\.partial-[0-9a-f]{{8}}-)+{re.escape(path.name)}")
        for entry in list(path.parent.iterdir()) if path.parent.is_dir() else []:
            if left.fullmatch(entry.name):
                _remove(entry)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which names this process. The system frees it however this process ends.

    Raises:
        AgelineError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        if not _lock(file) or not _is_at(path, file):  # who gives it back removes it: a lock on nothing
            file.seek(0)
            raise AgelineError(
                f"Another process ({file.read()}) is writing to {path.parent} and holds {path.name} there. Wait for its"
                " end, or have this one write to another folder."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink()


def write_json(path: str | Path, values: Mapping[str, Any]) -> None:
    """Write `values` as JSON: keys in the order given, a line each."""
    with written_whole(path) as partial:
        partial.write_text(json.dumps(values, indent=2, allow_nan=False) + "\n", encoding="utf-8", newline="\n")


def _meant(filename: str | None, partials: Sequence[Path], targets: Sequence[Path]) -> str:
    """The path that a failed write was for; of a full disk Python names no file."""
    for partial, target in zip(partials, targets, strict=True):
        if str(filename).startswith(str(partial)):
            return str(target)
    return filename or str(targets[0])


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _beside(path: Path) -> Path:
    return path.with_name(f".partial-{uuid.uuid4().hex[:8]}-{path.name}")  # libraries go by the suffix


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
