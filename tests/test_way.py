"""How faces are taken from photos: as asked for, and else as the model was trained."""

import numpy as np
import pytest
from PIL import Image
from tiny_onnx import age_model, card_of, gender_model

from ageline.errors import AgelineError
from ageline.faces.detection import Box
from ageline.faces.problems import Unusable
from ageline.serving.way import Way, choose_way

WHOLE = card_of(age_model())
DETECT = card_of(age_model(), photo={"height": 8, "width": 8, "face_crop": "detect", "detector": None})
YUNET = card_of(age_model(), photo={"height": 8, "width": 8, "face_crop": "detect", "detector": "yunet.onnx"})


class Finds:
    """Finds the same two faces everywhere, or none in a photo of 8 pixels."""

    def find(self, photo):
        return [] if photo.width == 8 else [Box(0, 0, 20, 20), Box(20, 20, 10, 10)]


def test_as_the_model_was_trained():
    assert choose_way(WHOLE, None, None, None) == Way((8, 8), "whole")
    assert choose_way(WHOLE, "center", None, None).face_crop == "center"


def test_a_model_trained_on_the_largest_face_takes_that_and_detect_takes_all():
    trained, asked = choose_way(DETECT, None, None, None), choose_way(WHOLE, "detect", None, None)
    assert (trained.every, trained.as_json()) == (False, {"faces": "detect", "detector": "cascades", "threshold": None})
    assert (asked.every, asked.as_json()["faces"]) == (True, "every")


def test_thresholds_of_the_model_and_of_ones_own():
    assert choose_way(WHOLE, None, None, "model").threshold == 25.0
    assert choose_way(WHOLE, None, None, 21.5).threshold == 21.5


@pytest.mark.parametrize(
    ("card", "asked", "message"),
    [
        (card_of(gender_model()), (None, None, 25.0), "--threshold is an age, and what this model tells is gender"),
        (card_of(age_model(), threshold=None), (None, None, "model"), r"this model has none.*such as --threshold 25"),
        (WHOLE, (None, "yunet.onnx", None), r"taken as whole here\. Add --faces detect"),
        (YUNET, (None, None, None), r"learned from faces that yunet\.onnx found.*Add --detector"),
        (YUNET, ("detect", None, None), r"learned from faces that yunet\.onnx found"),
    ],
)
def test_what_does_not_go_together(card, asked, message):
    with pytest.raises(AgelineError, match=message):
        choose_way(card, *asked)


def test_a_detector_that_is_none(tmp_path):
    with pytest.raises(AgelineError, match=r"--detector .*nosuch\.onnx can't be read .*leave it out"):
        choose_way(DETECT, None, tmp_path / "nosuch.onnx", None)


def test_opencv_says_nothing_of_its_own_about_a_bad_detector(tmp_path, capfd):
    (tmp_path / "bad.onnx").write_text("no model")
    with pytest.raises(AgelineError, match=r"bad\.onnx is no face detector that OpenCV"):
        choose_way(DETECT, None, tmp_path / "bad.onnx", None)
    assert capfd.readouterr() == ("", "")


def test_faces_and_boxes():
    photo = Image.new("RGB", (40, 40), (60, 60, 60))
    faces, boxes = Way((8, 8), "whole").take_faces(photo)
    assert (len(faces), boxes) == (1, [])
    faces, boxes = Way((8, 8), "detect", every=True, detector=Finds()).take_faces(photo)
    assert [face.shape for face in faces] == [(8, 8, 3)] * 2
    assert boxes == [Box(0, 0, 20, 20), Box(20, 20, 10, 10)]
    faces, boxes = Way((8, 8), "detect", detector=Finds()).take_faces(photo)
    assert boxes == [Box(0, 0, 20, 20)]
    assert np.array_equal(np.unique(faces[0]), [0, 60])  # the margin reaches beyond the photo


def test_a_photo_without_a_face():
    with pytest.raises(Unusable, match=r"^no face found: in 8x8$"):
        Way((8, 8), "detect", detector=Finds()).take_faces(Image.new("RGB", (8, 8)))
