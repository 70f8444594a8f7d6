"""Faces are found in photos: by OpenCV's cascade, which is in its package, or by a YuNet file."""

import re
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from drawn import FOUND, person, scene, write_other_network, write_red_block_finder
from photos import encode, photo
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.detection import Box, load_detector
from ageline.faces.image import ImageError, decode_face, decode_photo


def middles(boxes):
    return [(box.left + box.width / 2, box.top + box.height / 2) for box in boxes]


def are_near(found, expected, pixels=25):
    return np.shape(found) == np.shape(expected) and np.allclose(found, expected, atol=pixels)


@pytest.mark.parametrize("number", FOUND)
def test_a_drawn_face_is_found_once_and_where_it_is(number):
    boxes = load_detector().find(scene((number, 200, 300, 150)))
    assert are_near(middles(boxes), [(400, 250)])
    assert 80 < boxes[0].width < 180


def test_the_largest_face_comes_first():
    photo = scene((1, 120, 20, 300), (2, 240, 380, 20), (4, 180, 20, 20))
    assert are_near(middles(load_detector().find(photo)), [(500, 140), (110, 110), (80, 360)], 30)


def test_a_photo_without_a_face_has_none():
    assert load_detector().find(Image.new("RGB", (640, 480), "gray")) == []
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    assert load_detector().find(Image.fromarray(noise)) == []


def test_a_face_that_fills_the_photo_is_found():
    # Cut so that nothing is left around the face, as many published sets are.
    tight = person(1, 320).crop((80, 60, 240, 270))
    assert len(load_detector().find(tight)) == 1


def test_boxes_are_pixels_of_the_photo_however_large_it_is():
    small, large = scene((1, 200, 300, 150)), scene((1, 200, 300, 150)).resize((3200, 2400), Image.Resampling.BICUBIC)
    expected = [(5 * across, 5 * down) for across, down in middles(load_detector().find(small))]
    assert are_near(middles(load_detector().find(large)), expected, 60)


def test_the_same_photo_has_the_same_boxes_whatever_runs_beside():
    photo = scene((1, 120, 20, 300), (2, 240, 380, 20), (4, 180, 20, 20))
    expected, found = load_detector().find(photo), []
    cv2.setNumThreads(4)
    threads = [threading.Thread(target=lambda: found.append(load_detector().find(photo))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
    assert cv2.getNumThreads() == 1


def test_the_largest_photo_takes_no_more_than_seconds():
    photo = Image.new("RGB", (8000, 8000), "gray")
    photo.paste(person(1).resize((2000, 2000)), (4000, 3000))
    started = time.process_time()
    assert len(load_detector().find(photo)) == 1
    assert time.process_time() - started < 5


@pytest.mark.parametrize("size", [(8, 8), (8, 30_000), (30_000, 8), (20, 24)])
def test_a_tiny_or_a_thin_photo_has_no_face(size, tmp_path):
    for detector in (load_detector(), load_detector(write_red_block_finder(tmp_path / "red.onnx"))):
        assert detector.find(Image.new("RGB", size, "gray")) == []


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_turned_by_exif_gives_the_face_upright(orientation):
    upright = scene((1, 200, 100, 150), size=(400, 640))
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = encode(upright.transpose(turn[orientation]) if orientation in turn else upright, exif=exif)
    expected = decode_face(encode(upright), (48, 48), "detect")
    assert np.array_equal(decode_face(turned, (48, 48), "detect").pixels, expected.pixels)


def test_a_gray_photo_has_its_face():
    face = decode_face(encode(scene((1, 200, 300, 150)).convert("L")), (48, 48), "detect")
    assert face.found == 1
    assert np.ptp(face.pixels, axis=2).max() == 0


def test_the_face_is_cut_from_the_photo_and_the_rest_is_of_the_whole_photo():
    data = encode(scene((1, 120, 20, 300), (2, 240, 380, 20)))
    found, whole = decode_face(data, (48, 32), "detect"), decode_face(data, (48, 32), "whole")
    assert (found.pixels.shape, found.found, whole.found) == ((48, 32, 3), 2, 0)
    assert (found.width, found.height, found.pixel_hash) == (640, 480, whole.pixel_hash)
    boxes = load_detector().find(decode_photo(data))
    assert (found.shorter, whole.shorter) == (round(1.8 * boxes[0].width), 480)


def test_a_photo_without_a_face_is_an_image_error():
    with pytest.raises(ImageError, match=r"^no face found: in a photo of 64 x 32$"):
        decode_face(photo(size=(64, 32)), (48, 48), "detect")


def test_a_yunet_file_is_used_when_given(tmp_path):
    picture = Image.new("RGB", (200, 100), "gray")
    for left, top in ((64, 32), (160, 72)):
        picture.paste("red", (left, top, left + 8, top + 8))
    detector = load_detector(write_red_block_finder(tmp_path / "red.onnx"))
    assert detector.find(picture) == [Box(52, 20, 32, 32), Box(148, 60, 32, 32)]
    assert detector.find(picture.crop((56, 24, 86, 54))) == [Box(-4, -4, 32, 32)]  # which reaches over the border
    assert decode_face(encode(picture), (48, 48), "detect", detector).found == 2
    assert load_detector(tmp_path / "red.onnx") is detector


def test_a_detector_file_that_was_replaced_is_loaded_again(tmp_path):
    first = load_detector(write_red_block_finder(tmp_path / "red.onnx"))
    (tmp_path / "red.onnx").write_bytes(b"")
    with pytest.raises(AgelineError, match="no face detector that OpenCV"):
        load_detector(tmp_path / "red.onnx")
    assert load_detector(write_red_block_finder(tmp_path / "other.onnx")) is not first


def test_a_missing_detector_is_an_error_with_the_remedy(tmp_path):
    expected = f"The face detector {tmp_path}/none.onnx can't be read (No such file or directory), expected a YuNet"
    with pytest.raises(AgelineError, match=re.escape(expected)):
        load_detector(tmp_path / "none.onnx")


def test_a_file_that_is_no_detector_is_an_error_that_names_it(tmp_path):
    (tmp_path / "text.onnx").write_text("hello")
    (tmp_path / "cut.onnx").write_bytes(write_red_block_finder(tmp_path / "red.onnx").read_bytes()[:2000])
    write_other_network(tmp_path / "other.onnx")
    (tmp_path / "folder.onnx").mkdir()
    for name in ("text", "cut", "other", "folder"):
        with pytest.raises(AgelineError, match=rf"{name}\.onnx is no face detector that OpenCV 4\S* can run, expected"):
            load_detector(tmp_path / f"{name}.onnx")


def test_opencv_is_loaded_for_detect_only():
    code = (
        "import io, sys\n"
        "from PIL import Image\n"
        "from ageline.faces.image import decode_face\n"
        "file = io.BytesIO(); Image.new('RGB', (64, 64)).save(file, 'PNG')\n"
        "for face_crop in ('whole', 'center', 'stretch'): decode_face(file.getvalue(), (8, 8), face_crop)\n"
        "print('cv2' in sys.modules)\n"
        "try: decode_face(file.getvalue(), (8, 8), 'detect')\n"
        "except Exception as error: print(error, 'cv2' in sys.modules, 'pandas' in sys.modules)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "False\nno face found: in a photo of 64 x 64 True False\n"


def test_decode_photo_gives_all_of_the_upright_photo():
    decoded = decode_photo(photo(size=(64, 32)))
    assert (decoded.size, decoded.mode) == ((64, 32), "RGB")
