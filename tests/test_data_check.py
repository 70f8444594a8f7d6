"""`ageline data check`, as one types it."""

import io
import json
import resource
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
import yaml
from drawn import FOUND, person
from photos import BLUE, RED, encode, noise, photo

from ageline.cli import main
from ageline.data_check import SHIPPED
from ageline.params import load_params
from ageline.yaml12 import read_yaml
from stages import ingest

INGEST = "--source raw --splits data/splits --detectors data/detectors"
INGEST += " --train train --val val --test test --report report --figures figures"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty current folder, without params.yaml, and an empty one for temporary files beside it."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "here"


@pytest.fixture
def write_params(make_params):
    """Make the current folder one with a params.yaml: the shipped one, with some keys changed."""

    def write(changes=None):
        params = make_params(changes)
        Path("params.yaml").write_text(yaml.safe_dump(json.loads(params.model_dump_json())))

    return write


@pytest.fixture
def check(capsys):
    """Run the command on flags and give its exit status, and what it prints: (status, stdout, stderr)."""

    def check(*flags):
        status = main(["data", "check", *flags])
        return status, *capsys.readouterr()

    return check


def named(number):
    """A file's name as UTKFace has them."""
    return f"{20 + number}_{number % 2}_2_20170109142{number:06}.bmp"


def write_faces(folder="raw", names=named, number=20, **others):
    """A folder of photos like no other, whose bytes no library's version changes, and of other files."""
    files = {names(n): noise(100 + n, (32, 32), "BMP") for n in range(number)} | others
    for name, data in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Path(folder)


def tree(folder):
    """All below a folder: bytes, and times of files and folders."""
    return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")}


def test_a_good_folder_and_how_to_run_on_it(check):
    write_faces()
    assert check("raw") == (
        0,
        "raw: a folder of 20 files: 20 .bmp\n"
        "layout: utkface, photos named age_gender_race_time.jpg, at least half of all\n"
        "labels of 20 photos: 20 with age (20 to 39 years), 20 with gender, 20 with ethnicity, 0 with subject, 0 with"
        " fold\n"
        "params: target (age) and ingest as shipped, for there is no params.yaml here\n"
        "\n"
        "20 photos listed: 20 accepted, 0 rejected\n"
        "train: 10 faces aged 26 to 39, 31.9 on average\n"
        "val: 5 faces aged 20 to 38, 27.2 on average\n"
        "test: 5 faces aged 21 to 36, 27.0 on average\n"
        "no copies of a photo and no photos of a person were found in different folds\n"
        "duplicates: none\n"
        "flaws: 0 blank, 0 blurred, 0 black bars, 0 too small\n"
        "\n"
        "To run on it, put this into params.yaml, then `dvc repro`:\n"
        "\n"
        "data:\n"
        '  source: "raw"\n'
        '  layout: "utkface"\n'
        "  pattern: null\n"
        "  columns: null\n",
        "",
    )


def test_a_face_is_looked_for_as_ingest_would(check, write_params):
    write_faces(number=14, **{named(20 + n): encode(person(n, 96), "BMP") for n in FOUND})
    write_params({"ingest.face_crop": "detect", "data.source": "raw"})
    status, shown, _ = check()
    assert status == 1
    assert "20 photos listed: 6 accepted, 14 rejected\n  14 no face found, such as 20_0_2_2017010914" in shown
    write_params({"ingest.face_crop": "detect", "ingest.detector": "yunet.onnx", "data.source": "raw"})
    assert "The face detector " in (said := check()[2])
    assert "/here/data/detectors/yunet.onnx can't be read (No such file or directory)" in said


