"""The only place that talks to git and to dvc: as subprocesses, in the current folder."""

import re
import signal
import subprocess
from pathlib import Path

from ageline.errors import AgelineError
from ageline.store.files import written_whole

MODELS = Path(".scratch/models")  # fetched ones, in a folder for each commit
EXPORTED = ("models/model.onnx", "models/model.json")

_EXPERIMENTS = "refs/exps"  # where DVC keeps them: refs/exps/01/234abcd.../NAME, by the commit they started from
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def read_at(rev: str, path: str) -> str | None:
    """The text of a file as a revision has it; None where the revision has no such file.

    Args:
        rev: a branch, tag or commit.
        path: relative to the current folder.

    Raises:
        AgelineError: the current folder is in no git repository, or the repository does not know the revision.
    """
    commit = resolve(rev)
    if not _read("ls-tree", commit, "--", path):
        return None
    # With "./" the path starts from the current folder, as it does in ls-tree, and not from the repository's root.
    return _read("cat-file", "blob", f"{commit}:./{path}")


def read_here(path: str, remedy: str) -> str | None:
    """The text of a file as the working tree has it; None where there is no such file.

    Args:
        path: relative to the current folder.
        remedy: what to do about an error.

    Raises:
        AgelineError: the file is no text, or can't be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AgelineError(f"{path} cannot be read: {error}. {remedy}") from None


def short_name(rev: str) -> str:
    """The name of a revision as a sentence or a page can hold it: workflows give commits by their full id."""
    return rev[:10] if _COMMIT.fullmatch(rev) else re.sub(r"[^\w./~^@{}-]", "?", rev)


def resolve(rev: str) -> str:
    """The full id of the commit that `rev` names.

    Raises:
        AgelineError: as for `read_at`.
    """
    _require_repository()
    # A name with a leading "-" would be taken for an option; git allows none for branches and tags.
    found = "" if rev.startswith("-") else _run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}").stdout.strip()
    if not _COMMIT.fullmatch(found):
        raise AgelineError(
            f"{rev!r} is no revision of this repository, expected a branch, a tag or a commit."
            " If the remote has it, fetch it first: `git fetch origin`, or in a shallow clone `git fetch --unshallow`."
        )
    return found


def describe() -> str:
    """What git calls the commit at hand: the last tag and the commits since, or the commit; "-dirty" where it changed.

    Raises:
        AgelineError: the current folder is in no git repository, or the repository has no commit.
    """
    _require_repository()
    done = _run("describe", "--always", "--dirty")
    if done.returncode:
        raise AgelineError(f"git can't name a commit here: {done.stderr.strip()}. Commit first: a revision is one.")
    return done.stdout.strip()


def is_reproduced() -> bool:
    """Whether what the pipeline wrote follows from the data, params and code at hand, as `dvc status` finds.

    Raises:
        AgelineError: dvc is not installed, or finds no project here.
    """
    process = _start_dvc("status", "--quiet", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, error = process.communicate()
    if process.returncode not in (0, 1):  # 1 is its answer that something changed
        raise AgelineError(f"dvc status failed: {error.strip() or process.returncode}")
    return process.returncode == 0


def experiments(rev: str = "HEAD") -> list[str]:
    """The names of the DVC experiments that started from a commit.

    Raises:
        AgelineError: as for `read_at`.
    """
    commit = resolve(rev)
    refs = _read("for-each-ref", "--format=%(refname)", f"{_EXPERIMENTS}/{commit[:2]}/{commit[2:]}/")
    return [ref.rsplit("/", 1)[1] for ref in refs.splitlines()]


def queued_experiments() -> list[str]:
    """The names of the experiments that wait in DVC's queue, or run from it.

    Raises:
        AgelineError: dvc is not installed, or finds no project here.
    """
    done = _start_dvc("queue", "status", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, error = done.communicate()
    if done.returncode:
        raise AgelineError(f"dvc queue status failed: {error.strip()}")
    rows = [line.split() for line in printed.splitlines()]  # Task, Name, Created (as 09:30 AM), Status
    return [row[1] for row in rows if len(row) >= 4 and row[-1] in {"Queued", "Running"}]


def fetch_model(rev: str) -> Path:
    """The folder with the exported model that a revision's dvc.lock names; fetched once, from DVC's cache or remote.

    Raises:
        AgelineError: as for `read_at`; or the revision has no exported model, or DVC can't get it.
    """
    commit = resolve(rev)
    root = _read("rev-parse", "--show-cdup").strip()  # "../" in a folder of the repository, "" at its root
    folder = root / MODELS / commit
    if not folder.is_dir():
        _require_exported(rev, commit, root)
        with written_whole(folder) as partial:
            partial.mkdir()
            for name in EXPORTED:
                _get(name, commit, root, partial / Path(name).name, short_name(rev))
    return folder


def _require_exported(rev: str, commit: str, root: str) -> None:
    lock = read_at(commit, f"{root}dvc.lock") or ""
    lacking = [name for name in EXPORTED if not re.search(rf"^\s*-?\s*path: {re.escape(name)}$", lock, re.M)]
    if lacking:
        raise AgelineError(
            f"{short_name(rev)} has no exported model: its dvc.lock does not name {' or '.join(lacking)}. Run"
            " `dvc repro export` there and commit dvc.lock, or name another revision."
        )


def _get(name: str, commit: str, root: str, out: Path, called: str) -> None:
    done = _start_dvc(
        "get", root or ".", name, "--rev", commit, "--out", str(out), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, error = done.communicate()
    if done.returncode or not out.is_file():
        raise AgelineError(
            f"{name} of {called} can't be fetched: {' '.join(error.split())} Where it was exported, `dvc push` it; or"
            f" check {called} out and run `dvc repro export`."
        )


def run_dvc(*arguments: str) -> int:
    """Run dvc with these arguments, its output shown as it comes, and return its exit status.

    An interrupt (Ctrl-C) reaches DVC as well, which ends by itself and in its own time; so does being told to end.
    """
    process = _start_dvc(*arguments)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        status = _wait(process)
    finally:
        signal.signal(signal.SIGTERM, before)
    return 128 - status if status < 0 else status  # as shells say by which signal it ended


def _wait(process: subprocess.Popen[str]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _start_dvc(*arguments: str, stdout: int | None = None, stderr: int | None = None) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(["dvc", *arguments], stdout=stdout, stderr=stderr, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise AgelineError(
            "dvc is not installed, or not on PATH. `make setup` installs it; `source .venv/bin/activate` puts it there."
        ) from None


def _require_repository() -> None:
    inside = _run("rev-parse", "--git-dir")
    if inside.returncode:
        raise AgelineError(f"git finds no repository here: {inside.stderr.strip()}. Run from a clone of the project.")


def _read(*arguments: str) -> str:
    done = _run(*arguments)
    if done.returncode:
        raise AgelineError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}. Look for damage with `git fsck`.")
    return done.stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise AgelineError("git is not installed, or not on PATH. Install it: revisions are read with it.") from None
