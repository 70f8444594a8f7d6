"""What a history decides, held against Keras' own callbacks."""

import keras
import numpy as np
import pytest

from ageline.training.patience import best_of, better_is, has_stalled, reductions


def test_the_best_is_the_first_of_equals():
    assert best_of([9.0, 5.0, 5.0, 7.0], "min") == 1
    assert best_of([0.5, 0.9, 0.9], "max") == 1
    assert (better_is("val_mae"), better_is("val_loss"), better_is("val_accuracy")) == ("min", "min", "max")


def test_a_phase_stalls_after_as_many_epochs_without_a_better_one_as_patience_has():
    assert [has_stalled([9.0, 8.0, 8.5, 8.0][:seen], "min", 2) for seen in range(5)] == [False] * 4 + [True]
    assert not has_stalled([1.0] * 50, "min", None)


def test_counting_begins_anew_after_each_reduction_and_each_better_epoch():
    assert [reductions([9.0] * seen, "min", 2) for seen in range(8)] == [0, 0, 0, 1, 1, 2, 2, 3]
    assert reductions([9.0, 9.0, 8.0, 8.0, 8.0], "min", 2) == 1
    assert reductions([0.1, 0.2, 0.3], "max", 1) == 0


@pytest.mark.parametrize(("monitor", "patience"), [("val_mae", 1), ("val_mae", 3), ("val_accuracy", 2)])
def test_decisions_are_those_of_keras(monitor, patience):
    draw, mode = np.random.default_rng(patience), better_is(monitor)
    for _ in range(50):
        values = draw.integers(0, 12, 25).astype(float).tolist()
        stopped, reduced = keras_decides(values, monitor, mode, patience)
        assert [has_stalled(values[:seen], mode, patience) for seen in range(1, 26)] == stopped
        assert [reductions(values[:seen], mode, patience) for seen in range(1, 26)] == reduced


def keras_decides(values: list[float], monitor: str, mode: str, patience: int) -> tuple[list[bool], list[int]]:
    """After each epoch: whether EarlyStopping would stop, and how often ReduceLROnPlateau has halved the rate."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0))
    stop = keras.callbacks.EarlyStopping(monitor, mode=mode, patience=patience)
    reduce = keras.callbacks.ReduceLROnPlateau(monitor, mode=mode, patience=patience, factor=0.5, min_delta=0)
    stopped, reduced = [], []
    for callback in (stop, reduce):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.stop_training = False
        for callback in (stop, reduce):
            callback.on_epoch_end(epoch, {monitor: value})
        stopped.append(model.stop_training)
        reduced.append(round(-np.log2(float(model.optimizer.learning_rate))))
    return stopped, reduced