def test_a_folder_that_ingest_would_refuse_with_an_example_of_each_reason(check):
    labels = [f"{number}.bmp,{20 + number},{'fm'[number % 2]},p{number}" for number in range(10)]
    labels += ["text.bmp,5,,", "empty.jpg,5,,", "old.bmp,121,,", "gone.bmp,5,,", "gone-too.bmp,5,,"]
    folder = write_faces(
        names="{}.bmp".format,
        number=10,
        **{"text.bmp": b"hello", "empty.jpg": b""},
        **{"old.bmp": photo(RED), "free.bmp": photo(BLUE), "read.me": b"", "LICENSE": b""},
    )
    (folder / "labels.csv").write_text("\n".join(["file,age,gender,subject", *labels]))
    status, printed, refusal = check("raw")
    assert status == 1
    assert printed.splitlines()[:12] == [
        "raw: a folder of 17 files: 13 .bmp, 1 without suffix, 1 .jpg, 1 .csv, 1 .me",
        "layout: labels, a CSV with a column file_name or path or image or filename or file or img_name, and one"
        " real_age or age, or gender or sex, beside the photos",
        "labels of 13 photos: 13 with age (5 to 121 years), 10 with gender, 0 with ethnicity, 10 with subject, 0 with"
        " fold",
        "params: target (age) and ingest as shipped, for there is no params.yaml here",
        "",
        "16 photos listed: 10 accepted, 6 rejected",
        "  2 no such file, such as gone-too.bmp",
        "  1 age out of range, such as old.bmp (121, expected 0 to 120 (ingest.ages))",
        "  1 empty file, such as empty.jpg",
        "  1 no label, such as free.bmp (not in labels.csv)",
        "  1 not a photo, such as text.bmp (expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF)",
        "train: 7 faces aged 20 to 28, 23.3 on average",
    ]
    assert "params.yaml, then" not in printed
    assert refusal.splitlines() == [
        "6 of 16 photos in raw were rejected, 37.5%; expected at most 10.0% (ingest.max_rejected):",
        "  2 no such file, such as gone-too.bmp",
        "  1 age out of range, such as old.bmp (121, expected 0 to 120 (ingest.ages))",
        "  1 empty file, such as empty.jpg",
        "  1 no label, such as free.bmp (not in labels.csv)",
        "  1 not a photo, such as text.bmp (expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF)",
        "Mend the source, or raise ingest.max_rejected.",
    ]


def test_strange_names_stay_on_their_line(check):
    write_faces("r\naw", **{"new\nline.jpg": b"", "\x1b[31m.jpg": b"x", "\N{GRINNING FACE}.j\tpg": b""})
    status, printed, _ = check("r\naw")
    assert status == 0
    assert printed.startswith("r\\naw: a folder of 23 files: 20 .bmp, 2 .jpg, 1 .j\\tpg\n")
    assert "  2 no age in the name, such as \\x1b[31m.jpg (expected age_gender_race_time.jpg)\n" in printed
    assert not {"\x1b", "\t"} & set(printed)


def test_a_folder_of_no_layout_cannot_be_judged(check):
    write_faces(names="{}.bmp".format, number=2)
    status, printed, error = check("raw")
    assert (status, printed) == (2, "")
    assert error.startswith("error: raw is not laid out as expected:\n  appa-real: gt_avg_train.csv")
    assert error.endswith("\n`ageline data check` takes these as --layout, --pattern and --columns.\n")


def test_a_folder_of_two_layouts_is_checked_as_the_one_named(check):
    folder = write_faces()
    (folder / "ages.csv").write_text("\n".join(["file,age", *(f"{named(n)},{50 + n}" for n in range(20))]))
    status, printed, error = check("raw")
    assert (status, printed) == (2, "")
    assert error.startswith("error: raw fits the layouts labels and utkface.")
    status, printed, _ = check("raw", "--layout", "labels")
    assert status == 0
    assert "20 with age (50 to 69 years)" in printed
    assert '  layout: "labels"\n' in printed


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["nosuch"], "nosuch does not exist, expected a folder, a .zip or a .tar of labelled photos."),
        (["."], ". holds no files, expected labelled photos."),
        ([], "No folder is named, expected `ageline data check FOLDER`. Without FOLDER it is data.source of a"),
        ([""], "No folder is named, expected `ageline data check FOLDER`. Without FOLDER it is data.source of a"),
        (
            ["raw", "--layout=utkface", "--pattern=morph"],
            "--layout, --pattern and --columns don't go together: pattern should be given with layout 'pattern', and be"
            " null with any other.",
        ),
        (["raw", "--pattern=("], "data.pattern is neither a regular expression"),
    ],
)
def test_what_cannot_be_looked_at_is_an_error(check, flags, message):
    if "raw" in flags:
        write_faces(number=1)
    status, printed, error = check(*flags)
    assert (status, printed) == (2, "")
    assert error.startswith(f"error: {message}")


