"""The stages that need no model, run as DVC runs them: seeds and folds reach what they write."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from photos import noise

from ageline.explore.sheets import draw_samples
from ageline.figures import credit
from ageline.store import FaceSet
from stages import augment, eda, ingest


@pytest.fixture
def run(tmp_path, monkeypatch, shipped):
    """Run a stage in a folder of its own, with a seed and the shipped params."""
    monkeypatch.chdir(tmp_path)

    def run_stage(stage, flags: str, **sections: dict) -> None:
        for name, changes in sections.items():
            shipped[name] |= changes
        Path("params.yaml").write_text(yaml.safe_dump(shipped))
        stage.main(flags.split())

    return run_stage


def test_the_sample_is_called_synthetic_and_another_folder_by_its_name_alone():
    assert credit("data/sample") == "data/sample (synthetic faces, drawn by code)"
    assert credit("/home/someone/faces") == "faces"


def test_the_split_seed_decides_the_folds(run, tmp_path):
    (tmp_path / "raw").mkdir()
    for number in range(40):
        (tmp_path / "raw" / f"{20 + number}_0_0_20170109142408{number:03}.png").write_bytes(noise(number))
    folds = {}
    for seed in (1, 1, 2):
        split = {"protocol": "random", "fractions": [0.4, 0.3, 0.3], "seed": seed, "file": None}
        run(
            ingest,
            "--source raw --train train --val val --test test --report report --splits splits --figures figures",
            ingest={"split": split},
        )
        faces = frozenset(pd.read_parquet("train/manifest.parquet").face_id)
        assert folds.setdefault(seed, faces) == faces
    assert folds[1] != folds[2]


def test_the_augment_seed_decides_the_copies(run, make_faces):
    make_faces([30, 30, 80])
    Path("counts.csv").write_text("age,train\n30,2\n80,1\n")
    packs = {}
    for seed in (1, 1, 2):
        run(
            augment,
            "--train faces --counts counts.csv --out copies --tables tables --figures figures",
            augment={"seed": seed, "min_per_age": 3, "transforms": ["noise", "light"]},
        )
        assert (
            packs.setdefault(seed, Path("copies/pack-00000.npy").read_bytes())
            == Path("copies/pack-00000.npy").read_bytes()
        )
    assert packs[1] != packs[2]


def test_eda_shows_training_faces_alone(run, make_faces):
    make_faces([10, 20], "train")
    make_faces([30, 40], "val")
    make_faces([50, 60], "test")
    run(eda, "--train train --val val --test test --tables tables --figures figures", eda={"samples": 2, "extremes": 1})
    draw_samples(Path("expected.png"), FaceSet.open("train"), 2, "age", credit("data/sample"))
    assert Path("figures/samples.png").read_bytes() == Path("expected.png").read_bytes()
