"""Photos to entries, in batches across photos and in their order."""

from pathlib import Path

import pytest
from photos import photo
from test_way import Finds
from tiny_onnx import age_model, gender_model, write_model

from ageline.serving.answers import Age, Gender
from ageline.serving.photos import Listing, Photo
from ageline.serving.predicting import BATCH, predict_photos, said_of
from ageline.serving.predictor import Predictor
from ageline.serving.way import Way

WHOLE = Way((8, 8), "whole")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def gray(name: str, brightness: int, size=(8, 8)) -> str:
    """A photo whose age is half its brightness."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(photo((brightness,) * 3, size))
    return name


def entries(*files: str, way: Way = WHOLE, model=None) -> list[dict]:
    predictor = Predictor.load(write_model(Path("models"), model or age_model()), "float32")
    photos = Listing(files, None).photos
    batches = predict_photos(enumerate(photos), predictor, way)
    return [done.entry for some in batches for done in some]


def test_ages_with_intervals():
    assert entries(gray("young.png", 20), gray("old.png", 100)) == [
        {"file": "young.png", "age": 10.0, "low": 7.0, "high": 13.0},
        {"file": "old.png", "age": 50.0, "low": 41.75, "high": 58.25},
    ]


def test_genders():
    assert entries(gray("a.png", 255), gray("b.png", 51), model=gender_model()) == [
        {"file": "a.png", "gender": "female", "probability": 1.0},
        {"file": "b.png", "gender": "male", "probability": 0.8},
    ]


def test_what_a_model_does_not_have_is_left_out_and_a_decision_is_of_ages():
    assert said_of(Age(31.5, None, None), None) == {"age": 31.5}
    assert said_of(Age(31.5, 27.0, 36.0), 25) == {"age": 31.5, "low": 27.0, "high": 36.0, "decision": "pass"}
    assert said_of(Age(12.0, 9.0, 15.0), 25)["decision"] == "too young"
    assert said_of(Gender("male", 0.75), 25) == {"gender": "male", "probability": 0.75}


def test_a_bad_photo_stops_nothing():
    Path("empty.png").touch()
    Path("cut.png").write_bytes(photo((60, 60, 60))[:50])
    found = entries("nosuch.png", gray("a.png", 60), "empty.png", "cut.png", gray("b.png", 80))
    assert [entry.get("age", entry.get("error")) for entry in found] == [
        "no such file or folder",
        30.0,
        "empty file",
        "broken photo: image file is truncated",
        40.0,
    ]


def test_every_face_of_a_photo_has_its_box():
    way = Way((8, 8), "detect", every=True, detector=Finds(), threshold=25)
    (entry,) = entries(gray("group.png", 100, (60, 60)), way=way)
    assert [face["box"] for face in entry["faces"]] == [[0, 0, 20, 20], [20, 20, 10, 10]]
    assert [sorted(face) for face in entry["faces"]] == [["age", "box", "decision", "high", "low"]] * 2
    assert entry["faces"][1]["age"] == 50.0


def test_the_largest_face_of_a_photo_and_photos_without_one():
    way = Way((8, 8), "detect", detector=Finds())
    one, none = entries(gray("a.png", 100, (60, 60)), gray("b.png", 100), way=way)
    assert (one["box"], sorted(one)) == ([0, 0, 20, 20], ["age", "box", "file", "high", "low"])
    assert none == {"file": "b.png", "error": "no face found: in 8x8"}


def test_what_no_one_foresaw_is_that_photos_error():
    class Trips(Finds):
        def find(self, photo):
            if photo.width == 9:
                raise ZeroDivisionError
            return super().find(photo)

    way = Way((8, 8), "detect", detector=Trips())
    found = entries(gray("a.png", 100, (9, 9)), gray("b.png", 100, (60, 60)), way=way)
    assert found[0] == {"file": "a.png", "error": "broken photo: ZeroDivisionError"}
    assert "age" in found[1]


def test_photos_come_in_their_order_and_in_batches():
    files = [gray(f"f/{number:03}.png", number) for number in range(200)]
    assert [entry["age"] for entry in entries("f")] == [number / 2 for number in range(200)]
    predictor = Predictor.load(Path("models"), "float32")
    photos = [(number, Photo(file, 2)) for number, file in enumerate(files)]
    assert [len(some) for some in predict_photos(photos, predictor, WHOLE)] == [BATCH] * 6 + [8]


def test_no_more_photos_are_taken_ahead_than_are_soon_needed():
    name, taken = gray("a.png", 60), []

    def endless():
        while True:
            taken.append(len(taken))
            yield len(taken), Photo(name, 0)

    predictor = Predictor.load(write_model(Path("models")), "float32")
    batches = predict_photos(endless(), predictor, WHOLE)
    next(batches)
    assert len(taken) <= 3 * BATCH
    batches.close()