def test_a_layout_that_does_not_exist(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["data", "check", "raw", "--layout", "utk"])
    assert exit_.value.code == 2
    assert "'utk' is none of auto, labels, utkface, appa-real, classes, pattern, table\n" in capsys.readouterr().err


def test_no_room_for_thumbnails_is_an_error_with_the_remedy(check, tmp_path):
    write_faces()
    (tmp_path / "temporary").rmdir()
    status, printed, error = check("raw")
    assert (status, printed) == (2, "")
    assert error.startswith("error: Thumbnails of 20 photos, 4 KB each, can't be written: ")
    assert "in TMPDIR." in error


def test_faces_themselves_are_not_stored(check, write_params):
    write_faces()
    write_params({"ingest.image_size": 1024})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))  # bytes; each face would have three times as many
    try:
        assert check("raw")[0] == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(("suffix", "kind"), [(".zip", "a .zip"), (".TAR", "a .tar")])
def test_archives(check, suffix, kind):
    folder = write_faces()
    archive = Path(f"faces{suffix}")
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as members:
            for path in folder.iterdir():
                members.write(path, path.name)
    else:
        with tarfile.open(archive, "w") as members:
            for path in folder.iterdir():
                members.add(path, path.name)
            members.addfile(tarfile.TarInfo("../out.bmp"), io.BytesIO())
    status, printed, _ = check(archive.name)
    assert status == 0
    assert printed.startswith(f"{archive}: {kind} of 2")
    assert "20 accepted" in printed
    assert ("  1 name leaves the source, such as ../out.bmp\n" in printed) == (suffix == ".TAR")


def test_nothing_is_written_whatever_comes_of_it(check, write_params, here, tmp_path):
    write_params()
    write_faces("good")
    write_faces("bad", number=1)
    write_faces("unknown", names="{}.bmp".format)
    before = tree(here)
    assert [check(folder)[0] for folder in ("good", "bad", "unknown", "nosuch")] == [0, 1, 2, 2]
    assert tree(here) == before
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_it_says_is_what_ingest_then_does(check, write_params, here):
    """More photos than one process takes at a time, so that two may decode them; copies, a conflict, a fold stated."""
    folder = write_faces(names="{}.bmp".format, number=140)
    rows = [f"{number}.bmp,{number / 2},{('train', 'val', 'test', 'none')[number % 4]}" for number in range(140)]
    for copy, of, age in (("copy.png", 3, 1.5), ("conflict.png", 4, 40), ("recoded.png", 5, 2.5)):
        (folder / copy).write_bytes(noise(100 + of, (32, 32), compress_level=0 if copy == "recoded.png" else -1))
        rows.append(f"{copy},{age},train")
    (folder / "labels.csv").write_text("\n".join(["file,age,split", *rows, "gone.bmp,3,val"]))
    write_params(
        {"data.source": "raw", "ingest.image_size": 16, "ingest.split.protocol": "column"}
        | {"ingest.max_rejected": 0.5, "ingest.duplicates": "drop", "ingest.ages": [0, 60]}
    )
    status, printed, _ = check("--json")
    assert status == 0
    ingest.main(INGEST.split())
    seen = json.loads(printed)
    assert seen["counts"] == json.loads((here / "report/ingest.json").read_text())
    assert seen["counts"]["rejected_by_reason"] == {
        "no fold": 30,
        "age out of range": 19,
        "duplicate": 1,
        "label conflict": 2,
        "no such file": 1,
    }
    del seen["counts"]
    assert seen == {"source": "raw", "kind": "a folder", "target": "age", "layout": "labels", "refusal": None}


def test_what_it_refuses_ingest_refuses(check, write_params, here):
    write_faces(number=3, copy=noise(100, (32, 32), "BMP"))
    (here / "raw/copy").rename(here / "raw/30_0_0_20170109142000099.bmp")
    write_params({"data.source": "raw", "ingest.conflicts": "fail"})
    status, printed, refusal = check("--json")
    assert status == 1
    assert json.loads(printed)["refusal"] + "\n" == refusal
    with pytest.raises(Exception, match="are one photo under different labels") as error:
        ingest.main(INGEST.split())
    told = "No fold was written; report/audit.csv lists them all. "
    assert str(error.value).count(told) == 1
    assert str(error.value).replace(told, "") + "\n" == refusal


