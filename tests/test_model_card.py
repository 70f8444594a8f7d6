"""What is known of a model is read as it was written, or it is said what is wrong with it."""

import json

import pytest
from tiny_onnx import SCALED, age_model, card_of, gender_model, write_model

from ageline.errors import AgelineError
from ageline.scoring.reach import Reach
from ageline.serving.model_card import as_json, hash_of, read_model_card


def rewrite(folder, **changes):
    """Change keys of a folder's model.json; None in a set leaves one out."""
    path = folder / "model.json"
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in values.items() if value != {"left": "out"}}))
    return folder


def complaint(folder):
    with pytest.raises(AgelineError) as caught:
        read_model_card(folder)
    return str(caught.value).replace(str(folder), "models")


@pytest.mark.parametrize("model", [age_model(), age_model(std=True), gender_model()], ids=["age", "std", "gender"])
def test_what_is_written_is_read(tmp_path, model):
    folder = write_model(tmp_path, model)
    card = read_model_card(folder)
    assert card == card_of(model, hashes=dict(card.hashes))
    assert as_json(card) == json.loads((folder / "model.json").read_text())


def test_it_knows_how_far_the_intervals_reach():
    assert card_of(age_model()).reach() == Reach(0.9, (0.0, 18.0, 40.0), (3.0, 4.5, 8.25), scaled=False)
    assert card_of(age_model(std=True)).reach() == Reach(0.9, (0.0, 18.0), (1.5, 2.0), scaled=True)
    assert card_of(age_model(), interval=None).reach() is None
    assert card_of(gender_model()).reach() is None


def test_bins_from_18_years_leave_one_below_them_which_has_a_reach_too(tmp_path):
    interval = SCALED | {"age_bins": (18.0, 40.0), "reach_of_bins": (1.0, 2.0, 3.0)}
    assert read_model_card(write_model(tmp_path, interval=interval)).interval.reach_of_bins == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("name", ["model.json", "model.onnx"])
def test_both_files_are_needed(tmp_path, name):
    (write_model(tmp_path) / name).unlink()
    assert complaint(tmp_path) == (
        f"models holds no {name}, expected model.onnx and model.json as stage export writes them."
        " Run `dvc repro export`, or `dvc pull`, or name another folder."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not readable as JSON: Expecting value"),
        (b"\xff\xfe\x00", "not readable as JSON"),
        (b"{" * 100_000, "not readable as JSON"),
        (b"[" * 100_000, "not readable as JSON"),
        (b"[1, 2]", "should hold keys and values, received [1, 2]."),
        (b"null", "should hold keys and values, received None."),
    ],
    ids=["empty", "binary", "braces", "brackets", "list", "null"],
)
def test_what_is_no_json_object_is_said_to_be_none(tmp_path, content, problem):
    (write_model(tmp_path) / "model.json").write_bytes(content)
    assert problem in complaint(tmp_path)
    assert "Run `dvc repro export`" in complaint(tmp_path)


def test_a_newer_format_is_named_before_any_other_problem(tmp_path):
    rewrite(write_model(tmp_path), format=2, target="height", ages=[1])
    (tmp_path / "model.onnx").write_bytes(b"another")
    assert complaint(tmp_path) == (
        "models/model.json has format 2, which a newer Ageline wrote; this one reads format 1. Upgrade with"
        " `pip install --upgrade ageline`, or export the model with this one."
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ages": 1}, "ages: unknown key"),
        ({"synthetic": {"left": "out"}}, "synthetic: missing"),
        ({"synthetic": "yes"}, "synthetic: should be a valid boolean, received yes"),
        ({"format": "1"}, "format: should be 1, received 1"),
        ({"target": "height"}, "target: should be 'age' or 'gender', received height"),
        (
            {"photo": {"height": 4, "width": 48, "face_crop": "whole", "detector": None}},
            "photo.height: should be greater than or equal to 8, received 4",
        ),
        ({"classes": ["female", "male"]}, "classes should be null with target age, received ['female', 'male']"),
        (
            {"interval": SCALED | {"reach_of_bins": [1.5]}},
            "interval: reach_of_bins should have a number for each of 2 bins, received 1",
        ),
        ({"interval": SCALED | {"age_bins": [18.0, 0.0]}}, "interval: age_bins should ascend, received [18.0, 0.0]"),
        ({"interval": SCALED | {"reach_of_bins": [1.5, -1.0]}}, "interval.reach_of_bins.1: should be greater than"),
        ({"metrics": {"mae": float("nan")}}, "metrics.mae"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_key_is_named(tmp_path, changes, problem):
    rewrite(write_model(tmp_path), **changes)
    assert complaint(tmp_path).startswith("models/model.json is not what stage export writes:\n  ")
    assert problem in complaint(tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"classes": None}, "classes should be two names with target gender, received None"),
        ({"classes": ["male", "male"]}, "classes should be two names with target gender, received ('male', 'male')"),
        ({"threshold": 25}, "interval and threshold should be null with target gender"),
        ({"interval": SCALED}, "interval and threshold should be null with target gender"),
    ],
)
def test_a_gender_model_has_two_classes_and_nothing_of_ages(tmp_path, changes, problem):
    assert problem in complaint(rewrite(write_model(tmp_path, gender_model()), **changes))


def test_a_model_with_the_card_of_another_is_found_out(tmp_path):
    folder, other = write_model(tmp_path / "one"), write_model(tmp_path / "other", age_model(years=0.4))
    (folder / "model.onnx").write_bytes((other / "model.onnx").read_bytes())
    known, found = json.loads((folder / "model.json").read_text())["hashes"]["onnx"], hash_of(other / "model.onnx")
    assert complaint(folder) == (
        "models/model.json was not written for models/model.onnx: it was for one with the SHA-256"
        f" {known}, received {found}. Run `dvc repro export` to write both anew, or take both files from where they"
        " were exported."
    )
    rewrite(folder, hashes={})
    assert "with the SHA-256 None" in complaint(folder)
