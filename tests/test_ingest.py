"""From a source to folds, with every photo accounted for."""

import hashlib
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from drawn import FOUND, person, scene, write_red_block_finder
from outs import AUTO, outs_below
from photos import BLUE, RED, encode, noise, photo
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.scheduling import Processes, Serial
from ageline.store.faceset import FaceSet
from stages.ingest import main

SERIAL = Serial()


@pytest.fixture
def params(make_params):
    """ingest's section, for 8 x 8 faces of a few photos: params({"conflicts": "keep"})."""

    def make(changes=None):
        small = {"image_size": 8, "max_rejected": 1.0, "split.fractions": [0.4, 0.3, 0.3]} | (changes or {})
        return make_params({f"ingest.{key}": value for key, value in small.items()}).ingest

    return make


@pytest.fixture
def raw(tmp_path):
    """A folder `raw` of photos with a CSV: raw({"a.png": bytes}, "a.png,5"); by default 20 photos like no other."""

    def make(photos=None, *labels, columns="file,age"):
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        usable = {f"face{number:02}.png": noise(number) for number in range(20)}
        for name, data in (usable | (photos or {})).items():
            (folder / name).write_bytes(data)
        rows = [columns, *(f"{name},{20 + number}" for number, name in enumerate(usable)), *labels]
        (folder / "labels.csv").write_text("\n".join(rows))
        return folder

    return make


@pytest.fixture
def run(tmp_path, params):
    """Ingest a source into `tmp_path/<name>` and give the folder."""

    def run(source, changes=None, name="out", scheduler=SERIAL):
        out = tmp_path / name
        ingest(source, AUTO, params(changes), outs_below(out), tmp_path / "splits", scheduler)
        return out

    return run


def manifests(out):
    folds = [FaceSet.open(out / split).manifest for split in ("train", "val", "test")]
    return pd.concat(folds).set_index("source").sort_index()


def report(out):
    return json.loads((out / "report/ingest.json").read_text())


def rejected(out):
    table = pd.read_csv(out / "report/rejected.csv", keep_default_na=False)
    return {row.source: (row.reason, row.detail) for row in table.itertuples()}


def audit(out):
    return pd.read_csv(out / "report/audit.csv", keep_default_na=False)


def content(out):
    """Hashes of all files; the sheets name their source, so they are those of one."""
    files = sorted(path for path in Path(out).rglob("*") if path.is_file() and path.suffix != ".png")
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_photo_is_in_one_fold_with_its_label_and_pixels(raw, run):
    out = run(
        raw({"red.png": photo(RED, (20, 10))}, "red.png,7.5,Male,White,p1", columns="file,age,gender,race,subject")
    )
    faces = manifests(out)
    assert len(faces) == 21
    red = faces.loc["red.png"]
    assert red[["age", "gender", "ethnicity", "subject", "width", "height", "flags"]].tolist() == [
        *(7.5, "male", "white", "p1", 20, 10, "blank"),
    ]
    assert red.face_id == hashlib.blake2b(photo(RED, (20, 10)), digest_size=8).hexdigest()
    assert red.split_group == "subject p1"
    fold = FaceSet.open(out / red.split)
    position = fold.manifest.source.tolist().index("red.png")
    assert fold.pixels([position])[0, :, 4].tolist() == [[0, 0, 0]] * 2 + [[255, 0, 0]] * 4 + [[0, 0, 0]] * 2
    assert faces.loc["face00.png", ["age", "gender", "subject"]].isna().tolist() == [False, True, True]


