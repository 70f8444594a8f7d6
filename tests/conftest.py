"""What several tests need: folders of tiny faces, and a params.yaml to run them with."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ageline.faces.sources import Source, open_source
from ageline.overrides import with_values
from ageline.params import Params, parse_params
from ageline.store.faceset import FaceSet, write_faceset

ROOT = Path(__file__).parent.parent


@pytest.fixture
def shipped() -> dict:
    """params.yaml as the repository ships it, to be changed by a test."""
    return yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture
def make_params(shipped) -> Callable[..., Params]:
    """The shipped params with some keys changed: make_params({"train.epochs": 1})."""

    def make(changes: dict[str, object] | None = None) -> Params:
        shipped.update(with_values(shipped, changes or {}))
        return parse_params(shipped)

    return make


@pytest.fixture
def source_of(tmp_path) -> Callable[..., Source]:
    """A source of empty photos, of CSV files and of other texts: source_of("a.jpg", {"b.txt": "..."}, labels="...")."""

    def make(*files: str | dict[str, str], **csvs: str | bytes) -> Source:
        texts = {name: "" for name in files if isinstance(name, str)}
        texts |= {name: text for file in files if isinstance(file, dict) for name, text in file.items()}
        texts |= {f"{name.replace('__', '/')}.csv": text for name, text in csvs.items()}
        for name, text in texts.items():
            path = tmp_path / "raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return open_source(tmp_path / "raw")

    return make


@pytest.fixture
def make_faces(tmp_path) -> Callable[..., FaceSet]:
    """A face set of the ages given; face k has the id `face<k>` and is grey, 2 * its age bright."""

    def make(ages: Sequence[float], folder: str = "faces", size: int = 8, split: str = "train") -> FaceSet:
        names = [f"face{number:03}" for number in range(len(ages))]
        manifest = pd.DataFrame(
            {
                "face_id": names,
                "source": [f"{name}.png" for name in names],
                "age": np.array(ages, float),
                "split_group": names,
                "split": split,
                "width": size,
                "height": size,
                "flags": "",
            }
        )
        images = (np.full((size, size, 3), round(2 * age), np.uint8) for age in ages)
        write_faceset(tmp_path / folder, manifest, images, (size, size))
        return FaceSet.open(tmp_path / folder)

    return make


@pytest.fixture
def paths(tmp_path) -> dict[str, Path]:
    """Where `write_scores` is to write."""
    return {
        "metrics_path": tmp_path / "metrics/metrics.json",
        "predictions_path": tmp_path / "metrics/predictions.csv",
        "tables_dir": tmp_path / "metrics/evaluate",
        "figures_dir": tmp_path / "reports/evaluate",
    }
