"""Of several boxes around one face, one is kept."""

import numpy as np

from ageline.faces.boxes import one_for_each_face
from ageline.faces.cropping import Box


def kept(*boxes, scale=1.0, size=(200, 100)):
    """Boxes given as (score, left, top, width, height)."""
    table = np.array(boxes, float).reshape(-1, 5)
    return one_for_each_face(table[:, 1:], table[:, 0], scale, size)


def test_none_stay_none():
    assert kept() == []


def test_of_boxes_that_overlap_the_surest_is_kept():
    assert kept((5, 10, 10, 40, 40), (9, 14, 12, 40, 40)) == [Box(14, 12, 40, 40)]


def test_a_box_in_another_is_one_face_with_it():
    assert kept((9, 30, 30, 10, 10), (8, 10, 10, 60, 60)) == [Box(30, 30, 10, 10)]


def test_faces_side_by_side_stay_two_and_the_largest_comes_first():
    assert kept((9, 10, 10, 20, 20), (3, 25, 10, 60, 60)) == [Box(25, 10, 60, 60), Box(10, 10, 20, 20)]


def test_boxes_are_scaled_to_the_photo_and_those_beside_it_dropped():
    assert kept((9, 10, 10, 20, 20), (9, -30, 5, 20, 20), scale=2) == [Box(20, 20, 40, 40)]


def test_the_order_in_which_they_were_found_is_none():
    boxes = [(4, 10, 10, 40, 40), (4, 14, 12, 40, 40), (4, 100, 10, 40, 40), (4, 104, 14, 40, 40)]
    assert kept(*boxes) == kept(*reversed(boxes)) == [Box(10, 10, 40, 40), Box(100, 10, 40, 40)]
