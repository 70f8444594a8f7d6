"""From faces to answers: the same numbers as in predictions.csv, whatever the engine, the batch and the thread."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from tiny_onnx import age_model, gender_model, gray_faces, write_model

from ageline.errors import AgelineError
from ageline.scoring.predictions import rounded
from ageline.serving import predictor as module
from ageline.serving.answers import Age, Gender
from ageline.serving.engines import open_engine
from ageline.serving.predictor import Predictor


@pytest.fixture
def no_openvino(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed


def test_ages_come_with_their_intervals(tmp_path):
    predictor = Predictor.load(write_model(tmp_path), "float32")
    assert (predictor.engine, predictor.precision, predictor.card.threshold) == ("openvino", "float32", 25)
    assert predictor.predict(gray_faces(0, 34, 36, 255)) == [
        Age(0.0, 0.0, 3.0),
        Age(17.0, 14.0, 20.0),
        Age(18.0, 13.5, 22.5),
        Age(127.5, 119.25, 135.75),
    ]


def test_an_interval_is_as_wide_as_the_model_is_unsure(tmp_path):
    predictor = Predictor.load(write_model(tmp_path, age_model(std=True)), "float32")
    # stds of 2.0 years, and of 0.1, which is taken as 0.29
    assert predictor.predict(gray_faces(40, 2)) == [Age(20.0, 16.0, 24.0), Age(1.0, 0.565, 1.435)]


def test_a_model_without_intervals_answers_without(tmp_path):
    assert Predictor.load(write_model(tmp_path, interval=None)).predict(gray_faces(60)) == [Age(30.0, None, None)]


def test_genders_come_with_their_probability(tmp_path):
    predictor = Predictor.load(write_model(tmp_path, gender_model()), "float32")
    assert predictor.predict(gray_faces(51, 204, 255)) == [
        Gender("male", 0.8),
        Gender("female", 0.8),
        Gender("female", 1.0),
    ]


@pytest.mark.usefixtures("no_openvino")
def test_without_openvino_the_answers_are_the_same(tmp_path):
    predictor = Predictor.load(write_model(tmp_path))
    assert (predictor.engine, predictor.precision) == ("onnxruntime", "float32")
    assert predictor.predict(gray_faces(34)) == [Age(17.0, 14.0, 20.0)]


def test_each_number_is_the_one_that_evaluation_writes(tmp_path):
    folder, faces = write_model(tmp_path, age_model(years=0.33337, std=True)), gray_faces(*range(256))
    predictor = Predictor.load(folder, "float32")
    raw = open_engine(folder / "model.onnx").run(faces)
    table = pd.DataFrame({name: numbers[:, 0] for name, numbers in raw.items()}).assign(face_id=range(256))
    table = rounded(table, ["age", "std"], 4)
    low, high = predictor.card.reach().ends(table["age"].to_numpy(), table["std"].to_numpy())
    assert predictor.predict(faces) == list(zip(table.age, low, high, strict=True))


def test_any_number_of_faces_is_answered_in_their_order(tmp_path):
    predictor = Predictor.load(write_model(tmp_path), "float32")
    faces = gray_faces(*range(100))
    assert [answer.age for answer in predictor.predict(faces)] == [face / 2 for face in range(100)]
    assert predictor.predict(faces[::-7]) == [predictor.predict(faces[[i]])[0] for i in range(99, -1, -7)]
    assert predictor.predict(faces[:0]) == []


def test_faces_of_another_size_are_a_mistake_of_the_caller(tmp_path):
    predictor = Predictor.load(write_model(tmp_path))
    with pytest.raises(ValueError, match=r"faces are uint8 \[1, 9, 9, 3\], expected uint8 \[n, 8, 8, 3\]"):
        predictor.predict(gray_faces(1, size=9))
    with pytest.raises(ValueError, match=r"faces are float64"):
        predictor.predict(gray_faces(1) / 255)


@pytest.mark.parametrize(("years", "shown"), [(np.nan, "nan"), (np.inf, "inf")])
def test_what_is_no_number_is_no_answer(tmp_path, years, shown):
    predictor = Predictor.load(write_model(tmp_path, age_model(years=years)))
    with pytest.raises(AgelineError, match=f"the model answers age {shown} for a face, expected a number"):
        predictor.predict(gray_faces(60))


@pytest.mark.parametrize(
    ("model", "cost", "precision"),
    [
        (age_model(), {"largest": 0.3, "mae": 0.05}, "bfloat16"),
        (age_model(), {"largest": 0.3, "mae": -0.01}, "bfloat16"),
        (age_model(), {"largest": 0.3, "mae": 0.0501}, "float32"),
        (age_model(), {"largest": 0.3}, "float32"),
        (age_model(), None, "float32"),
        (gender_model(), {"largest": 0.01, "accuracy": 0.005}, "bfloat16"),
        (gender_model(), {"largest": 0.01, "accuracy": 0.006}, "float32"),
    ],
)
def test_auto_takes_bfloat16_where_it_is_cheap(tmp_path, monkeypatch, model, cost, precision):
    folder = write_model(tmp_path, model, bfloat16=cost)
    monkeypatch.setattr(module, "has_bfloat16", lambda: True)  # which not every machine that runs this has
    assert Predictor.load(folder).precision == precision
    assert Predictor.load(folder, "bfloat16").precision == "bfloat16"
    assert Predictor.load(folder, "float32").precision == "float32"
    monkeypatch.setattr(module, "has_bfloat16", lambda: False)
    assert Predictor.load(folder).precision == "float32"


@pytest.mark.usefixtures("no_openvino")
def test_bfloat16_is_not_to_be_had_without_openvino(tmp_path):
    folder = write_model(tmp_path, bfloat16={"largest": 0.1, "mae": 0.0})
    assert Predictor.load(folder).precision == "float32"
    with pytest.raises(AgelineError, match=r"(?s)takes OpenVINO and a processor that has it.*--precision float32"):
        Predictor.load(folder, "bfloat16")


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize(
    ("model", "changes", "problem"),
    [
        (age_model(photo="image"), {}, "expected the input photo uint8 [any, 8, 8, 3], received image uint8"),
        (
            age_model(size=16),
            {"photo": {"height": 8, "width": 16, "face_crop": "whole", "detector": None}},
            "expected the input photo uint8 [any, 8, 16, 3], received photo uint8 [any, 16, 16, 3]",
        ),
        (
            gender_model(),
            {"target": "age", "classes": None},
            "expected the output age float32 [any, 1], received gender float32 [any, 2]",
        ),
        (
            age_model(),
            {"target": "gender", "classes": ("female", "male"), "interval": None, "threshold": None},
            "expected the output gender float32 [any, 2], received age float32 [any, 1]",
        ),
        (
            age_model(),
            {"interval": {"level": 0.9, "age_bins": (0.0,), "reach_of_bins": (2.0,), "scaled_by_std": True}},
            "expected the output std float32 [any, 1], received age float32 [any, 1]",
        ),
    ],
    ids=["input", "size", "gender", "age", "std"],
)
def test_a_model_that_its_card_does_not_describe_is_found_out(tmp_path, monkeypatch, engine, model, changes, problem):
    if engine == "onnxruntime":
        monkeypatch.setitem(sys.modules, "openvino", None)
    folder = write_model(tmp_path, model, **changes)
    with pytest.raises(AgelineError) as caught:
        Predictor.load(folder)
    assert f"model.onnx is not what {folder / 'model.json'} describes: {problem}" in str(caught.value)


def test_several_threads_each_get_their_own_answers(tmp_path):
    predictor = Predictor.load(write_model(tmp_path), "float32", threads=2)
    faces = {value: gray_faces(*[value] * 40) for value in range(0, 200, 5)}
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(faces, pool.map(predictor.predict, faces.values()), strict=True))
    assert {value: {answer.age for answer in found} for value, found in answers.items()} == {
        value: {value / 2} for value in faces
    }


ALONE = """
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in %s:
            raise ImportError(f"{name} should not be needed")

sys.meta_path.insert(0, Refusal())

from pathlib import Path
import numpy as np
from ageline.serving.predictor import Predictor

print(Predictor.load(Path(sys.argv[1]), "float32").predict(np.full((1, 8, 8, 3), 60, np.uint8)))
"""
TRAINING = {"tensorflow", "keras", "jax", "dvc", "onnx", "tf2onnx"}
TABLES = {"pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "joblib", "jinja2", "albumentations"}


@pytest.mark.parametrize("without", [{"onnxruntime"}, {"openvino"}], ids=["openvino", "onnxruntime"])
def test_neither_what_trains_nor_what_evaluates_is_needed(tmp_path, without):
    code = ALONE % (TRAINING | TABLES | without)
    done = subprocess.run(
        [sys.executable, "-c", code, write_model(tmp_path)], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[Age(age=30.0, low=25.5, high=34.5)]\n"
