import math

from ageline.figures import caption


def test_a_face_is_called_by_its_age_or_by_its_gender_and_age():
    assert caption("age", "female", 31.0) == "age 31"
    assert caption("age", None, 31.5) == "age 31.5"
    assert caption("gender", "female", 31.0) == "female, 31"
    assert caption("gender", "female", math.nan) == "female"
