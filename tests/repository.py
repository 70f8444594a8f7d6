"""A real git repository for a test to work in."""

import re
import subprocess
from pathlib import Path

import pytest


def params_with_limit(limit: str) -> str:
    """The shipped params.yaml with this gate.limit."""
    shipped = (Path(__file__).parent.parent / "params.yaml").read_text(encoding="utf-8")
    text, changed = re.subn(r"^  limit: .*$", f"  limit: {limit}", shipped, flags=re.M)
    assert changed == 1
    return text


class Repository:
    """An empty repository, made the current folder; this machine's git settings do not reach it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_NAME", "A Tester")
            monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.org")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        folder.mkdir()
        monkeypatch.chdir(folder)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it printed."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True, encoding="utf-8")
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str], message: str = "A change") -> str:
        """Write and commit files, and return the commit's id."""
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")
