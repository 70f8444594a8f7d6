"""The file with all entries, in each format."""

import csv
import json
import sys
from pathlib import Path

import pytest

from ageline.errors import AgelineError
from ageline.serving.results import check_suffix, columns_of, write_results

MODEL = {"target": "age"}
ONE = {"file": "a.jpg", "age": 31.5, "low": 27.0, "high": 36.0}
BAD = {"file": "b.jpg", "error": "empty file"}
FACES = [{"box": [1.0, 2.0, 3.5, 4.0], "age": 31.5}, {"box": [9.0, 9.0, 2.0, 2.0], "age": 12.0}]
PLAIN = columns_of("age", every=False, boxes=False, interval=True, decision=False, annotated=False)
EVERY = columns_of("age", every=True, boxes=True, interval=False, decision=False, annotated=False)


def written(path: Path, *entries: dict, columns=PLAIN) -> Path:
    write_results(path, MODEL, columns, iter(entries))
    return path


def test_columns_are_of_the_options():
    assert PLAIN == ("file", "age", "low", "high", "error")
    assert EVERY == ("file", "face", "left", "top", "width", "height", "age", "error")
    gender = columns_of("gender", every=False, boxes=True, interval=False, decision=False, annotated=True)
    assert gender == ("file", "left", "top", "width", "height", "gender", "probability", "annotated", "error")


def test_json(tmp_path):
    assert written(tmp_path / "out.json", ONE, BAD).read_text() == (
        '{"model": {"target": "age"},\n'
        ' "photos": [\n'
        '  {"file": "a.jpg", "age": 31.5, "low": 27.0, "high": 36.0},\n'
        '  {"file": "b.jpg", "error": "empty file"}\n'
        "]}\n"
    )


def test_json_lines(tmp_path):
    assert written(tmp_path / "out.jsonl", ONE, BAD).read_text() == (
        '{"file": "a.jpg", "age": 31.5, "low": 27.0, "high": 36.0}\n{"file": "b.jpg", "error": "empty file"}\n'
    )


def test_csv(tmp_path):
    assert written(tmp_path / "out.CSV", ONE, BAD).read_text() == (
        "file,age,low,high,error\na.jpg,31.5,27.0,36.0,\nb.jpg,,,,empty file\n"
    )


def test_a_row_for_each_face(tmp_path):
    entry = {"file": "a.jpg", "faces": FACES}
    assert written(tmp_path / "out.csv", entry, BAD, columns=EVERY).read_text() == (
        "file,face,left,top,width,height,age,error\n"
        "a.jpg,0,1.0,2.0,3.5,4.0,31.5,\n"
        "a.jpg,1,9.0,9.0,2.0,2.0,12.0,\n"
        "b.jpg,,,,,,,empty file\n"
    )


def test_parquet_is_typed_whatever_it_holds(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    entry = {"file": "a.jpg", "faces": FACES}
    table = parquet.read_table(written(tmp_path / "out.parquet", entry, BAD, columns=EVERY))
    assert [str(kind) for kind in table.schema.types] == ["string", "int32", *["double"] * 5, "string"]
    assert table.column("face").to_pylist() == [0, 1, None]
    assert table.column("age").to_pylist() == [31.5, 12.0, None]
    assert json.loads(table.schema.metadata[b"model"]) == MODEL
    empty = parquet.read_table(written(tmp_path / "none.parquet", BAD))
    assert [str(kind) for kind in empty.schema.types] == ["string", "double", "double", "double", "string"]


NAMES = ['a,"b".jpg', "two\nlines.jpg", "carriage\rreturn.jpg", " spaces .jpg ", "é.jpg", "=1+1.jpg"]


def test_names_come_back_from_every_format(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    entries = [{"file": name, "age": 31.5} for name in NAMES]
    with written(tmp_path / "out.csv", *entries).open(newline="", encoding="utf-8") as file:
        assert [row["file"] for row in csv.DictReader(file)] == NAMES
    photos = json.loads(written(tmp_path / "out.json", *entries).read_text("utf-8"))["photos"]
    assert [photo["file"] for photo in photos] == NAMES
    lines = written(tmp_path / "out.jsonl", *entries).read_text("utf-8").split("\n")
    assert [json.loads(line)["file"] for line in lines if line] == NAMES
    assert parquet.read_table(written(tmp_path / "out.parquet", *entries)).column("file").to_pylist() == NAMES


def test_names_that_are_not_utf_8(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    entry = {"file": "\udcff.jpg", "age": 31.5}
    assert json.loads(written(tmp_path / "out.json", entry).read_text("utf-8"))["photos"][0]["file"] == "\udcff.jpg"
    assert r'{"file": "\udcff.jpg"' in written(tmp_path / "out.jsonl", entry).read_text("utf-8")
    assert written(tmp_path / "out.csv", entry).read_text("utf-8").splitlines()[1] == r"\xff.jpg,31.5,,,"
    assert parquet.read_table(written(tmp_path / "out.parquet", entry)).column("file").to_pylist() == [r"\xff.jpg"]


def test_two_names_never_have_one_cell(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    names = ["\udcff.jpg", r"\xff.jpg", r"\\xff.jpg", "\\\udcff.jpg", r"a\b.jpg", r"\xyz.jpg"]
    cells = [r"\xff.jpg", r"\\xff.jpg", r"\\\\xff.jpg", r"\\\xff.jpg", r"a\b.jpg", r"\xyz.jpg"]
    entries = [{"file": name, "age": 31.5} for name in names]
    lines = written(tmp_path / "out.csv", *entries).read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == cells
    assert parquet.read_table(written(tmp_path / "out.parquet", *entries)).column("file").to_pylist() == cells


def test_nothing_is_left_of_a_file_that_could_not_be_finished(tmp_path):
    def entries():
        yield ONE
        raise OSError(28, "No space left on device")

    (tmp_path / "out.json").write_text("an earlier one")
    with pytest.raises(OSError, match="No space left"):
        write_results(tmp_path / "out.json", MODEL, PLAIN, entries())
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert (tmp_path / "out.json").read_text() == "an earlier one"


def test_what_can_not_be_written_is_refused_at_once(tmp_path, monkeypatch):
    with pytest.raises(AgelineError, match=r"--out faces\.xlsx should end in one of \.json, \.csv, \.jsonl, \.parquet"):
        check_suffix(Path("faces.xlsx"))
    (tmp_path / "out.json").mkdir()
    with pytest.raises(AgelineError, match="is a folder, expected the name of a file"):
        check_suffix(tmp_path / "out.json")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(AgelineError, match=r"needs pyarrow, which is not installed\. `pip install pyarrow`"):
        check_suffix(Path("faces.parquet"))
