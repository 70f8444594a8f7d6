"""The stages that need no model, run as DVC runs them: seeds and folds reach what they write."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from photos import noise

from ageline.explore.sheets import draw_samples
from ageline.figures import credit
from ageline.store.faceset import FaceSet
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
            "--source raw --train train --val val --test test --report report --splits splits --detectors none"
            " --figures figures",
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


@pytest.fixture
def run_on_genders(run, shipped, tmp_path):
    """Run ingest, eda and augment on forty photos in the folders female, which has ten, and male."""

    def run_stages(name: str, data: dict, augmentation: dict) -> None:
        for number in range(40):
            gender = "male" if number % 4 else "female"
            path = tmp_path / "raw" / gender / name.format(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(noise(number))
        shipped["target"] = "gender"
        shipped["model"]["top"]["head"] = "classes"
        sections = {"train": {"loss": "crossentropy", "monitor": "val_accuracy"}, "gate": {"metric": "accuracy"}}
        sections |= {"data": {"source": "raw"} | data, "augment": augmentation}
        folds = "--train train --val val --test test"
        run(
            ingest,
            f"--source raw {folds} --report report --splits splits --detectors none --figures sheets",
            **sections,
        )
        run(eda, f"{folds} --tables eda --figures figures")
        run(augment, "--train train --counts eda/counts.csv --out copies --tables balance --figures after")

    return run_stages


def test_photos_in_folders_of_genders_are_counted_and_none_is_copied_unasked(run_on_genders):
    run_on_genders("{}.png", {"layout": "auto"}, {})
    counts = pd.read_csv("eda/counts.csv").set_index("gender")
    assert counts.columns.tolist() == ["train", "val", "test"]
    assert counts.sum(axis=1).to_dict() == {"female": 10, "male": 30}
    assert pd.read_csv("eda/summary.csv").age_missing.sum() == 40
    assert {path.name for path in Path("figures").iterdir()} == {
        *("genders.png", "ages.png", "samples.png", "extremes.png", "sizes.png"),
    }
    assert len(FaceSet.open("copies")) == 0
    assert pd.read_csv("balance/balance.csv").copies.tolist() == [0, 0]


def test_the_smaller_gender_is_copied_where_asked_and_copies_keep_their_labels(run_on_genders, capsys):
    pattern = "(?P<gender>female|male)/(?P<age>[0-9]+)_.*"
    run_on_genders("{}_a.png", {"layout": "pattern", "pattern": pattern}, {"min_per_class": 12, "max_copies": 11})
    before = int(pd.read_csv("eda/counts.csv").train[0])
    assert 1 <= before <= 10
    assert pd.read_csv("balance/balance.csv").iloc[0].tolist()[:4] == ["female", before, 12 - before, 12]
    copies, train = FaceSet.open("copies").manifest, FaceSet.open("train").manifest.set_index("face_id")
    originals = train.loc[copies.copy_of]
    assert copies.gender.tolist() == originals.gender.tolist() == ["female"] * (12 - before)
    assert copies.age.tolist() == originals.age.tolist()
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"{12 - before} copies of faces; 0 more would bring every gender up to min_per_class"
    )
