"""The layout `utkface`: labels in the names."""

import pytest
from layouts import rows

from ageline.faces.layouts import LAYOUTS, Listed


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("100_1_0_20170110183726390.jpg.chip.jpg", Listed("", 100, "female", "white")),
        ("part1/7_0_4_20170116174525125.jpg", Listed("part1/", 7, "male", "other")),
        ("14_0_0_2017011022340900.jpg.chip.jpg", Listed("", 14, "male", "white")),
        ("44_1_4_20170116235150272.pg", Listed("", 44, "female", "other")),
        ("55_0_0_20170116232725357jpg", Listed("", 55, "male", "white")),
        ("61_1_20170109142408075.jpg.chip.jpg", Listed("", 61, flags="partial_label")),
        ("61_3_20170109150557335.jpg.chip.jpg", Listed("", 61, flags="partial_label")),
        ("53__0_20170116184028385.jpg", Listed("", 53, None, "white", flags="partial_label")),
        ("26_1_9_20170116184028385.jpg", Listed("", 26, "female", None, flags="partial_label")),
        ("26_20170116184028385.jpg", Listed("", 26, flags="partial_label")),
    ],
)
def test_a_name_of_utkface(source_of, name, listed):
    source = source_of(name)
    (face,) = LAYOUTS["utkface"].list_faces(source)
    assert face == Listed(name, listed.age, listed.gender, listed.ethnicity, flags=listed.flags)


def test_a_photo_whose_name_has_no_age_is_rejected(source_of):
    source = source_of(
        "1_0_0_20170110183726390.jpg", "2_0_0_20170110183726390.jpg", "holiday.jpg", "x_1_0_2017.jpg", "README"
    )
    assert rows(source) == [
        ("1_0_0_20170110183726390.jpg", 1.0),
        ("2_0_0_20170110183726390.jpg", 2.0),
        ("holiday.jpg", "no age in the name: expected age_gender_race_time.jpg"),
        ("x_1_0_2017.jpg", "no age in the name: expected age_gender_race_time.jpg"),
    ]
