"""The moving average of the weights, held against one that numpy makes of the raw weights."""

import keras
import numpy as np
import pytest
from tiny_model import Run, sgd

from ageline.training.averaging import AveragedWeights

FASTER = {
    "train.phases.fine_tune.epochs": 5,
    "train.batch_size": 40,
    "train.checkpoint": {"use": "last", "keep": "all"},
}


@pytest.fixture
def trained(tmp_path, make_faces, make_params):
    train, val = make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val")

    def learn(name: str, changes: dict[str, object]) -> Run:
        run = Run(tmp_path / name, make_params(changes), train, val)
        run.learn()
        return run

    return learn


def test_the_average_is_kept_and_validated_while_the_raw_weights_learn_on(trained):
    raw = trained("raw", sgd(20.0) | FASTER)
    averaged = trained("averaged", sgd(20.0, ema=0.75) | FASTER)

    expected = None
    for epoch in range(1, 6):  # of one step each
        weights = np.concatenate([weight.ravel() for weight in raw.weights_of_epoch(epoch)])
        expected = weights if expected is None else 0.75 * expected + 0.25 * weights
        kept = np.concatenate([weight.ravel() for weight in averaged.weights_of_epoch(epoch)])
        np.testing.assert_allclose(kept, expected, rtol=1e-5)
        predicted = averaged.predict("age", epoch)
        error = (predicted.predicted - predicted.true).abs().mean()
        assert error == pytest.approx(averaged.history.val_mae[epoch - 1], rel=1e-5)
    np.testing.assert_allclose(averaged.weights, expected, rtol=1e-5)
    # What trains is the same to the last bit: the averages are never trained on.
    assert averaged.history.loss.tolist() == raw.history.loss.tolist()
    assert averaged.history.val_mae[4] != raw.history.val_mae[4]


def test_a_phase_that_stops_early_ends_with_the_average_too(trained):
    run = trained("stopped", sgd(1e-30, ema=0.5) | FASTER | {"train.early_stopping.patience": 2})
    assert len(run.history) == 3
    last = np.concatenate([weight.ravel() for weight in run.weights_of_epoch(3)])
    assert run.weights.tolist() == last.tolist()


def test_frozen_weights_are_left_alone(trained):
    run = trained("frozen", sgd(20.0, ema=0.5) | FASTER | {"train.phases.fine_tune.trainable": "none"})
    kernel, *_ = run.weights_of_epoch(5)
    assert kernel[0, 0].tolist() == np.eye(3).tolist()


def test_the_raw_weights_come_back_to_the_last_bit():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    model.compile(keras.optimizers.SGD(1e-3, use_ema=True, ema_momentum=0.999), "mse")
    x, y = np.full((8, 3), 1e-3, np.float32), np.full((8, 4), 1e6, np.float32)
    callback = AveragedWeights()
    callback.set_model(model)
    model.fit(x, y, epochs=3, verbose=0)
    for variable in model.optimizer.variables:
        if "average" in variable.path:
            variable.assign(np.full(variable.shape, 0.1))
    raw = [np.array(weight) for weight in model.trainable_variables]
    callback.on_test_begin()
    assert all((np.array(weight) == np.float32(0.1)).all() for weight in model.trainable_variables)
    callback.on_epoch_begin(1)
    for weight, value in zip(model.trainable_variables, raw, strict=True):
        assert np.array(weight).tolist() == value.tolist()