def test_params_yaml_describes_its_own_source_and_no_other(check, write_params, here):
    write_faces("theirs", names=lambda n: f"{n:06}_1M{20 + n}.bmp")
    write_faces("ours")
    write_params({"data.source": "theirs", "data.layout": "pattern", "data.pattern": "morph", "ingest.ages": [25, 90]})
    for flags in ([], ["theirs"], [str(here / "ours/../theirs")]):
        status, printed, _ = check(*flags)
        lines = printed.splitlines()
        assert (status, lines[0]) == (1, "theirs: a folder of 20 files: 20 .bmp")
        assert lines[1] == "layout: pattern, photos named as 009055_1M54.JPG"
        assert lines[3] == "params: target (age), data and ingest of params.yaml"
        assert lines[6] == "  5 age out of range, such as 000000_1M20.bmp (20, expected 25 to 90 (ingest.ages))"
    status, printed, _ = check("ours")
    assert printed.splitlines()[1].startswith("layout: utkface, ")
    assert printed.splitlines()[3] == "params: target (age) and ingest of params.yaml"
    assert "  5 age out of range, " in printed


def test_the_target_of_params_yaml_decides_what_is_usable(check, write_params):
    write_faces(names=lambda n: f"{'male' if n % 4 else 'female'}/{n}.bmp", number=40)
    status, printed, refusal = check("raw")
    assert status == 1
    assert "params: target (age) and ingest as shipped, for there is no params.yaml here\n" in printed
    assert refusal.startswith("raw has no usable photo of 40:\n  40 no age, such as female/0.bmp\nAges are read from ")
    assert "set target: gender" in refusal
    gender = {"target": "gender", "model.top.head": "classes", "train.loss": "crossentropy", "gate.metric": "accuracy"}
    write_params({"data.source": "raw", "train.monitor": "val_accuracy"} | gender)
    status, printed, _ = check()
    assert status == 0
    lines = printed.splitlines()
    assert lines[2:4] == [
        "labels of 40 photos: 0 with age, 40 with gender, 0 with ethnicity, 0 with subject, 0 with fold",
        "params: target (gender), data and ingest of params.yaml",
    ]
    assert lines[5] == "40 photos listed: 40 accepted, 0 rejected"
    assert " female, " in lines[6]
    assert lines[6].endswith(" male, of unknown age")
    assert json.loads(check("--json")[1])["target"] == "gender"


def test_a_source_that_params_yaml_names_is_ready(check, write_params):
    write_faces()
    write_params({"data.source": "raw"})
    status, printed, _ = check()
    assert (status, printed.splitlines()[-1]) == (0, "`dvc repro` takes it as params.yaml stands.")


def test_a_broken_params_yaml_is_an_error(check, write_params):
    write_params()
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("max_rejected", "max_reject"))
    status, printed, error = check("raw")
    assert (status, printed) == (2, "")
    assert "ingest.max_reject: unknown key, received 0.1. Did you mean max_rejected?" in error


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("plain", ["--pattern", r"(?P<age>\d+)-\d+[.]bmp"]),
        ("it's: {100} #1", ["--layout", "table", "--columns", "file={n}.bmp", "age=how old"]),
    ],
)
def test_what_to_put_into_params_yaml_is_what_was_checked(check, write_params, name, flags):
    folder = write_faces(name, names=lambda n: f"{20 + n}-{n}.bmp")
    (folder / "table.csv").write_text("\n".join(["n,how old", *(f"{20 + n}-{n},{20 + n}" for n in range(20))]))
    status, printed, _ = check(name, *flags)
    assert status == 0
    data = read_yaml(printed[printed.index("\ndata:\n") :])["data"]
    write_params({f"data.{key}": value for key, value in data.items()})
    status, printed, _ = check()
    assert status == 0
    assert "params: target (age), data and ingest of params.yaml\n" in printed
    assert "20 with age (20 to 39 years)" in printed


def test_without_params_yaml_ingest_is_as_shipped():
    assert load_params(Path(__file__).parent.parent / "params.yaml").ingest == SHIPPED


def test_a_link_to_a_folder_is_that_folder(check):
    write_faces()
    Path("linked").symlink_to("raw")
    assert check("linked")[1].startswith("linked: a folder of 20 files")
