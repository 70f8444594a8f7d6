"""What a training says and leaves that was killed, perhaps, and then went on."""

import re
from pathlib import Path


def gone_on(shown: str) -> int | None:
    """The epoch after which a training says that it goes on."""
    found = re.search(r"goes on after epoch (\d+)", shown)
    return int(found[1]) if found else None


def results(folder: Path) -> dict[str, bytes]:
    """By name, the bytes of all that a training hands over."""
    files = [folder / "model.keras", folder / "history.csv", *sorted((folder / "epochs").iterdir())]
    return {file.name: file.read_bytes() for file in files}
