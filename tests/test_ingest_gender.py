"""ingest with target gender: a photo needs a gender, and takes an age or none."""

import json

import numpy as np
import pandas as pd
import pytest
from outs import AUTO, outs_below
from photos import noise

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.scheduling import Serial
from ageline.store.faceset import FaceSet


@pytest.fixture
def run(tmp_path, make_params, monkeypatch):
    """Ingest rows of a labels.csv whose photos are there, and give the folder: run("a.png,31,f", ...)."""

    def run(*rows, columns="file,age,gender", photos=None, target="gender", changes=None):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "raw").mkdir(exist_ok=True)
        names = [row.split(",")[0] for row in rows]
        for name in {*names, *(photos or {})}:
            (tmp_path / "raw" / name).write_bytes((photos or {}).get(name) or noise(int(name[:2])))
        (tmp_path / "raw/labels.csv").write_text("\n".join([columns, *rows]))
        small = {"image_size": 8, "max_rejected": 1.0, "split.fractions": [0.4, 0.3, 0.3]} | (changes or {})
        params = make_params({f"ingest.{key}": value for key, value in small.items()}).ingest
        ingest("raw", AUTO, params, outs_below(tmp_path / "out"), "splits", Serial(), target)
        return tmp_path / "out"

    return run


def faces(out):
    folds = [FaceSet.open(out / split).manifest for split in ("train", "val", "test")]
    return pd.concat(folds).set_index("source").sort_index()


def rejected(out):
    return [*pd.read_csv(out / "report/rejected.csv", keep_default_na=False).itertuples(index=False, name=None)]


def labelled(ages, first=0):
    """Rows of photos like no other, women and men in turn."""
    return [f"{number:02}.png,{age},{'fm'[number % 2]}" for number, age in enumerate(ages, first)]


def test_a_photo_needs_a_gender_and_takes_an_age_or_none(run):
    out = run(*labelled([*range(20, 36), "", "unknown"]), "20.png,31,", "21.png,31,child", "22.png,121,f")
    assert rejected(out) == [
        ("20.png", "no gender", ""),
        ("21.png", "no gender", ""),
        ("22.png", "age out of range", "121, expected 0 to 120 (ingest.ages)"),
    ]
    accepted = faces(out)
    assert accepted.gender.tolist() == ["female", "male"] * 9
    assert accepted.age[:16].tolist() == [*range(20, 36)]
    assert accepted.age[16:].isna().all()
    assert (accepted["flags"] == "").all()


def test_an_age_that_cannot_be_read_is_flagged(run):
    out = run(*labelled([*range(20, 36), "old", "9-March"]))
    assert faces(out)["flags"][16:].tolist() == ["partial_label", "partial_label"]


FOLDS = {"protocol": "column", "fractions": [0.4, 0.3, 0.3], "seed": 1, "file": None}


def test_faces_per_gender_and_fold_are_reported(run):
    rows = ["01.png,31,f,train", "02.png,2,m,train", "03.png,,f,val", "04.png,40,f,val", "05.png,,m,test"]
    out = run(*rows, columns="file,age,gender,split", changes={"split": FOLDS})
    counts = json.loads((out / "report/ingest.json").read_text())
    assert counts["genders"] == {
        "train": {"female": 1, "male": 1},
        "val": {"female": 2, "male": 0},
        "test": {"female": 0, "male": 1},
    }
    assert counts["with_age"] == {"train": 2, "val": 1, "test": 0}
    assert counts["ages"]["test"] is None
    assert (out / "report/summary.txt").read_text().splitlines()[:4] == [
        "5 photos listed: 5 accepted, 0 rejected",
        "train: 2 faces, 1 female, 1 male, aged 2 to 31, 16.5 on average",
        "val: 2 faces, 2 female, 0 male, 1 of them aged 40 to 40, 40.0 on average",
        "test: 1 faces, 0 female, 1 male, of unknown age",
    ]
    assert (out / "report/folds.csv").read_text().splitlines() == [
        "split,faces,female,male,mean_age,lowest,first_quartile,median,third_quartile,highest,"
        "age_0,age_10,age_20,age_30,age_40",
        "train,2,1,1,16.5,2.0,9.25,16.5,23.75,31.0,1,0,0,1,0",
        "val,2,2,0,40.0,40.0,40.0,40.0,40.0,40.0,0,0,0,0,1",
        "test,1,0,1,,,,,,,0,0,0,0,0",
    ]


def test_a_set_without_any_age_is_counted_too(run):
    rows = ["01.png,f,train", "02.png,m,val", "03.png,f,test"]
    out = run(*rows, columns="file,gender,split", changes={"split": FOLDS})
    assert faces(out).age.isna().all()
    summary = (out / "report/summary.txt").read_text().splitlines()
    assert summary[1] == "train: 1 faces, 1 female, 0 male, of unknown age"
    assert (out / "report/folds.csv").read_text().splitlines()[1] == "train,1,1,0,,,,,,,0"


def test_target_age_counts_no_genders(run):
    out = run(*labelled(range(20, 38)), target="age")
    assert not {"genders", "with_age"} & json.loads((out / "report/ingest.json").read_text()).keys()
    assert "female" not in (out / "report/folds.csv").read_text()


def test_an_unknown_age_contradicts_none_and_another_gender_does(run):
    copies = {f"{number}.png": noise(number - 50) for number in (50, 51, 52)}
    rows = [*labelled([""] * 18), "50.png,31,f", "51.png,,f", "52.png,40,"]
    out = run(*rows, photos=copies)
    assert rejected(out) == [
        ("01.png", "label conflict", "male here, female in 51.png"),
        ("51.png", "label conflict", "female here, male in 01.png"),
        ("52.png", "no gender", ""),
    ]
    counts = json.loads((out / "report/ingest.json").read_text())
    assert counts["duplicates"] == {"groups": 2, "photos": 4, "rejected": 2, "largest_age_gap": 0.0}
    assert "conflicts: labels differ in 1 of them, 2 photos" in (out / "report/summary.txt").read_text().splitlines()
    audit = pd.read_csv(out / "report/audit.csv")
    assert np.isnan(audit.age_gap[audit.source == "01.png"].iloc[0])


@pytest.mark.parametrize("target", ["age", "gender"])
def test_no_photo_with_a_label_of_the_target_is_an_error_that_names_it(run, target):
    columns = {"age": "file,gender,subject", "gender": "file,age,subject"}[target]
    with pytest.raises(AgelineError) as error:
        run("01.png,f,1" if target == "age" else "01.png,31,1", columns=columns, target=target)
    assert str(error.value).startswith(f"raw has no usable photo of 1:\n  1 no {target}, such as 01.png\nNo fold was")
    other, layouts = {"age": ("gender", "utkface"), "gender": ("age", "folders female and male")}[target]
    assert f"set target: {other}" in str(error.value)
    assert layouts in str(error.value)


def test_photos_that_are_not_there_are_no_matter_of_the_target(run, tmp_path):
    (tmp_path / "raw").mkdir()
    with pytest.raises(AgelineError, match=r"1 age out of range.*\n.*Mend the source\.$"):
        run("01.png,130,f")


def test_the_sheet_of_copies_shows_two_genders_first(run, tmp_path):
    copies = {f"{number}.png": noise(number - 50) for number in (50, 51)}
    run(*labelled([""] * 18), "50.png,,f", "51.png,,f", photos=copies)
    assert (tmp_path / "out/figures/duplicates.png").read_bytes().startswith(b"\x89PNG")
