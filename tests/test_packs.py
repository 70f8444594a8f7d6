"""Packs: where they are cut, and what a writer that fails leaves."""

import numpy as np
import pytest

from ageline.store.packs import assign_packs, write_pack


def lengths(face_ids):
    return np.bincount(assign_packs(face_ids)[0]).tolist()


IDS = [f"{number:016x}" for number in range(10_000)]


def test_rows_count_up_within_each_pack():
    of_face, rows = assign_packs(IDS)
    for pack in range(of_face.max() + 1):
        assert rows[of_face == pack].tolist() == list(range((of_face == pack).sum()))


def test_a_pack_holds_some_250_faces_and_never_over_512():
    sizes = lengths(IDS)
    assert sum(sizes) == 10_000
    assert max(sizes) <= 512
    assert 30 <= len(sizes) <= 60


def test_appending_faces_leaves_all_packs_but_the_last_as_they_are():
    assert lengths(IDS)[:-1] == lengths([*IDS, *map(str, range(3000))])[: len(lengths(IDS)) - 1]


def test_faces_added_in_front_leave_later_packs_as_they_are():
    assert lengths(["new", *IDS])[-3:] == lengths(IDS)[-3:]


def test_a_pack_is_an_npy_file_of_the_images(tmp_path):
    images = np.arange(2 * 8 * 9 * 3, dtype=np.uint8).reshape(2, 8, 9, 3)
    write_pack(tmp_path / "pack.npy", iter(images), 2, (8, 9))
    assert np.load(tmp_path / "pack.npy").tolist() == images.tolist()


def test_a_pack_of_images_laid_out_otherwise_in_memory_is_the_same(tmp_path):
    images = np.arange(2 * 8 * 9 * 3, dtype=np.uint8).reshape(2, 8, 9, 3)
    write_pack(tmp_path / "pack.npy", (np.asfortranarray(image) for image in images), 2, (8, 9))
    assert np.load(tmp_path / "pack.npy").tolist() == images.tolist()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((8, 8, 3), np.float32), r"takes uint8 \(8, 8, 3\), received float32 \(8, 8, 3\)"),
        (np.zeros((8, 9, 3), np.uint8), r"takes uint8 \(8, 8, 3\), received uint8 \(8, 9, 3\)"),
    ],
)
def test_an_image_of_another_kind_is_refused(tmp_path, image, message):
    with pytest.raises(ValueError, match=message):
        write_pack(tmp_path / "pack.npy", [image], 1, (8, 8))


def test_too_few_images_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected 2 images, received 1"):
        write_pack(tmp_path / "pack.npy", [np.zeros((8, 8, 3), np.uint8)], 2, (8, 8))


def test_where_a_pack_ends_is_known_for_ever():
    packs, _ = assign_packs(IDS[:2500])
    assert np.flatnonzero(np.diff(packs)).tolist() == [119, 631, 763, 902, 994, 1086, 1285, 1712, 1881, 2123, 2418]