def test_with_detect_the_largest_face_is_taken_and_a_photo_without_one_rejected(raw, run):
    photos = {f"face{n:02}.png": encode(person(n, 96)) for n in FOUND}
    photos |= {f"face{n:02}.png": noise(n, (96, 96)) for n in range(20) if n not in FOUND}
    photos["two.png"] = encode(scene((1, 120, 20, 300), (2, 240, 380, 20)))
    out = run(raw(photos, "two.png,30"), {"face_crop": "detect", "image_size": 700})
    faces = manifests(out)
    assert faces["flags"].to_dict() == {f"face{n:02}.png": "too_small" for n in FOUND} | {
        "two.png": "several_faces too_small"  # by what is cut: the photo itself would do
    }
    assert faces.loc["two.png", ["width", "height"]].tolist() == [640, 480]
    assert set(rejected(out).values()) == {("no face found", "in a photo of 96 x 96")}
    assert report(out)["rejected_by_reason"] == {"no face found": 14}
    assert report(out)["flags"] == {"several_faces": 1, "too_small": 7}
    shown = (out / "report/summary.txt").read_text()
    assert "\n  14 no face found\n" in shown
    assert "\nseveral faces: in 1 photo, of which the largest face was taken\n" in shown


def test_a_detector_is_used_by_its_name_and_one_that_is_not_there_ends_it_before_it_begins(raw, params, tmp_path):
    red = Image.new("RGB", (64, 64), "gray")
    red.paste("red", (16, 16, 24, 24))
    source = raw({"red.png": encode(red)}, "red.png,5")
    chosen = params({"face_crop": "detect", "detector": "red.onnx", "split.fractions": [1.0, 0.0, 0.0]})
    folders = tmp_path / "splits", SERIAL, "age", tmp_path
    with pytest.raises(AgelineError, match=r"The face detector \S+/red\.onnx can't be read"):
        ingest(source, AUTO, chosen, outs_below(tmp_path / "out"), *folders)
    assert not (tmp_path / "out/report").exists()
    write_red_block_finder(tmp_path / "red.onnx")
    with pytest.raises(AgelineError, match=r"The val fold holds none of the 1 faces"):
        ingest(source, AUTO, chosen, outs_below(tmp_path / "out"), *folders)
    assert report(tmp_path / "out")["rejected_by_reason"] == {"no face found": 20}


def test_faces_are_stored_in_the_order_of_source_with_their_own_pixels(raw, run):
    out = run(raw())
    for split in ("train", "val", "test"):
        fold = FaceSet.open(out / split)
        assert fold.manifest.source.is_monotonic_increasing
        assert (fold.manifest.split == split).all()
        for position, source in enumerate(fold.manifest.source):
            seed = int(source[4:6])
            alone = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)
            near = alone.reshape(8, 2, 8, 2, 3).mean((1, 3))
            assert np.corrcoef(fold.pixels([position])[0].ravel(), near.ravel())[0, 1] > 0.9


def test_all_that_is_listed_is_accepted_or_rejected(raw, run):
    photos = {"empty.png": b"", "cut.jpg": noise(1, (64, 64), "JPEG")[:1500], "text.png": b"hello", "free.png": photo()}
    labels = [
        "empty.png,5",
        "cut.jpg,5",
        "text.png,5",
        "gone.png,5",
        "face00.png,20",
        "old.png,121",
        "../x.png,5",
        ",5",
    ]
    out = run(raw(photos | {"old.png": photo(BLUE)}, *labels))
    assert rejected(out) == {
        "../x.png": ("name leaves the source", ""),
        "cut.jpg": ("broken photo", rejected(out)["cut.jpg"][1]),
        "empty.png": ("empty file", ""),
        "face00.png": ("listed twice", ""),
        "free.png": ("no label", "not in labels.csv"),
        "gone.png": ("no such file", ""),
        "labels.csv:29": ("no file name", ""),
        "old.png": ("age out of range", "121, expected 0 to 120 (ingest.ages)"),
        "text.png": ("not a photo", "expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF"),
    }
    counts = report(out)
    assert (counts["listed"], counts["accepted"], counts["rejected"]) == (29, 20, 9)
    assert sum(counts["rejected_by_reason"].values()) == 9
    assert sum(counts["faces"].values()) == 20
    assert counts["other_files"] == 1  # labels.csv


