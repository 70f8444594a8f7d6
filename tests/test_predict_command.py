"""`ageline predict`, as one types it, with models of a few nodes: a photo's age is half its brightness."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from bad_input import BOMBS, PHOTOS, STRANGERS
from photos import photo
from tiny_onnx import age_model, gender_model, write_model

from ageline.cli import main
from ageline.store.files import locked

ROOT = Path(__file__).parent.parent
JOURNAL = Path(".process_results.json.journal")
LONGEST = 60  # seconds that a process of its own may take
WITHOUT = ("tensorflow", "keras", "dvc", "pandas", "scipy", "matplotlib", "joblib", "onnx", "pyarrow")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A current folder with a model."""
    monkeypatch.chdir(tmp_path)
    write_model(Path("models"))
    return tmp_path


@pytest.fixture
def predict(capsys, monkeypatch):
    """Run the command and give its exit status, and what it prints: (status, stdout, stderr)."""

    def predict(*arguments: str, stdin: bytes = b""):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        status = main(["predict", *arguments])
        return status, *capsys.readouterr()

    return predict


def gray(name: str, brightness: int, size=(8, 8)) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(photo((brightness,) * 3, size))
    return name


def results(name: str = "process_results.json") -> list[dict]:
    return json.loads(Path(name).read_text("utf-8"))["photos"]


def names_here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def started(*arguments: str, **options) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ageline.cli", "predict", *arguments]
    return subprocess.Popen(
        command, env=environment, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE, **options
    )


def test_photos_and_folders(predict):
    gray("f/a.png", 100), gray("b.png", 20), Path("f/labels.csv").touch()
    status, printed, said = predict("b.png", "f")
    assert status == 0
    assert printed.startswith("2 photos in ")
    assert printed.endswith(" a second; process_results.json\n")
    assert said == "1 file in folders skipped: no suffix of a photo\n"
    assert results() == [
        {"file": "b.png", "age": 10.0, "low": 7.0, "high": 13.0},
        {"file": "f/a.png", "age": 50.0, "low": 41.75, "high": 58.25},
    ]
    assert names_here() == ["b.png", "f", "models", "process_results.json"]


def test_what_answered_is_said(predict):
    predict(gray("a.png", 100), "--precision", "float32", "--threshold", "model")
    model = json.loads(Path("process_results.json").read_text())["model"]
    assert model.pop("not_for").startswith("A guess from a photo. Not for verifying anyone's age")
    assert model.pop("engine") in {"openvino", "onnxruntime"}
    assert len(model.pop("onnx")) == 64
    assert model == {
        "made_by": "0.1.0",
        "target": "age",
        "precision": "float32",
        "faces": "whole",
        "detector": None,
        "threshold": 25.0,
        "synthetic": False,
    }


def test_a_bad_photo_stops_nothing_and_shows_in_the_exit_status(predict):
    Path("empty.png").touch()
    status, printed, said = predict("nosuch.png", gray("a.png", 100), "empty.png")
    assert status == 1
    assert "; 2 with errors; process_results.json" in printed
    assert said == "2 of 3 have errors: nosuch.png: no such file or folder; empty.png: empty file\n"
    assert [entry.get("error") for entry in results()] == ["no such file or folder", None, "empty file"]


def test_a_list_on_stdin_and_a_pattern(predict):
    gray("a b.png", 100), gray("f/c.png", 20)
    assert predict("-", "f/*.png", stdin=b"a b.png\n\n")[0] == 0
    assert [entry["file"] for entry in results()] == ["a b.png", "f/c.png"]
    assert predict("-", stdin=b"\n")[::2] == (2, "error: The list on stdin names no photo, expected a path a line.\n")


