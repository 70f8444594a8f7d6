"""Photos that are one photo after re-encoding, resizing, cropping or a change of light."""

import numpy as np
import pytest
from faces_drawn import COPIES, draw_face, encoded
from PIL import Image

from ageline.faces.audit.alignment import agreement
from ageline.faces.audit.fingerprint import SIDE, fingerprint, similarity
from ageline.faces.audit.near_duplicates import LEAST_AGREEMENT, find_near_duplicates
from ageline.faces.audit.neighbours import NEIGHBOURS, find_neighbours
from ageline.sample.camera import photograph
from ageline.sample.people import person_of


def thumbnail(photo: Image.Image) -> np.ndarray:
    return np.asarray(photo.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))


@pytest.fixture(scope="module")
def faces() -> list[Image.Image]:
    return [draw_face(seed) for seed in range(40)]


def search(photos) -> list[list[int]]:
    thumbnails = np.stack([thumbnail(photo) for photo in photos])
    return find_near_duplicates(thumbnails, np.arange(len(photos))).pairs.tolist()


def test_different_photos_are_no_near_duplicates(faces):
    assert search(faces) == []


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_found_among_other_photos_and_nothing_else_is(faces, name):
    copies = [COPIES[name](face) for face in faces[:5]]
    assert search([*faces, *copies]) == [[face, 40 + face] for face in range(5)]


def test_copies_of_copies_are_found_by_pairs_the_earlier_first(faces):
    assert search([faces[0], faces[1], encoded(faces[0], 60), encoded(faces[0], 40)]) == [[0, 2], [0, 3], [2, 3]]


def test_only_the_photos_asked_for_are_compared(faces):
    thumbnails = np.stack([thumbnail(photo) for photo in (faces[0], faces[1], faces[0], encoded(faces[0], 60))])
    assert find_near_duplicates(thumbnails, np.array([1, 2, 3])).pairs.tolist() == [[2, 3]]
    assert find_near_duplicates(thumbnails, np.array([1])).pairs.tolist() == []
    assert find_near_duplicates(thumbnails, np.array([], int)).pairs.tolist() == []


def test_photos_added_behind_change_nothing_before_them(faces):
    copies = [*faces[:33], *(COPIES["crop of 4%"](face) for face in faces[:7])]
    before = search(copies)
    after = search([*copies, *faces[33:], encoded(faces[2], 70)])
    assert [pair for pair in after if pair[1] < len(copies)] == before
    assert [2, len(copies) + 7] in after


def test_a_near_duplicate_agrees_in_detail_and_another_face_does_not(faces):
    thumbnails = np.stack([thumbnail(photo) for photo in (faces[0], COPIES["crop of 4%"](faces[0]), faces[1])])
    copy, other = agreement(thumbnails, np.array([[0, 1], [0, 2]]))
    assert copy > LEAST_AGREEMENT + 0.05
    assert other < 0.6


def test_a_fingerprint_moved_along_its_tangents_comes_nearer_to_that_of_a_crop(faces):
    thumbnails = np.stack([thumbnail(photo) for photo in (faces[0], COPIES["crop of 4%"](faces[0]))])
    fine = fingerprint(thumbnails).fine
    as_they_are = fine[0] @ fine[1]
    (moved,) = similarity(thumbnails[:1], np.array([0]), fine[1:])
    assert as_they_are < 0.95 < moved


def test_a_fingerprint_ignores_brightness_and_contrast(faces):
    photo = thumbnail(faces[3])
    darker = (photo * 0.5 + 20).astype(np.uint8)
    fine = fingerprint(np.stack([photo, darker])).fine
    assert fine[0] @ fine[1] == pytest.approx(1, abs=1e-3)


def test_neighbours_are_earlier_photos_each_pair_once():
    coarse = np.zeros((6, 4), np.float32)
    coarse[[0, 2, 5], 0] = coarse[[1, 4], 1] = coarse[3, 2] = 127
    assert find_neighbours(coarse).tolist() == [[0, 2], [0, 5], [1, 4], [2, 5]]


@pytest.mark.parametrize("before", [255, 256, 257, 400, 512])
def test_no_neighbour_is_lost_or_found_when_photos_are_added_behind(before):
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(40, 48))
    vectors = centres[rng.integers(0, 40, 600)] + 0.5 * rng.normal(size=(600, 48))
    coarse = np.rint(127 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    pairs = find_neighbours(coarse)
    earlier = find_neighbours(coarse[:before])
    assert len(earlier) > 3 * before
    assert pairs[pairs[:, 1] < before].tolist() == earlier.tolist()


def test_photos_that_are_all_alike_have_no_more_neighbours_than_others():
    coarse = np.zeros((1000, 48), np.float32)
    coarse[:, 3] = 127
    pairs = find_neighbours(coarse)
    assert np.bincount(pairs[:, 1], minlength=1000).max() == NEIGHBOURS
    assert pairs[pairs[:, 1] == 999].tolist() == [[earlier, 999] for earlier in range(NEIGHBOURS)]


def test_another_shot_of_a_person_is_no_near_duplicate():
    shots = []
    for seed in (1, 2):
        person = person_of(40, np.random.default_rng(7))
        shots.append(Image.fromarray(np.asarray(photograph(person, 120, np.random.default_rng(seed)))))
    assert search(shots) == []


def test_neighbours_are_those_of_a_search_among_all(faces):
    thumbnails = np.stack([thumbnail(COPIES[name](face)) for face in faces for name in COPIES])
    coarse = fingerprint(thumbnails).coarse
    found = set(map(tuple, find_neighbours(coarse).tolist()))
    alike = coarse @ coarse.T
    nearest = [(max(range(later), key=lambda at, later=later: alike[at, later]), later) for later in range(1, 200)]
    close = [pair for pair in nearest if alike[pair] > 0.9 * 127**2]
    assert len(close) > 100
    assert len(found & set(close)) / len(close) > 0.98


def test_a_blank_photo_has_no_fingerprint_to_speak_of():
    blank = np.full((2, SIDE, SIDE), 200, np.uint8)
    assert np.isfinite(fingerprint(blank).fine).all()
    assert np.isfinite(agreement(blank, np.array([[0, 1]]))).all()