def test_a_photo_of_a_gender_without_an_age_is_rejected(tmp_path, run):
    for number in range(20):
        for name in (f"{20 + number}/{number}.png", f"female/{20 + number}.png"):
            (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "raw" / name).write_bytes(noise(int(name.split("/")[1][:-4])))
    out = run(tmp_path / "raw")
    assert rejected(out) == {f"female/{20 + number}.png": ("no age", "") for number in range(20)}
    assert sorted(manifests(out).age) == [*range(20, 40)]


def test_copies_that_agree_stay_together(raw, run):
    copies = {"copy1.png": noise(3), "copy2.bmp": noise(3, kind="BMP")}
    out = run(raw(copies, "copy1.png,23", "copy2.bmp,23"))
    faces = manifests(out).loc[["copy1.png", "copy2.bmp", "face03.png"]]
    assert faces["flags"].tolist() == ["same_bytes", "same_pixels", "same_bytes"]
    assert faces.split_group.unique().tolist() == [faces.face_id["copy1.png"]]
    assert faces.face_id["face03.png"] == faces.face_id["copy1.png"] + "-2"
    assert faces.split.nunique() == 1
    assert report(out)["duplicates"] == {"groups": 1, "photos": 3, "rejected": 0, "largest_age_gap": 0.0}


@pytest.mark.parametrize("conflicts", ["drop", "keep"])
def test_copies_that_disagree_are_dropped_or_kept(raw, run, conflicts):
    out = run(raw({"copy.png": noise(3)}, "copy.png,71"), {"conflicts": conflicts})
    table = audit(out)
    assert table[["finding", "source", "age", "conflict", "age_gap", "value", "kept"]].values.tolist() == [
        ["same_bytes", "copy.png", 71.0, True, 48.0, 1.0, conflicts == "keep"],
        ["same_bytes", "face03.png", 23.0, True, 48.0, 1.0, conflicts == "keep"],
    ]
    if conflicts == "drop":
        assert rejected(out) == {
            "copy.png": ("label conflict", "71 here, 23 in face03.png"),
            "face03.png": ("label conflict", "23 here, 71 in copy.png"),
        }
    else:
        assert manifests(out).loc[["copy.png", "face03.png"], "flags"].tolist() == ["same_bytes conflict"] * 2


def test_a_label_in_part_is_flagged(raw, run):
    out = run(raw({"x.png": noise(99)}, "x.png,5,7", columns="file,age,gender"))
    assert manifests(out)["flags"]["x.png"] == "partial_label"
    assert report(out)["flags"] == {"partial_label": 1}


def test_no_face_moves_when_others_are_added(raw, run):
    before = manifests(run(raw(), name="before"))
    more = {f"later{number}.png": noise(100 + number) for number in range(10)} | {"z.png": noise(5)}
    after = manifests(run(raw(more, *(f"{name},25" for name in more)), name="after"))
    columns = ["face_id", "split_group", "split"]
    assert after.loc[before.index, columns].equals(before[columns])
    assert after.split["z.png"] == before.split["face05.png"]


def test_workers_change_no_byte(raw, run):
    photos = {f"more{number:03}.png": noise(100 + number, (8, 8)) for number in range(300)}
    source = raw(photos, *(f"{name},30" for name in photos))
    assert content(run(source, name="one")) == content(run(source, name="two", scheduler=Processes(2)))


