"""The only place that talks to git (and, one day, to dvc): as subprocesses, in the current folder."""

import re
import subprocess

from ageline.errors import AgelineError

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
