"""A face is cut out with a margin of 40% of its box on every side, in the shape asked for."""

import numpy as np
import pytest
from PIL import Image

from ageline.faces.cropping import Box, crop_box


@pytest.fixture
def ramp():
    """A photo of 200 x 100 pixels in which red tells the column and green the row."""
    rows, columns = np.mgrid[:100, :200]
    return Image.fromarray(np.stack([columns, rows, np.full_like(rows, 9)], axis=2).astype(np.uint8))


def test_the_margin_is_four_tenths_of_the_box_on_every_side(ramp):
    # 40 + 2 x 16 pixels wide, and 40 + 2 x 16 high: at this size nothing is resampled.
    face = crop_box(ramp, Box(60, 30, 40, 40), (72, 72))
    assert face.dtype == np.uint8
    assert np.array_equal(face, np.asarray(ramp)[14:86, 44:116])


def test_a_box_of_another_shape_than_asked_for_is_extended_on_both_ends(ramp):
    # The box and its margins are 36 x 36; twice as wide is 72 x 36.
    assert np.array_equal(crop_box(ramp, Box(90, 40, 20, 20), (36, 72)), np.asarray(ramp)[32:68, 64:136])
    # Margins go by each side of the box: 20 x 10 becomes 36 x 18, which is extended to 36 x 36.
    assert np.array_equal(crop_box(ramp, Box(90, 45, 20, 10), (36, 36)), np.asarray(ramp)[32:68, 82:118])


def test_what_is_outside_of_the_photo_is_black(ramp):
    face = crop_box(ramp, Box(0, 0, 40, 40), (72, 72))
    assert face[:16].max() == 0
    assert face[:, :16].max() == 0
    assert np.array_equal(face[16:, 16:], np.asarray(ramp)[:56, :56])
    face = crop_box(ramp, Box(170, 70, 40, 40), (72, 72))  # a box may itself reach over the border
    assert np.array_equal(face[:46, :46], np.asarray(ramp)[54:, 154:])
    assert (face[46:].max(), face[:, 46:].max()) == (0, 0)


def test_a_face_is_brought_to_the_size_asked_for(ramp):
    face = crop_box(ramp, Box(60, 30, 40, 40), (36, 36))
    assert face.shape == (36, 36, 3)
    assert np.allclose(face[2:-2, :, 1], np.arange(14.5, 86, 2)[2:-2, None], atol=1)
    assert crop_box(ramp, Box(60, 30, 40, 40), (500, 400)).shape == (500, 400, 3)


@pytest.mark.parametrize("height_width", [(8, 1024), (1024, 8), (8, 8), (1024, 1024)])
@pytest.mark.parametrize("box", [Box(0, 0, 1, 1), Box(199, 99, 1, 1), Box(-30, -30, 70, 70), Box(0, 0, 200, 100)])
def test_any_box_becomes_any_shape(ramp, box, height_width):
    face = crop_box(ramp, box, height_width)
    assert face.shape == (*height_width, 3)
    assert face[..., 2].max() > 0
