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


@pytest.mark.parametrize("name", ["/etc/hosts", "../yunet.onnx", "yunet.pt", ".."])
def test_the_detector_is_an_onnx_file_that_dvc_tracks(make_params, name):
    with pytest.raises(AgelineError, match=f"detector should be an .onnx file's name in data/detectors, not '{name}'"):
        make_params({"ingest.face_crop": "detect", "ingest.detector": name})
    assert make_params({"ingest.face_crop": "detect", "ingest.detector": "yunet.onnx"}).ingest.detector == "yunet.onnx"


def test_whole_numbers_do_where_a_fraction_is_expected(make_params):
    assert make_params({"gate.limit": 8}).gate.limit == 8.0


def test_sizes_are_one_number_or_two(make_params):
    assert make_params({"ingest.image_size": 64}).ingest.height_width == (64, 64)
    assert make_params({"ingest.image_size": [64, 48]}).ingest.height_width == (64, 48)


def test_faces_are_in_the_report_where_they_are_synthetic_or_asked_for(make_params):
    shown = {
        faces: [
            make_params({"report.faces": faces}).report.shows_faces(synthetic=synthetic) for synthetic in (True, False)
        ]
        for faces in ("synthetic", "never", "always")
    }
    assert shown == {"synthetic": [True, False], "never": [False, False], "always": [True, True]}


