"""params.yaml: what is accepted, and what is said about the rest."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from ageline.errors import AgelineError
from ageline.params import load_params, parse_params

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "params.yaml").read_text(encoding="utf-8")


def test_the_shipped_file_is_valid():
    params = load_params(ROOT / "params.yaml")
    assert params.data.source == "data/sample"
    assert params.gate.tolerance == 0.1
    assert params.evaluate.age_bins[:3] == (0, 13, 18)


@pytest.mark.parametrize("text", ["1e-05", "1e-5", "1E-05", "1.0e-05", "0.00001"])
def test_a_learning_rate_in_any_notation_is_a_number(tmp_path, text):
    # DVC writes 1e-05, which PyYAML by itself reads as text.
    (tmp_path / "params.yaml").write_text(re.sub(r"learning_rate: \S+", f"learning_rate: {text}", SHIPPED))
    assert load_params(tmp_path / "params.yaml").train.optimizer.learning_rate == 0.00001


@pytest.mark.parametrize(
    ("text", "value"),
    [("010", 10), ("1:30", "1:30"), ("yes", "yes"), ("2020-01-01", "2020-01-01"), ("~", None), ("", None), (".5", 0.5)],
)
def test_a_value_is_read_as_dvc_reads_it(tmp_path, text, value):
    (tmp_path / "params.yaml").write_text(f"strange: {text}\n")
    with pytest.raises(AgelineError, match=re.escape(f"strange: unknown key, received {value!r}.")):
        load_params(tmp_path / "params.yaml")


def test_the_weights_file_is_one_that_dvc_tracks(make_params):
    with pytest.raises(AgelineError, match=r"weights_file should be a file's name in data/weights, not '/etc/hosts'"):
        make_params({"model.weights": "file", "model.weights_file": "/etc/hosts"})


def test_whole_numbers_do_where_a_fraction_is_expected(make_params):
    assert make_params({"gate.limit": 8}).gate.limit == 8.0


def test_sizes_are_one_number_or_two(make_params):
    assert make_params({"ingest.image_size": 64}).ingest.height_width == (64, 64)
    assert make_params({"ingest.image_size": [64, 48]}).ingest.height_width == (64, 48)


def test_params_never_change(make_params):
    with pytest.raises(ValidationError, match="frozen"):
        make_params().gate.limit = 9.0


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("train.epoch", 3, "train.epoch: unknown key, received 3. Did you mean epochs?"),
        ("gates", {}, "gates: unknown key, received {}. Did you mean gate?"),
        ("gate.zzz", 3, "gate.zzz: unknown key, received 3. Known here: limit, tolerance."),
        ("train.learning-rate", 3, "train.learning-rate: unknown key, received 3. Known here: seed"),
        ("my-section", 1, "my-section: unknown key, received 1. Known here: sample"),
        ("float", 1, "float: unknown key, received 1. Known here: sample"),
        ("ingest.image_size", [48], "ingest.image_size: should be a valid integer, received [48]"),
        ("model.weights_file", "../a.h5", "model: weights_file should name a file when weights is 'file'"),
        ("train", None, "train: should be an object, received None"),
        ("train.epochs", 2.5, "train.epochs: should be a valid integer, received 2.5"),
        ("train.epochs", "3", "train.epochs: should be a valid integer, received '3'"),
        ("train.epochs", True, "train.epochs: should be a valid integer, received True"),
        ("train.epochs", 0, "train.epochs: should be greater than or equal to 1, received 0"),
        ("train.augmentation.flip", "yes", "train.augmentation.flip: should be a valid boolean, received 'yes'"),
        ("train.loss", "mea", "train.loss: should be 'mae', 'mse' or 'huber', received 'mea'"),
        ("train.seed", 2**32, "train.seed: should be less than 4294967296, received 4294967296"),
        ("train.optimizer.learning_rate", 0, "train.optimizer.learning_rate: should be greater than 0, received 0"),
        ("gate.limit", float("nan"), "gate.limit: should be a finite number, received nan"),
        ("gate.tolerance", -0.1, "gate.tolerance: should be greater than or equal to 0, received -0.1"),
        ("ingest.max_rejected", 1.5, "ingest.max_rejected: should be less than or equal to 1, received 1.5"),
        ("ingest.image_size", 4, "ingest.image_size: should be greater than or equal to 8, received 4"),
        ("ingest.ages", [90, 10], "ingest: ages should be [lowest, highest], not [90.0, 10.0]"),
        ("ingest.split.fractions", [0.7, 0.2, 0.2], "ingest.split: fractions should add up to 1, not to 1.1"),
        ("model.weights", "file", "model: weights_file should name a file when weights is 'file'"),
        ("model.weights_file", "a.h5", "model: weights_file should name a file when weights is 'file', and be null"),
        ("model.top.units", [256, 0], "model.top.units.1: should be greater than or equal to 1, received 0"),
        (
            "train.optimizer.name",
            "adam",
            "train.optimizer: weight_decay should be a number for adamw, and null for adam",
        ),
        ("train.optimizer.schedule", "constant", "train.optimizer: warmup should be 0 with schedule 'constant'"),
        ("train.reduce_lr.patience", 3, "train: reduce_lr.patience should be null with optimizer.schedule 'cosine'"),
        ("evaluate.age_bins", [0, 18, 13], "evaluate: age_bins should ascend, each bin's first age once, not [0.0, 18"),
        ("evaluate.suspects", 0, "evaluate.suspects: should be greater than or equal to 1, received 0"),
        ("augment.transforms", ["flop"], "augment.transforms.0: should be 'flip', 'affine', 'light'"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(make_params, key, value, message):
    with pytest.raises(AgelineError) as error:
        make_params({key: value})
    first, problem = str(error.value).split("\n", 1)
    assert first == "params.yaml is not valid, nothing was run:"
    assert problem.startswith(f"  {message}")


def test_a_missing_key(shipped):
    del shipped["gate"]["limit"]
    with pytest.raises(AgelineError, match=r"gate\.limit: missing, expected as in the shipped params\.yaml"):
        parse_params(shipped)


def test_all_problems_are_told_at_once(make_params):
    with pytest.raises(AgelineError) as error:
        make_params({"train.epochs": 0, "gate.limit": -1})
    assert [line.split(":")[0].strip() for line in str(error.value).splitlines()[1:]] == ["train.epochs", "gate.limit"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "params.yaml should hold sections such as `train:`, received None"),
        ("- 1\n", r"params.yaml should hold sections such as `train:`, received \[1\]"),
        ("train: [1", "params.yaml is not readable as YAML"),
        ("\x00", "params.yaml is not readable as YAML"),
        ("gate:\n  limit: 7\n  limit: 99\n", "the key limit stands twice"),
        ("gate: 1\ngate: 2\n", "the key gate stands twice"),
        ("a: &a [*a]\n", "params.yaml should hold numbers, texts and lists by name: Circular reference"),
    ],
)
def test_a_file_that_holds_no_sections(tmp_path, text, message):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(AgelineError, match=message):
        load_params(tmp_path / "params.yaml")


def test_no_file_at_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AgelineError, match=r"params.yaml does not exist in .*Run from the repository's root"):
        load_params()
