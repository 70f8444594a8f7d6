"""What a layout lists of a source, as the tests of layouts compare it."""

import re
import shlex
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

from dvc.utils.hydra import apply_overrides

from ageline.faces.layouts import Listed, find_layout
from ageline.faces.sources import Source
from ageline.params import Data, load_params

ROOT = Path(__file__).parent.parent


def describe(layout: str, pattern: str | None = None, columns: tuple[str, ...] | None = None) -> Data:
    """The section `data` of params.yaml for a layout."""
    return Data(source="raw", layout=layout, pattern=pattern, columns=columns)


def list_faces(source: Source, layout: str = "auto", *, pattern: str | None = None, columns=None) -> list[Listed]:
    """What the layout, which has to fit, lists."""
    return find_layout(source, describe(layout, pattern, columns)).list_faces(source)


def rows(source: Source, layout: str = "auto", **description) -> list[tuple[str, str | float | None]]:
    """What is listed: the age, or the problem that there is with it, by source."""
    listed = [(row, row.problem_for("age")) for row in list_faces(source, layout, **description)]
    return [(row.source, str(problem) if problem else row.age) for row, problem in listed]


def documented(name: str) -> dict[str, object]:
    """What the command in docs/data.md for the source data/raw/NAME makes of params.yaml by way of DVC, to list it."""
    page = (ROOT / "docs/data.md").read_text().replace("\\\n", "")  # as a shell joins lines
    (command,) = (
        line for line in page.splitlines() if re.search(rf"dvc exp run .*data\.source=data/raw/{name} ", line)
    )
    words = shlex.split(command)
    with tempfile.TemporaryDirectory() as folder:
        params = Path(folder) / "params.yaml"
        shutil.copy(ROOT / "params.yaml", params)
        apply_overrides(params, [value for flag, value in pairwise(words) if flag == "-S"])
        data = load_params(params).data
    return {"layout": data.layout, "pattern": data.pattern, "columns": data.columns}