def test_strange_names(predict):
    for name in ("two\nlines.png", "\udcff.png", "\x1b[31mred.png", "=1+1,.png"):
        gray(f"f/{name}", 100)
    Path("f/\udcfe\n.png").touch()
    status, _, said = predict("f", "--out", "out.csv")
    assert (status, said) == (1, "1 of 5 have errors: f/\\udcfe\\n.png: empty file\n")
    with Path("out.csv").open(newline="", encoding="utf-8") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [
            "f/\x1b[31mred.png",
            "f/=1+1,.png",
            "f/two\nlines.png",
            "f/\\xfe\n.png",
            "f/\\xff.png",
        ]
    assert predict("f")[0] == 1
    assert results()[-1]["file"] == "f/\udcff.png"


def test_genders(predict):
    write_model(Path("other"), gender_model())
    assert predict(gray("a.png", 51), "--model", "other", "--out", "out.csv")[0] == 0
    assert Path("out.csv").read_text() == "file,gender,probability,error\na.png,male,0.8,\n"


def test_decisions(predict):
    gray("a.png", 20), gray("b.png", 48), gray("c.png", 90)
    assert predict("a.png", "b.png", "c.png", "--threshold", "25", "--out", "out.jsonl")[0] == 0
    entries = map(json.loads, Path("out.jsonl").read_text().splitlines())
    assert [(entry["age"], entry["decision"]) for entry in entries] == [
        (10.0, "too young"),
        (24.0, "ask"),
        (45.0, "pass"),
    ]


def test_faces_that_are_looked_for(predict):
    gray("a.png", 100, (40, 40))
    assert predict("a.png", "--faces", "detect", "--out", "out.csv")[0] == 1
    assert Path("out.csv").read_text() == (
        "file,face,left,top,width,height,age,low,high,error\na.png,,,,,,,,,no face found: in 40x40\n"
    )


def test_copies_with_the_answers(predict):
    gray("f/a.png", 100), gray("f/deep/b.png", 20), Path("f/c.png").touch()
    assert predict("f", "--annotate", "out")[0] == 1
    assert sorted(map(str, Path("out").rglob("*.png"))) == ["out/a.png", "out/deep/b.png"]
    assert [entry.get("annotated") for entry in results()] == ["out/a.png", None, "out/deep/b.png"]
    assert predict("f", "--annotate", "f/out")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.xlsx"], r"--out a.xlsx should end in one of .json, .csv, .jsonl, .parquet"),
        (
            ["--out", "models.json/a.json", "--model", "nosuch"],
            "--model nosuch is no folder, so it was taken for a rev",
        ),
        (["--model", "empty"], "empty"),
        (["--detector", "a.onnx"], "Add --faces detect"),
        (["--annotate", "."], "would replace the photo a.png"),
        (["--annotate", "models"], "--annotate models is not empty"),
        (["--annotate", "a.png"], "--annotate a.png can't take copies: File exists"),
        (["--out", "models/model.json"], "--out models/model.json belongs to the model"),
        (["--out", "o\udcff.parquet"], r"--out o\udcff.parquet has bytes that are no text"),
        (["--out", f"{'x' * 300}.json"], "xxx.json: File name too long. Name another"),
        (["--out", f"{'x' * 245}.json"], "can't be written: File name too long."),
        (["--model", "x" * 300], "xxx: File name too long. Name another"),
    ],
)
def test_what_can_not_be_done_is_refused_and_leaves_nothing(predict, arguments, message):
    gray("a.png", 100), Path("empty").mkdir()
    status, printed, said = predict("a.png", *arguments)
    assert (status, printed) == (2, "")
    assert said.startswith("error: ")
    assert message in said
    assert names_here() == ["a.png", "empty", "models"]


def test_a_photo_is_not_written_over(predict):
    gray("a.png", 100), Path("a.json").symlink_to("a.png")
    before = Path("a.png").read_bytes()
    assert predict("a.json", "--out", "a.json")[::2] == (
        2,
        "error: --out a.json is one of the photos, which it would replace. Name another file.\n",
    )
    assert Path("a.json").read_bytes() == before


def test_photos_before_and_after_an_option(predict, capsys):
    gray("a.png", 100), gray("b.png", 20)
    assert predict("a.png", "--threshold", "25", "b.png")[0] == 0
    assert [entry["file"] for entry in results()] == ["a.png", "b.png"]
    with pytest.raises(SystemExit):
        predict("a.png", "--resume", "b.png", "--nosuch")
    assert "unrecognized arguments: b.png --nosuch" in capsys.readouterr().err


