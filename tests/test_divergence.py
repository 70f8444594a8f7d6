"""Losses that are no numbers, and heads that are dead."""

import numpy as np
import pytest
from tiny_model import Run, TinyHead, sgd

from ageline.errors import AgelineError
from ageline.training.dead_head import watch_head
from ageline.training.feed import FaceFeed
from ageline.training.history import Record

SINGLY = {"train.batch_size": 1}


@pytest.fixture
def run(tmp_path, make_faces, make_params):
    def make(changes: dict[str, object], head: TinyHead | None = None, ages: tuple[int, ...] = (50, 50, 50, 50)) -> Run:
        return Run(tmp_path, make_params(changes), make_faces(ages), make_faces(ages[:2], "val"), head)

    return make


def test_a_loss_that_is_no_number_stops_training_at_once_and_says_what_to_change(run):
    trained = run(sgd(1e38) | SINGLY)
    with pytest.raises(AgelineError) as stopped:
        trained.learn()
    message = str(stopped.value)
    assert message.startswith("training diverged: the loss became ")
    assert " in epoch 1 (1 of 4 in phase fine_tune), batch " in message
    assert "Lower train.optimizer.learning_rate (now 1e+38), to a third for a start" in message
    assert "set train.optimizer.global_clipnorm (1.0 is usual)" in message
    assert len(trained.history) == 0


def test_the_epochs_before_stay_written_and_the_phase_is_named(run):
    phases = {
        "train.phases.top": {"epochs": 2, "trainable": "all", "learning_rate_factor": 1.0},
        "train.phases.fine_tune": {"epochs": 3, "trainable": "all", "learning_rate_factor": 1e38},
    }
    trained = run(sgd(0.1, global_clipnorm=None) | SINGLY | phases | {"train.precision": "mixed_bfloat16"})
    with pytest.raises(AgelineError) as stopped:
        trained.learn()
    message = str(stopped.value)
    assert " in epoch 3 (1 of 3 in phase fine_tune), batch " in message
    assert "(now 0.1, times 1e+38 by train.phases.fine_tune.learning_rate_factor)" in message
    assert "set train.precision to float32" in message
    assert trained.history.phase.tolist() == ["top", "top"]


def test_weights_that_are_broken_from_the_start_are_not_the_learning_rate_s_fault(run):
    trained = run(sgd(0.1) | SINGLY)
    trained.model.set_weights([np.full_like(weight, np.nan) for weight in trained.model.get_weights()])
    with pytest.raises(AgelineError, match=r"nan in epoch 1 .*, batch 1\. No step had been taken.* model\.weights"):
        trained.learn()


def test_what_breaks_in_an_epoch_s_last_step_is_found_by_validation(run):
    trained = run(sgd(1e38) | {"train.batch_size": 4})
    with pytest.raises(AgelineError, match=r"diverged: val_loss (inf|nan), val_mae (inf|nan) after epoch 1 "):
        trained.learn()


def test_a_relu_that_answers_nothing_stops_training(run):
    ages = (20, 40) * 10
    trained = run(sgd(0.1) | SINGLY, TinyHead("relu", bias=-1000), ages)
    with pytest.raises(AgelineError) as stopped:
        trained.learn()
    message = str(stopped.value)
    assert message.startswith("the head is dead: in its last epoch the model answered 0 years to every training face")
    assert "(mae 30.00 is their mean age)" in message
    for remedy in ("model.top.output_bias", "softplus", "train.optimizer.learning_rate", "train.seed"):
        assert remedy in message
    assert len(trained.history) == 1


def test_short_epochs_have_until_the_end_to_wake_up(run):
    trained = run(sgd(0.1) | {"train.batch_size": 4}, TinyHead("relu", bias=-1000))
    with pytest.raises(AgelineError, match="dead: in its last 4 epochs"):
        trained.learn()
    assert len(trained.history) == 4


@pytest.mark.parametrize("changes", [{"train.weighting": "lds"}, {"train.optimizer": {"ema": 0.9}}])
def test_neither_weights_of_faces_nor_averages_hide_a_dead_head(run, changes):
    everything = sgd(0.1) | SINGLY
    everything |= {key: everything[key] | value if isinstance(value, dict) else value for key, value in changes.items()}
    trained = run(everything, TinyHead("relu", bias=-1000), (20,) * 19 + (70,))
    with pytest.raises(AgelineError, match=r"dead.*mae 22\.50"):
        trained.learn()


def test_a_relu_that_answers_is_left_alone_and_so_are_newborns_and_other_heads(run, make_params, make_faces, tmp_path):
    once = SINGLY | {"train.phases.fine_tune.epochs": 1}
    run(sgd(0.001) | once, TinyHead("relu"), (20, 40) * 10).learn()
    run(sgd(0.1) | once, TinyHead("relu", bias=-1000), (0,) * 20).learn()
    record, feed = Record(tmp_path / "history.csv", tmp_path / "epochs", "mae"), FaceFeed([make_faces([30])], 1)
    assert watch_head(make_params({"model.top.output_activation": "softplus"}), feed, record) is None