def test_a_folder_a_zip_and_a_tar_give_the_same(raw, run, tmp_path):
    folder = raw({"sub.png": photo(BLUE)}, "sub.png,5")
    with zipfile.ZipFile(tmp_path / "raw.zip", "w") as zipped, tarfile.open(tmp_path / "raw.tar", "w") as tarred:
        for path in folder.iterdir():
            zipped.write(path, path.name)
            tarred.add(path, path.name)
    outs = [run(source, name=str(number)) for number, source in enumerate([folder, "raw.zip", "raw.tar"])]
    assert content(outs[0]) == content(outs[1]) == content(outs[2])


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_too_many_rejected_is_an_error_with_the_commonest_reasons_and_no_fold(raw, run, tmp_path):
    photos = {"a.png": b"", "b.png": b"", "c.png": b"text"}
    with pytest.raises(AgelineError) as error:
        run(raw(photos, "a.png,5", "b.png,5", "c.png,5"), {"max_rejected": 0.1})
    assert str(error.value).splitlines() == [
        f"3 of 23 photos in {tmp_path / 'raw'} were rejected, 13.0%; expected at most 10.0% (ingest.max_rejected):",
        "  2 empty file, such as a.png",
        "  1 not a photo, such as c.png (expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF)",
        f"No fold was written; {tmp_path / 'out/report/rejected.csv'} lists them all. Mend the source, or raise"
        " ingest.max_rejected.",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["figures", "report"]
    assert len(rejected(tmp_path / "out")) == 3


def test_no_usable_photo_is_an_error(tmp_path, run):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/labels.csv").write_text("file,age\na.jpg,5\n")
    with pytest.raises(AgelineError, match=r"raw has no usable photo of 1:\n  1 no such file, such as a\.jpg"):
        run(tmp_path / "raw")


def test_a_csv_of_no_rows_is_an_error(tmp_path, run):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/labels.csv").write_text("file,age\n")
    with pytest.raises(AgelineError, match="raw lists no photos, expected at least one with a label"):
        run(tmp_path / "raw")


def test_an_empty_fold_is_an_error_with_the_remedy(raw, run):
    with pytest.raises(AgelineError, match=r"The val fold holds none of the 20 faces.*ingest\.split\.fractions"):
        run(raw(), {"split.fractions": [0.5, 0.0, 0.5]})


def test_a_run_that_fails_leaves_the_folds_as_they_were_and_nothing_else(raw, run):
    out = run(raw())
    before = content(out)
    with pytest.raises(AgelineError, match="holds none"):
        run(raw(), {"split.fractions": [1.0, 0.0, 0.0]})
    after = content(out)
    assert {name: after[name] for name in before if not name.startswith("report")} == {
        name: before[name] for name in before if not name.startswith("report")
    }
    assert after.keys() == before.keys()


def test_what_a_killed_run_left_is_removed(raw, run, tmp_path):
    (tmp_path / "out/.ingest.scratch").mkdir(parents=True)
    (tmp_path / "out/.ingest.scratch/0000000.rgb").write_bytes(b"half a face")
    assert sorted(path.name for path in run(raw()).iterdir()) == ["figures", "report", "test", "train", "val"]


def test_the_stage_reads_params_and_prints_a_summary(raw, shipped, tmp_path, capsys):
    shipped["ingest"]["max_rejected"] = 0.2
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(shipped))
    raw({"copy.png": noise(3), "void.png": b""}, "copy.png,71", "void.png,1")
    folds = "--train faces/train --val faces/val --test faces/test"
    main(f"--source raw --splits splits --detectors none {folds} --report metrics/ingest --figures figures".split())
    summary = Path("metrics/ingest/summary.txt").read_text()
    assert capsys.readouterr().out == summary
    assert summary.splitlines() == [
        "22 photos listed: 19 accepted, 3 rejected",
        "  2 label conflict",
        "  1 empty file",
        "train: 14 faces aged 22 to 39, 30.9 on average",
        "val: 3 faces aged 21 to 32, 27.0 on average",
        "test: 2 faces aged 20 to 34, 27.0 on average",
        "no copies of a photo and no photos of a person were found in different folds",
        "duplicates: 1 group of 2 photos (2 same bytes, 0 same pixels, 0 near duplicate)",
        "conflicts: labels differ in 1 of them, 2 photos, by up to 48 years",
        "flaws: 0 blank, 0 blurred, 0 black bars, 21 too small",
    ]
    assert FaceSet.open("faces/train").height_width == (48, 48)
