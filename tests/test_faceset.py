"""A folder of faces is written whole or not at all, and opened whole or not at all."""

import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.store.faceset import FaceSet, write_faceset
from ageline.store.packs import assign_packs

SIZE = (2, 2)


def manifest(count):
    names = [f"{number:016x}" for number in range(count)]
    return pd.DataFrame(
        {
            "face_id": names,
            "source": names,
            "age": np.arange(count, dtype=float),
            "split_group": names,
            "split": "train",
            "width": 2,
            "height": 2,
            "flags": "",
        }
    )


def image(number):
    return np.full((*SIZE, 3), number % 256, np.uint8)


def write(folder, count):
    write_faceset(folder, manifest(count), (image(number) for number in range(count)), SIZE)
    return FaceSet.open(folder)


def packs_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.npy"))}


def test_faces_are_found_by_their_position_across_packs(tmp_path):
    faces = write(tmp_path / "faces", 5000)
    assert len(faces) == 5000
    assert len(faces.packs) > 1
    assert faces.height_width == SIZE
    assert faces.ages[[7, 4999]].tolist() == [7.0, 4999.0]
    assert faces.pixels([4999, 7])[:, 0, 0, 0].tolist() == [4999 % 256, 7]


def test_a_face_is_a_view_of_its_pack(tmp_path):
    faces = write(tmp_path / "faces", 5000)
    face = faces.face(4999)
    assert (face.dtype, face.shape, face[0, 0].tolist()) == (np.uint8, (2, 2, 3), [4999 % 256] * 3)
    assert np.shares_memory(face, faces.packs[-1])
    assert not face.flags.writeable


def test_appending_faces_leaves_the_bytes_of_earlier_packs_alone(tmp_path):
    write(tmp_path / "before", 5000)
    write(tmp_path / "after", 5500)
    before, after = packs_of(tmp_path / "before"), packs_of(tmp_path / "after")
    last = max(before)
    assert {name: after[name] for name in before if name != last} == {
        name: before[name] for name in before if name != last
    }
    assert len(before) > 1


def test_a_folder_is_replaced_whole(tmp_path):
    write(tmp_path / "faces", 5000)
    write(tmp_path / "faces", 3)
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == ["manifest.parquet", "pack-00000.npy"]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([image(0)], "expected 3 images, received 1"),
        ([image(0)] * 4, "more images than the 3 faces of the manifest"),
        ([np.zeros((3, 3, 3), np.uint8)] * 3, r"a pack takes uint8 \(2, 2, 3\), received uint8 \(3, 3, 3\)"),
    ],
)
def test_a_writer_that_fails_leaves_what_was_there(tmp_path, images, message):
    write(tmp_path / "faces", 2)
    with pytest.raises(ValueError, match=message):
        write_faceset(tmp_path / "faces", manifest(3), images, SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]
    assert len(FaceSet.open(tmp_path / "faces")) == 2


def test_a_writer_that_fails_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(ValueError, match="received 0"):
        write_faceset(tmp_path / "faces", manifest(3), [], SIZE)
    assert list(tmp_path.iterdir()) == []


def test_no_faces_are_a_folder_too_until_their_size_is_asked_for(tmp_path):
    faces = write(tmp_path / "faces", 0)
    assert len(faces) == 0
    with pytest.raises(AgelineError, match="the fold holds no faces, expected at least one"):
        _ = faces.height_width


@pytest.mark.parametrize("damage", ["gone", "cut short", "empty", "another"])
def test_a_damaged_pack_is_an_error_with_the_remedy(tmp_path, damage):
    write(tmp_path / "faces", 3)
    pack = tmp_path / "faces/pack-00000.npy"
    data = pack.read_bytes()
    pack.unlink()
    if damage == "another":
        np.save(pack, np.zeros((4, *SIZE, 3), np.uint8))
    elif damage != "gone":
        pack.write_bytes(data[:-1] if damage == "cut short" else b"")
    with pytest.raises(AgelineError, match=r"pack-00000\.npy .*Run `dvc repro` to write it anew"):
        FaceSet.open(tmp_path / "faces")


def test_packs_and_rows_are_those_of_the_contract(tmp_path):
    faces = write(tmp_path / "faces", 5000)
    packs, rows = assign_packs(list(faces.manifest.face_id))
    assert faces.manifest.pack.tolist() == packs.tolist()
    assert faces.manifest.row.tolist() == rows.tolist()
