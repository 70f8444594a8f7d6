"""Values for `-S`: what is written is what Hydra, as DVC runs it, reads; and what a user gives is read alike."""

import pytest
from dvc.utils.hydra import to_hydra_overrides

from ageline.errors import AgelineError
from ageline.overrides import as_override, as_text, flatten, read_override, same, with_values

VALUES = [
    None, True, False, 0, 18, -3, 1e-05, 5e-5, 0.1, 2.0, [], [256, 64], ["conv1", "conv4"], [[1, 2], []], "stretch",
    "data/raw/faces", "data/raw/my faces", "it's", "(?P<age>\\d+)_.*", "null", "True", "1e-5", "17", "", "a,b", "é",
    "[1]", "first-fraction", "inf",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_hydra_reads_what_was_written(value):
    [override] = to_hydra_overrides([as_override("train.key", value)])
    assert (override.key_or_group, override.value()) == ("train.key", value)
    assert not override.is_sweep_override()


def test_a_value_is_written_as_one_would_write_it():
    assert as_override("model.top.units", [256, 64]) == "model.top.units=[256,64]"
    assert as_override("train.optimizer.learning_rate", 5e-5) == "train.optimizer.learning_rate=5e-05"
    assert as_text([None, True, "conv1", "a b"]) == "[null,true,conv1,'a b']"


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("train.seed=3", [3]),
        ("train.seed=1,2", [1, 2]),
        ("model.top.units=[128],[512]", [[128], [512]]),
        ("train.phases.fine_tune.trainable=[conv1, conv4]", [["conv1", "conv4"]]),
        ("model.weights_file=null", [None]),
        ("train.optimizer.learning_rate=1e-05", [1e-05]),
        ("train.augmentation.flip=false", [False]),
        ("data.source=data/raw/my faces", ["data/raw/my faces"]),
        ("data.source='a, b'", ["a, b"]),
        ("data.source=", [""]),
        ("data.columns=['file=img', 'age=age']", [["file=img", "age=age"]]),
    ],
)
def test_a_users_value_is_read_as_hydra_reads_it(text, choices):
    assert read_override(text) == (text.partition("=")[0], choices)
    [override] = to_hydra_overrides([text])
    swept = list(override.sweep_iterator()) if override.is_sweep_override() else None
    assert len(choices) == (len(swept) if swept else 1)
    if not swept:
        assert override.value() == choices[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train.seed", "-S train.seed should be KEY=VALUE, such as -S train.batch_size=64."),
        ("train.seed=range(1,4)", "-S train.seed=range(1,4) has a function of Hydra's. Write out its values, such as"),
        ("train.dldl={sigma: 1}", "-S train.dldl={sigma: 1} sets a section. Give each of its keys an -S of its own."),
    ],
)
def test_what_no_param_can_be_is_refused(text, message):
    with pytest.raises(AgelineError) as refused:
        read_override(text)
    assert str(refused.value).startswith(message)


def test_what_is_no_yaml_is_text():
    assert read_override("data.source=@x") == ("data.source", ["@x"])


def test_keys_are_flattened_and_set_without_touching_what_was_there():
    sections = {"target": "age", "train": {"optimizer": {"name": "adam"}, "seed": 1}, "sizes": [1, 2]}
    assert flatten(sections) == {"target": "age", "train.optimizer.name": "adam", "train.seed": 1, "sizes": [1, 2]}
    changed = with_values(sections, {"train.seed": 2, "new.key": None, "target.odd": 3})
    assert changed["train"] == {"optimizer": {"name": "adam"}, "seed": 2}
    assert (changed["new"], changed["target"]) == ({"key": None}, {"odd": 3})
    assert flatten(sections)["train.seed"] == 1


def test_same_values():
    assert same(8, 8.0)
    assert same([1, [2.0]], [1.0, [2]])
    assert not same(1, True)
    assert not same([1], [1, 2])
    assert not same("1", 1)
    assert not same(None, 0)


def test_a_key_within_a_value_given_before_leaves_that_value_as_it_was():
    phase = {"epochs": 2, "trainable": "all"}
    changed = with_values({}, {"train.phase": phase, "train.phase.epochs": 12})
    assert changed == {"train": {"phase": {"epochs": 12, "trainable": "all"}}}
    assert phase == {"epochs": 2, "trainable": "all"}