def test_params_never_change(make_params):
    with pytest.raises(ValidationError, match="frozen"):
        make_params().gate.limit = 9.0


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("train.batchsize", 3, "train.batchsize: unknown key, received 3. Did you mean batch_size?"),
        ("gates", {}, "gates: unknown key, received {}. Did you mean gate?"),
        ("gate.zzz", 3, "gate.zzz: unknown key, received 3. Known here: metric, limit, use, tolerance,"),
        ("train.learning-rate", 3, "train.learning-rate: unknown key, received 3. Known here: backend, seed"),
        ("my-section", 1, "my-section: unknown key, received 1. Known here: target, sample"),
        ("float", 1, "float: unknown key, received 1. Known here: target, sample"),
        ("target", "sex", "target: should be 'age' or 'gender', received 'sex'"),
        ("ingest.image_size", [48], "ingest.image_size: should be a valid integer, received [48]"),
        ("ingest.image_size", 4, "ingest.image_size: should be greater than or equal to 8, received 4"),
        (
            "ingest.face_crop",
            "squash",
            "ingest.face_crop: should be 'whole', 'center', 'stretch' or 'detect', received",
        ),
        ("ingest.detector", "yunet.onnx", "ingest: detector should be null unless face_crop is 'detect'"),
        ("ingest.max_faces", 0, "ingest.max_faces: should be greater than or equal to 1, received 0"),
        ("ingest.max_rejected", 1.5, "ingest.max_rejected: should be less than or equal to 1, received 1.5"),
        ("ingest.ages", [90, 10], "ingest: ages should be [lowest, highest], not [90.0, 10.0]"),
        ("ingest.split.fractions", [0.7, 0.2, 0.2], "ingest.split: fractions should add up to 1, not to 1.1"),
        ("augment.min_per_class", -1, "augment.min_per_class: should be greater than or equal to 0, received -1"),
        ("augment.transforms", ["flop"], "augment.transforms.0: should be 'flip', 'affine', 'light'"),
        (
            "augment.transforms",
            [],
            "augment.transforms: Tuple should have at least 1 item after validation, not 0, receiv",
        ),
        ("model.backbone", "ResNet34", "model.backbone: should be 'ResNet50', 'CNN', 'EfficientNetV2B0'"),
        ("model.backbone", "MobileNetV2", "model.backbone: should be 'ResNet50', 'CNN', 'EfficientNetV2B0'"),
        ("model.weights", "file", "model: weights_file should name a file when weights is 'file'"),
        ("model.weights_file", "a.h5", "model: weights_file should name a file when weights is 'file', and be null"),
        ("model.weights_file", "../a.h5", "model: weights_file should name a file when weights is 'file'"),
        (
            "model.preprocessing",
            "imagenet",
            "model.preprocessing: should be 'backbone' or 'rescale', received 'imagenet'",
        ),
        ("model.batchnorm_momentum", 1, "model.batchnorm_momentum: should be less than 1, received 1"),
        ("model.top.units", [256, 0], "model.top.units.1: should be greater than or equal to 1, received 0"),
        ("model.top.activation", "swish", "model.top.activation: should be 'relu', 'elu', 'gelu', 'silu', 'tanh' or"),
        ("model.top.pooling", "sum", "model.top.pooling: should be 'avg', 'max' or 'flatten', received 'sum'"),
        (
            "model.top.head",
            "softmax",
            "model.top.head: should be 'regression', 'distribution', 'ordinal' or 'classes', rec",
        ),
        ("model.top.output_bias", 30, "model.top.output_bias: should be 'mean' or 'zero', received 30"),
        ("model.top.answer", "mode", "model.top.answer: should be 'median' or 'mean', received 'mode'"),
        ("model.top.dropout", 1.0, "model.top.dropout: should be less than 1, received 1.0"),
        ("train", None, "train: should be an object, received None"),
        ("train.backend", "torch", "train.backend: should be 'tensorflow' or 'jax', received 'torch'"),
        ("train.precision", "float16", "train.precision: should be 'float32' or 'mixed_bfloat16', received 'float16'"),
        ("train.batch_size", 2.5, "train.batch_size: should be a valid integer, received 2.5"),
        ("train.batch_size", "3", "train.batch_size: should be a valid integer, received '3'"),
        ("train.batch_size", True, "train.batch_size: should be a valid integer, received True"),
        ("train.batch_size", 0, "train.batch_size: should be greater than or equal to 1, received 0"),
        ("train.max_epochs", 0, "train.max_epochs: should be greater than or equal to 1, received 0"),
        ("train.seed", 2**32, "train.seed: should be less than 4294967296, received 4294967296"),
        ("train.loss", "mea", "train.loss: should be 'mae', 'mse', 'huber', 'dldl' or 'crossentropy', received 'mea'"),
        ("train.dldl.sigma", 0, "train.dldl.sigma: should be greater than 0, received 0"),
        ("train.weighting", "sqrt", "train.weighting: should be 'none' or 'lds', received 'sqrt'"),
        ("train.optimizer.name", "adagrad", "train.optimizer.name: should be 'adam', 'adamw' or 'sgd', received"),
        ("train.optimizer.name", "adam", "train.optimizer: weight_decay should be null for adam, which has none"),
        ("train.optimizer.weight_decay", None, "train.optimizer: weight_decay should be a number for adamw, not null"),
        ("train.optimizer.learning_rate", 0, "train.optimizer.learning_rate: should be greater than 0, received 0"),
        ("train.optimizer.ema", 1, "train.optimizer.ema: should be less than 1, received 1"),
        ("train.optimizer.global_clipnorm", 0, "train.optimizer.global_clipnorm: should be greater than 0, received 0"),
        (
            "train.optimizer.schedule",
            "constant",
            "train.optimizer: warmup should be 0 with schedule 'constant', which has none, not 2",
        ),
        (
            "train.optimizer.step_every",
            5,
            "train.optimizer: step_every should be a number of epochs with schedule 'step', and null with any other",
        ),
        ("train.phases.top.epochs", -1, "train.phases.top.epochs: should be greater than or equal to 0, received -1"),
        ("train.phases.fine_tune.epochs", 0, "train.phases: epochs should be at least 1 in one of top, fine_tune and"),
        ("train.phases.top.trainable", [], "train.phases.top.trainable: should be 'all' or 'none', received []"),
        (
            "train.phases.top.trainable",
            "conv5",
            "train.phases.top.trainable: should be 'all' or 'none', received 'conv5'",
        ),
        ("train.phases.polish.learning_rate_factor", 0, "train.phases.polish.learning_rate_factor: should be greater"),
        ("train.augmentation.flip", "yes", "train.augmentation.flip: should be a valid boolean, received 'yes'"),
        ("train.augmentation.rotate", 15, "train.augmentation.rotate: should be less than or equal to 1, received 15"),
        ("train.augmentation.zoom", 1, "train.augmentation.zoom: should be less than 1, received 1"),
        ("train.monitor", "mae", "train.monitor: should be 'val_loss', 'val_mae' or 'val_accuracy', received 'mae'"),
        ("train.checkpoint.use", "first", "train.checkpoint.use: should be 'best' or 'last', received 'first'"),
        ("train.checkpoint.keep", "none", "train.checkpoint.keep: should be 'best' or 'all', received 'none'"),
        (
            "train.early_stopping.patience",
            0,
            "train.early_stopping.patience: should be greater than or equal to 1, recei",
        ),
        ("train.reduce_lr.factor", 1, "train.reduce_lr.factor: should be less than 1, received 1"),
        (
            "train.reduce_lr.patience",
            3,
            "train: reduce_lr.patience should be null with optimizer.schedule 'cosine': only one of the two can set",
        ),
        ("evaluate.age_bins", [0, 18, 13], "evaluate: age_bins should ascend, each bin's first age once, not [0.0, 18"),
        ("evaluate.interval", 1, "evaluate.interval: should be less than 1, received 1"),
        (
            "evaluate.thresholds",
            [30, 18],
            "evaluate: thresholds should be the first and the last of a row, not [30, 18]",
        ),
        ("evaluate.thresholds", [18.5, 30], "evaluate.thresholds.0: should be a valid integer, received 18.5"),
        ("evaluate.minor_pass", 0, "evaluate.minor_pass: should be greater than 0, received 0"),
        ("evaluate.reference", "utkface", "evaluate.reference: should be 'appa-real', received 'utkface'"),
        ("report.faces", True, "report.faces: should be 'synthetic', 'never' or 'always', received True"),
        ("evaluate.suspects", 0, "evaluate.suspects: should be greater than or equal to 1, received 0"),
        ("evaluate.epoch", 0, "evaluate.epoch: should be greater than or equal to 1, received 0"),
        ("gate.metric", "cs5", "gate.metric: should be 'mae' or 'accuracy', received 'cs5'"),
        ("gate.limit", float("nan"), "gate.limit: should be a finite number, received nan"),
        ("gate.tolerance", -0.1, "gate.tolerance: should be greater than or equal to 0, received -0.1"),
        ("gate.bin_tolerance", -0.1, "gate.bin_tolerance: should be greater than or equal to 0, received -0.1"),
        ("gate.use", "mae_high", "gate.use: should be 'value' or 'bound', received 'mae_high'"),
        # What concerns several sections begins with the key to change.
        ("target", "gender", "model.top.head should be classes with target 'gender', not 'regression'"),
        (
            "model.top.head",
            "classes",
            "model.top.head should be regression, distribution or ordinal with target 'age', not 'classes'",
        ),
        ("model.top.head", "ordinal", "train.loss should be crossentropy with model.top.head 'ordinal', not 'mae'"),
        ("model.top.head", "distribution", "train.loss should be dldl with model.top.head 'distribution', not 'mae'"),
        ("train.loss", "dldl", "train.loss should be mae, mse or huber with model.top.head 'regression', not 'dldl'"),
        (
            "train.monitor",
            "val_accuracy",
            "train.monitor should be val_loss or val_mae with target 'age', not 'val_accuracy'",
        ),
        (
            "gate.metric",
            "accuracy",
            "gate.metric should be mae with target 'age', not 'accuracy'; gate.limit and the tolerances are in its",
        ),
        ("evaluate.epoch", 3, "evaluate.epoch should be null unless train.checkpoint.keep is 'all'"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(make_params, key, value, message):
    with pytest.raises(AgelineError) as error:
        make_params({key: value})
    first, problem = str(error.value).split("\n", 1)
    assert first == "params.yaml is not valid, nothing was run:"
    assert problem.startswith(f"  {message}")


GENDER = {
    "target": "gender",
    "model.top.head": "classes",
    "train.loss": "crossentropy",
    "train.monitor": "val_accuracy",
    "gate.metric": "accuracy",
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train.monitor": "val_mae"},
            "train.monitor should be val_loss or val_accuracy with target 'gender', not 'val_",
        ),
        ({"gate.metric": "mae"}, "gate.metric should be accuracy with target 'gender', not 'mae'; gate.limit and"),
        ({"train.loss": "mse"}, "train.loss should be crossentropy with model.top.head 'classes', not 'mse'"),
        ({"train.weighting": "lds"}, "train.weighting should be none with target 'gender': lds is of ages"),
        (
            {"model.backbone": "CNN", "model.weights": "imagenet"},
            "model: weights should be random or file with backbone CNN, which nobody trained on ImageNet",
        ),
    ],
)
def test_what_does_not_go_with_gender_or_a_cnn(make_params, changes, message):
    assert make_params(GENDER).target == "gender"
    with pytest.raises(AgelineError) as error:
        make_params(GENDER | changes)
    assert f"\n  {message}" in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"model.top.head": "distribution", "train.loss": "dldl", "train.weighting": "lds"},
        {"model.top.head": "ordinal", "train.loss": "crossentropy", "train.monitor": "val_loss"},
        {"train.optimizer.schedule": "step", "train.optimizer.step_every": 5, "train.optimizer.warmup": 0},
        {"train.optimizer.name": "sgd", "train.optimizer.weight_decay": None},
        {"train.optimizer.schedule": "constant", "train.optimizer.warmup": 0, "train.reduce_lr.patience": 2},
        {"train.phases.top": {"epochs": 3, "trainable": ["conv1", "conv5"], "learning_rate_factor": 1}},
        {"train.checkpoint.keep": "all", "evaluate.epoch": 3},
        GENDER | {"model.backbone": "CNN", "train.monitor": "val_loss"},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_what_goes_together(make_params, changes):
    make_params(changes)


def test_a_missing_key(shipped):
    del shipped["gate"]["limit"]
    with pytest.raises(AgelineError, match=r"gate\.limit: missing, expected as in the shipped params\.yaml"):
        parse_params(shipped)


def test_all_problems_are_told_at_once(make_params):
    with pytest.raises(AgelineError) as error:
        make_params({"train.batch_size": 0, "gate.limit": -1})
    assert [line.split(":")[0].strip() for line in str(error.value).splitlines()[1:]] == [
        "train.batch_size",
        "gate.limit",
    ]


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