@pytest.mark.parametrize("years", ["0", "-1", "151", "nan", "inf", "young"])
def test_a_threshold_that_is_no_age(predict, years, capsys):
    with pytest.raises(SystemExit) as exit_:
        predict("a.png", f"--threshold={years}")
    assert exit_.value.code == 2
    assert f"{years!r} is neither an age in years nor 'model'" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written(predict):
    gray("a.png", 100), Path("out").mkdir(mode=0o500)
    status, _, said = predict("a.png", "--out", "out/a.json")
    assert (status, "Make it writable, or name another --out." in said) == (2, True)


def test_a_file_in_place_of_a_folder(predict):
    gray("a.png", 100), Path("out").touch()
    status, _, said = predict("a.png", "--out", "out/a.json")
    assert (status, said.endswith("Make it writable, or name another --out.\n")) == (2, True)


@pytest.mark.parametrize("closed", ["<&-", "2>&-", ">&-", "<&- >&- 2>&-", ">/dev/full 2>&1", "| head -0"])
def test_streams_that_are_closed_full_or_not_read(closed):
    gray("a.png", 100)
    command = ["bash", "-c", f'set -o pipefail; "$0" -m ageline.cli predict nosuch.png a.png {closed}', sys.executable]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (1, False, False)
    assert results()[1] == {"file": "a.png", "age": 50.0, "low": 41.75, "high": 58.25}


def test_names_that_the_terminal_has_no_letters_for(monkeypatch):
    gray("a.png", 100), monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = started("a.png", "--out", "日本.json")
    printed, said = process.communicate(timeout=LONGEST)
    assert (process.returncode, said) == (0, "")
    assert printed.endswith("; \\u65e5\\u672c.json\n")


