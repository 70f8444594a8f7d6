"""Where the ingests of tests write."""

from pathlib import Path

from ageline.faces.ingest import Outs
from ageline.params import Data

AUTO = Data(source="raw", layout="auto", pattern=None, columns=None)


def outs_below(folder: Path) -> Outs:
    """Folders of the names train, val, test, report and figures below `folder`."""
    return Outs({fold: folder / fold for fold in ("train", "val", "test")}, folder / "report", folder / "figures")
