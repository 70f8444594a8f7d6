"""The manifest keeps its contract, when written and when read."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ageline.errors import AgelineError
from ageline.store.manifest import SCHEMA, read_manifest, write_manifest

ROW = {
    "face_id": "ab", "source": "a.jpg", "age": 5.5, "gender": "female", "ethnicity": None, "subject": None,
    "split_group": "ab", "split": "train", "pack": 0, "row": 0, "width": 20, "height": 10, "flags": "",
}  # fmt: skip


def write(folder, *rows):
    write_manifest(folder / "manifest.parquet", pd.DataFrame(list(rows)))
    return read_manifest(folder)


def test_what_was_written_is_read(tmp_path):
    (row,) = write(tmp_path, ROW).to_dict("records")
    assert (row["face_id"], row["age"], row["gender"], row["width"]) == ("ab", 5.5, "female", 20)
    assert all(pd.isna(row[name]) for name in ("ethnicity", "subject", "copy_of", "copy"))


def test_every_column_of_the_contract_is_there_in_its_order(tmp_path):
    assert list(write(tmp_path, ROW).columns) == SCHEMA.names


def test_the_same_rows_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, ROW, ROW | {"face_id": "cd"})
    assert (tmp_path / "a/manifest.parquet").read_bytes() == (tmp_path / "b/manifest.parquet").read_bytes()


def test_a_column_that_the_contract_lacks_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no columns \['years'\]"):
        write(tmp_path, ROW | {"years": 5})


def test_a_face_without_an_id_is_refused(tmp_path):
    with pytest.raises(ValueError, match="face_id"):
        write(tmp_path, ROW | {"face_id": None})


def test_two_faces_of_one_id_are_an_error(tmp_path):
    with pytest.raises(AgelineError, match=r"names 1 faces twice, ab among them\. Run `dvc repro`"):
        write(tmp_path, ROW, ROW)


def test_an_unknown_split_is_an_error(tmp_path):
    with pytest.raises(AgelineError, match=r"has the splits \['dev'\], expected only train, val, test"):
        write(tmp_path, ROW | {"split": "dev"})


def test_no_manifest_is_an_error(tmp_path):
    with pytest.raises(AgelineError, match=r"manifest\.parquet does not exist\. Run `dvc repro`"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no parquet", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_a_damaged_manifest_is_an_error(tmp_path, data):
    (tmp_path / "manifest.parquet").write_bytes(data)
    with pytest.raises(AgelineError, match="is not a readable parquet file"):
        read_manifest(tmp_path)


def test_other_columns_are_an_error(tmp_path):
    pq.write_table(pa.table({"face_id": ["ab"]}), tmp_path / "manifest.parquet")
    with pytest.raises(AgelineError, match=r"has the columns\nface_id: string\nexpected\nface_id: string not null"):
        read_manifest(tmp_path)