def test_a_full_disk(here):
    gray("f/a.png", 100)
    for number in range(200):
        (here / f"f/{number}.png").touch()
    limited = ["bash", "-c", 'ulimit -f 4; exec "$0" -m ageline.cli predict f', sys.executable]
    done = subprocess.run(
        limited,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 2
    assert "can't be written: File too large. Make room. What was done is kept, and the same" in done.stderr
    assert not Path("process_results.json").exists()


def test_two_that_write_the_same_file(predict):
    with locked(Path(".process_results.json.lock")):
        status, _, said = predict(gray("a.png", 100))
    assert status == 2
    assert f"Another process ({os.getpid()}) is writing" in said


def test_a_run_that_is_at_work_did_not_end_early(predict):
    JOURNAL.touch()
    with locked(Path(".process_results.json.lock")):
        assert predict(gray("a.png", 100))[2].startswith("error: Another process")


def test_a_folder_of_every_bad_photo(predict):
    kinds = {**PHOTOS, **STRANGERS, **{name: data for name, (data, _) in BOMBS.items() if len(data) < 1_000_000}}
    Path("f").mkdir()
    for number, data in enumerate(kinds.values()):
        Path(f"f/{number:03}.jpg").write_bytes(data)
    assert predict("f")[0] == 1
    assert [Path(entry["file"]).name for entry in results()] == [f"{number:03}.jpg" for number in range(len(kinds))]
    assert all("age" in entry for entry in results()[: len(PHOTOS)])
    assert all("error" in entry for entry in results()[len(PHOTOS) : len(PHOTOS) + len(STRANGERS)])


def test_nothing_that_only_training_needs_is_imported():
    gray("a.png", 100, (40, 40))
    refused = (
        f"import sys; sys.modules.update(dict.fromkeys({WITHOUT})); from ageline.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", refused, "predict", "a.png", "--annotate", "out", "--threshold", "model"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert (done.returncode, done.stderr) == (0, "")
    assert results()[0]["age"] == 50.0


def in_the_middle(process: "subprocess.Popen[str]", journal: Path) -> None:
    """Wait until a run has done some photos."""
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 100):
        time.sleep(0.005)


def test_a_model_of_the_built_in_sample_says_that_it_knows_no_people(predict):
    write_model(Path("models"), synthetic=True)
    _, _, said = predict(gray("a.png", 100))
    assert said == "the model learned from synthetic faces, drawn by code: its answers say nothing about people\n"


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A folder of photos that takes a second, and what a run says of it that nothing breaks off."""
    folder = tmp_path_factory.mktemp("unbroken")
    write_model(folder / "models")
    for number in range(600):
        if number < 10:
            gray(str(folder / f"f/{number:03}.png"), 25 * number, (500, 500))
        else:
            os.link(folder / f"f/{number % 10:03}.png", folder / f"f/{number:03}.png")
    (folder / "f/450.png").unlink()
    (folder / "f/450.png").touch()
    run = started("f", cwd=folder)
    run.communicate(timeout=LONGEST)
    assert run.returncode == 1
    return folder / "process_results.json"


def test_a_run_that_was_killed_goes_on(unbroken, predict, monkeypatch):
    monkeypatch.chdir(unbroken.parent)
    process = started("f", "--out", "killed.json")
    in_the_middle(process, Path(".killed.json.journal"))
    process.kill()
    process.communicate(timeout=LONGEST)
    assert process.returncode == -signal.SIGKILL
    done = Path(".killed.json.journal").read_bytes().count(b"\n") - 1
    assert 0 < done < 600
    assert not Path("killed.json").exists()
    status, printed, _ = predict("f", "--out", "killed.json", "--resume")
    assert status == 1
    assert f"and {done} before" in printed
    assert Path("killed.json").read_bytes() == unbroken.read_bytes()
    assert list(Path().glob(".killed*")) == []


def test_an_interrupt_keeps_what_was_done(unbroken, predict, monkeypatch):
    monkeypatch.chdir(unbroken.parent)
    process = started("f", "--out", "stopped.json")
    in_the_middle(process, Path(".stopped.json.journal"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert said == "\ninterrupted; what was done is kept: the same command with --resume goes on\n"
    assert predict("f", "--out", "stopped.json", "--resume")[0] == 1
    assert Path("stopped.json").read_bytes() == unbroken.read_bytes()


def test_being_told_to_end_clears_up_and_keeps_what_was_done(unbroken, monkeypatch):
    monkeypatch.chdir(unbroken.parent)
    process = started("f", "--out", "ended.json")
    in_the_middle(process, Path(".ended.json.journal"))
    process.terminate()
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode == 143
    assert said == "\ninterrupted; what was done is kept: the same command with --resume goes on\n"
    assert [path.name for path in Path().glob(".ended*")] == [".ended.json.journal"]


def test_an_interrupt_before_the_first_photo_is_no_traceback():
    program = "import sys; from ageline.cli import main; print('begun', flush=True); sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "predict", "-"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=LONGEST)
    assert (process.returncode, said) == (130, "\ninterrupted\n")


def test_a_journal_that_is_not_gone_on_from(predict):
    gray("a.png", 100)
    JOURNAL.write_text('{"format": 1, "run": {"model": "ffff"}}\n')
    status, _, said = predict("a.png", "--resume")
    assert status == 2
    assert "can't go on, for the answers would be of two kinds: model was ffff and is " in said
    assert predict("a.png")[::2] == (
        0,
        "a run with --out process_results.json ended early; this one begins anew, for --resume was not given\n",
    )
    assert predict("a.png", "--resume")[::2] == (
        0,
        "no run with --out process_results.json ended early: this one begins anew\n",
    )
    assert names_here() == ["a.png", "models", "process_results.json"]


def test_another_model_does_not_go_on(predict):
    gray("a.png", 100)
    predict("a.png")
    JOURNAL.write_text(json.dumps({"format": 1, "run": {"model": "ffff", "faces": "center"}}) + "\n")
    write_model(Path("other"), age_model(years=0.25))
    assert predict("a.png", "--model", "other", "--resume")[0] == 2
    assert results()[0]["age"] == 50.0
