"""What ingest does about photos that are one and the same, and about poor ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from faces_drawn import COPIES, draw_face, encode
from outs import AUTO, outs_below
from photos import BLACK, WHITE, photo
from PIL import Image, ImageFilter

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.scheduling import Serial
from ageline.store.faceset import FaceSet

FACES = 12


@pytest.fixture(scope="module")
def faces() -> list[Image.Image]:
    return [draw_face(seed) for seed in range(FACES)]


@pytest.fixture
def raw(tmp_path, faces):
    """Twelve drawn faces of the ages 20 to 31, and other photos by name and age: raw({"x.jpg": (bytes, 5)})."""

    def make(others=None):
        folder = tmp_path / "raw"
        folder.mkdir()
        photos = {f"face{number:02}.jpg": (encode(face), 20 + number) for number, face in enumerate(faces)}
        photos |= others or {}
        for name, (data, _) in photos.items():
            (folder / name).write_bytes(data)
        rows = "\n".join(f"{name},{age}" for name, (_, age) in photos.items())
        (folder / "labels.csv").write_text(f"file,age\n{rows}\n")
        return folder

    return make


@pytest.fixture
def run(tmp_path, make_params):
    def run(source, **changes):
        small = {"ingest.image_size": 32, "ingest.max_rejected": 0.5, "ingest.split.fractions": [0.4, 0.3, 0.3]}
        params = make_params(small | {f"ingest.{key.replace('__', '.')}": value for key, value in changes.items()})
        ingest(source, AUTO, params.ingest, outs_below(tmp_path / "out"), tmp_path / "splits", Serial())
        return tmp_path / "out"

    return run


def manifests(out):
    folds = [FaceSet.open(out / split).manifest for split in ("train", "val", "test")]
    return pd.concat(folds).set_index("source").sort_index()


def rejected(out):
    table = pd.read_csv(out / "report/rejected.csv", keep_default_na=False)
    return {row.source: (row.reason, row.detail) for row in table.itertuples()}


def audit(out):
    return pd.read_csv(out / "report/audit.csv", keep_default_na=False)


def copies_of(faces, **of):
    """Copies to be added to `raw`: name -> (face, kind of copy, age)."""
    return {f"{name}.jpg": (encode(COPIES[kind](faces[face])), age) for name, (face, kind, age) in of.items()}


def test_near_duplicates_stay_on_one_side(raw, run, faces):
    kinds = list(COPIES)
    others = copies_of(faces, **{f"x{number}": (number, kind, 20 + number) for number, kind in enumerate(kinds)})
    out = run(raw(others))
    found = manifests(out)
    for number in range(len(kinds)):
        first, copy = found.loc[f"face{number:02}.jpg"], found.loc[f"x{number}.jpg"]
        assert (copy.split_group, copy.split) == (first.face_id, first.split)
        assert (first["flags"], copy["flags"]) == ("near_duplicate", "near_duplicate")
    counts = json.loads((out / "report/ingest.json").read_text())
    assert counts["duplicates_by_kind"] == {"same_bytes": 0, "same_pixels": 0, "near_duplicate": 10}
    assert counts["straddling"] == {"groups": 0, "photos": 0}


def test_duplicates_are_dropped_but_for_the_first(raw, run, faces):
    others = copies_of(faces, a_crop=(3, "crop of 4%", 23), z_jpeg=(3, "jpeg 50", 23))
    out = run(raw(others), duplicates="drop")
    assert rejected(out) == {
        "face03.jpg": ("duplicate", "a near-duplicate of a_crop.jpg"),
        "z_jpeg.jpg": ("duplicate", "a near-duplicate of a_crop.jpg"),
    }
    assert audit(out)[["source", "kept"]].values.tolist() == [
        ["a_crop.jpg", True],
        ["face03.jpg", False],
        ["z_jpeg.jpg", False],
    ]


def test_copies_that_contradict_one_another_are_no_duplicates_to_drop(raw, run, faces):
    others = copies_of(faces, x=(3, "jpeg 50", 61), y=(4, "jpeg 50", 24))
    out = run(raw(others), duplicates="drop", conflicts="keep")
    assert rejected(out) == {"y.jpg": ("duplicate", "a near-duplicate of face04.jpg")}


def test_of_copies_the_first_that_has_a_fold_is_kept(raw, run, faces):
    source = raw(copies_of(faces, a_crop=(3, "crop of 4%", 23)))
    rows = (source / "labels.csv").read_text().splitlines()
    folds = ["split", *("train", "val", "test") * 4, ""]  # the copy, which comes last in the table, has none
    (source / "labels.csv").write_text("\n".join(f"{row},{fold}" for row, fold in zip(rows, folds, strict=True)))
    out = run(source, duplicates="drop", split__protocol="column")
    assert rejected(out).keys() == {"a_crop.jpg"}
    assert rejected(out)["a_crop.jpg"][0] == "no fold"


def test_photos_of_a_person_stay_on_one_side(raw, run):
    source = raw()
    rows = (source / "labels.csv").read_text().splitlines()
    people = ["subject", *("ada", "bob", "eve", "") * 3]
    (source / "labels.csv").write_text("\n".join(f"{row},{who}" for row, who in zip(rows, people, strict=True)))
    found = manifests(run(source))
    assert found.groupby("subject").split.nunique().to_dict() == {"ada": 1, "bob": 1, "eve": 1}
    assert found.split_group[found.subject == "ada"].unique().tolist() == ["subject ada"]
    assert (found.split_group[found.subject.isna()] == found.face_id[found.subject.isna()]).all()
    out = run(source, split__protocol="first-fraction", split__fractions=[0.4, 0.3, 0.3])
    assert json.loads((out / "report/ingest.json").read_text())["straddling"] == {"groups": 3, "photos": 9}


def test_dropped_copies_count_for_nothing_towards_max_rejected(raw, run, faces):
    others = copies_of(faces, **{f"x{number}": (number, "jpeg 50", 20 + number) for number in range(8)})
    assert len(rejected(run(raw(others), duplicates="drop", max_rejected=0.0))) == 8


def test_one_photo_under_two_ages_is_dropped_with_both(raw, run, faces):
    out = run(raw(copies_of(faces, x=(3, "half size and back", 61))))
    assert rejected(out) == {
        "face03.jpg": ("label conflict", "23 here, 61 in x.jpg"),
        "x.jpg": ("label conflict", "61 here, 23 in face03.jpg"),
    }
    columns = ["finding", "source", "age", "conflict", "age_gap", "detail"]
    assert audit(out)[columns].values.tolist() == [
        ["near_duplicate", "face03.jpg", 23.0, True, 38.0, "23 here, 61 in x.jpg"],
        ["near_duplicate", "x.jpg", 61.0, True, 38.0, "61 here, 23 in face03.jpg"],
    ]


@pytest.mark.parametrize(
    ("policy", "age", "message"),
    [
        ("duplicates", 23, "2 photos in .*raw are copies of one another, face03.jpg among them; expected none"),
        ("conflicts", 61, "2 photos in .*raw are one photo under different labels, face03.jpg among them"),
    ],
)
def test_fail_stops_the_run_and_leaves_the_account(raw, run, faces, tmp_path, policy, age, message):
    with pytest.raises(AgelineError, match=rf"{message}.*\(ingest\.{policy}: fail\).*audit\.csv lists them all"):
        run(raw(copies_of(faces, x=(3, "jpeg 50", age))), **{policy: "fail"})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["figures", "report"]
    assert len(audit(tmp_path / "out")) == 2


def test_fail_lets_a_set_without_copies_pass(raw, run):
    assert len(manifests(run(raw(), duplicates="fail", conflicts="fail"))) == FACES


def test_a_photo_that_comes_to_two_groups_on_different_sides_is_rejected(raw, run, faces):
    face = faces[0]
    crops = {  # each is a near-duplicate of its neighbours, the first and the last are not of one another
        f"y{step}.jpg": (encode(face.crop((6 * step, 0, 120, 120 - 6 * step))), 20) for step in range(1, 4)
    }
    source = raw(crops)
    seeds = range(40)
    outs = {}
    for seed in seeds:
        out = run(source, split__seed=seed)
        outs[seed] = rejected(out)
        counts = json.loads((out / "report/ingest.json").read_text())
        assert counts["straddling"] == {"groups": 0, "photos": 0}
        assert counts["accepted"] + counts["rejected"] == counts["listed"] == FACES + 3
        if outs[seed]:
            break
    (name, (reason, detail)), *_ = outs[seed].items()
    assert (name[0], reason) == ("y", "duplicate in another fold")
    assert detail.startswith("a near-duplicate of ")


def test_blank_photos_are_not_taken_for_one_another(raw, run):
    blank = {"white.png": (photo(WHITE, (64, 64)), 30), "light.png": (photo((250, 250, 250), (64, 64)), 40)}
    out = run(raw(blank))
    assert audit(out)[["finding", "source", "value"]].values.tolist() == [
        ["blank", "light.png", 0.0],
        ["blank", "white.png", 0.0],
    ]


def test_flaws_are_found_and_reject_nothing(raw, run, faces):
    barred = Image.new("RGB", (150, 120), BLACK)
    barred.paste(faces[1], (15, 0))
    others = {
        "barred.jpg": (encode(barred), 21),
        "blurred.png": (encode(faces[2].filter(ImageFilter.GaussianBlur(4)).rotate(180)), 22),
        "small.jpg": (encode(faces[3].transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((15, 15))), 23),
    }
    out = run(raw(others))
    found = audit(out)[["finding", "source", "value", "kept"]].set_index("source")
    assert found.finding.to_dict() == {
        "barred.jpg": "black_bars", "blurred.png": "blurred", "small.jpg": "too_small"
    }  # fmt: skip
    assert found.value["barred.jpg"] == pytest.approx(0.2, abs=0.02)
    assert found.value["small.jpg"] == 15
    assert found.kept.all()
    assert manifests(out)["flags"][["barred.jpg", "small.jpg"]].tolist() == ["black_bars", "too_small"]


def test_the_sheets_are_pictures(raw, run, faces):
    out = run(raw(copies_of(faces, x=(3, "jpeg 50", 61))))
    for name in ("duplicates.png", "flaws.png"):
        assert np.asarray(Image.open(out / "figures" / name)).std() > 10
    assert sorted(path.name for path in Path(out / "figures").iterdir()) == ["duplicates.png", "flaws.png"]


PROTOCOLS = {
    "first-fraction": {"split__fractions": [0.5, 0.2, 0.3]},
    "column": {},
    "file": {"split__file": "mine.csv"},
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_protocol_says_how_many_groups_straddle(raw, run, faces, tmp_path, protocol):
    source = raw(copies_of(faces, x=(1, "crop of 4%", 21), y=(1, "jpeg 50", 21), z=(10, "jpeg 50", 30)))
    stated = {f"face{number:02}.jpg": ("test", "val", "train", "train")[number % 4] for number in range(FACES)}
    stated |= {"x.jpg": "train", "y.jpg": "val"}  # and none for z
    (tmp_path / "splits").mkdir()
    lines = [f"{name},{fold}\n" for name, fold in stated.items()]
    (tmp_path / "splits/mine.csv").write_text("".join(["source,split\n", *lines]))
    rows = (source / "labels.csv").read_text().splitlines()
    labelled = [f"{row},{stated.get(row.split(',')[0], '')}" for row in rows[1:]]
    (source / "labels.csv").write_text("\n".join(["file,age,split", *labelled]))
    out = run(source, split__protocol=protocol, **PROTOCOLS[protocol])
    counts = json.loads((out / "report/ingest.json").read_text())
    if protocol == "first-fraction":  # face01 is in test, its copies, which the table lists last, in train
        assert (rejected(out), counts["straddling"]) == ({}, {"groups": 1, "photos": 3})
    else:
        expected = "in mine.csv" if protocol == "file" else "by its label or folder"
        detail = f"expected train, val or test {expected} (ingest.split.protocol: {protocol})"
        assert rejected(out) == {"z.jpg": ("no fold", detail)}
        assert counts["straddling"] == {"groups": 1, "photos": 3}
        assert manifests(out).split.to_dict() == stated
    straddling = "copies of a photo, or photos of a person, straddle folds: 1 group of 3 photos"
    assert straddling in (out / "report/summary.txt").read_text().splitlines()


def test_the_folds_of_a_run_can_be_given_to_another(raw, run, tmp_path):
    source = raw()
    first = manifests(run(source)).split
    (tmp_path / "splits").mkdir()
    (tmp_path / "out/report/splits.csv").rename(tmp_path / "splits/first.csv")
    second = manifests(run(source, split__protocol="file", split__file="first.csv", split__seed=9)).split
    assert second.equals(first)


def test_how_ages_spread_over_folds_is_a_table(raw, run):
    out = run(raw(), split__protocol="first-fraction", split__fractions=[0.5, 0.25, 0.25])
    table = pd.read_csv(out / "report/folds.csv").set_index("split")
    assert table.loc["test"].to_dict() == {
        "faces": 3, "mean_age": 21.0, "lowest": 20.0, "first_quartile": 20.5, "median": 21.0, "third_quartile": 21.5,
        "highest": 22.0, "age_0": 0, "age_10": 0, "age_20": 3, "age_30": 0,
    }  # fmt: skip
    assert table.age_30.to_dict() == {"train": 2, "val": 0, "test": 0}
