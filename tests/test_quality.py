"""Measures of a gray copy: contrast, sharpness, black bars."""

import numpy as np
import pytest
from faces_drawn import draw_face
from PIL import Image, ImageFilter

from ageline.faces.audit.findings import BARRED, BLANK, BLURRED
from ageline.faces.audit.quality import Quality, measure_quality

SIDE = 128


def gray(photo: Image.Image) -> np.ndarray:
    return np.asarray(photo.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))


def test_a_wall_has_no_contrast_and_no_detail():
    assert measure_quality(np.full((SIDE, SIDE), 90, np.uint8)) == Quality(0.0, 0.0, 0.0)


def test_two_halves_have_the_contrast_of_their_levels_and_an_edge():
    halves = np.full((SIDE, SIDE), 100, np.uint8)
    halves[:, SIDE // 2 :] = 200
    # Of 126 columns two have a Laplacian of 100; contrast is 50.
    assert measure_quality(halves) == Quality(50.0, round(2 / 126 * 100 / 50, 4), 0.0)


@pytest.mark.parametrize(
    ("top", "bottom", "left", "right", "share"),
    [(0, 0, 0, 0, 0.0), (32, 0, 0, 0, 0.25), (16, 16, 0, 0, 0.25), (0, 0, 64, 0, 0.5), (64, 0, 64, 0, 0.75)],
)
def test_bars_are_the_share_of_black_edges(top, bottom, left, right, share):
    photo = np.full((SIDE, SIDE), 180, np.uint8)
    photo[:top], photo[SIDE - bottom :], photo[:, :left], photo[:, SIDE - right :] = 5, 5, 5, 5
    assert measure_quality(photo).bars == share


def test_black_within_a_photo_is_no_bar():
    photo = np.full((SIDE, SIDE), 180, np.uint8)
    photo[40:80] = 0
    assert measure_quality(photo).bars == 0.0


def test_a_black_photo_is_all_bars():
    assert measure_quality(np.zeros((SIDE, SIDE), np.uint8)).bars == 1.0


def test_a_drawn_face_is_fine_and_blurred_it_is_not():
    face = draw_face(4)
    sharp, blurred = measure_quality(gray(face)), measure_quality(gray(face.filter(ImageFilter.GaussianBlur(4))))
    assert sharp.contrast > BLANK
    assert sharp.bars < BARRED
    assert blurred.sharpness < BLURRED < sharp.sharpness
