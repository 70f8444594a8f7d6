import os
import platform
import time

import keras
import numpy as np
import pytest
from tiny_model import PLAIN, Run

from ageline.training.cost import Stopwatch, cost_of
from ageline.training.device import device_name


@pytest.fixture
def run(tmp_path, make_faces, make_params):
    params = make_params(PLAIN | {"train.phases.fine_tune.epochs": 2})
    return Run(tmp_path, params, make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val"))


def test_the_cost_of_a_training_is_flat_and_names_no_host(run):
    cost = cost_of(run.learn(), run.params.train)
    assert list(cost) == ["seconds", "faces_per_second", "epochs", "device", "peak_memory_mb"]
    assert cost["epochs"] == 2
    assert 0 < cost["seconds"] < 600
    assert cost["faces_per_second"] > 40 / cost["seconds"]
    assert 50 < cost["peak_memory_mb"] < 1e5
    assert platform.node() not in cost["device"]


def test_a_processor_is_named_with_the_threads_that_work(make_params):
    assert device_name(make_params({"train.threads": 3}).train).endswith(", 3 threads")
    free = device_name(make_params({"train.deterministic": False}).train)
    assert free.endswith(f", {os.cpu_count()} threads")


SLOW = 0.7  # seconds: far more than a step of so small a model takes on a busy machine


class Slow(keras.callbacks.Callback):
    """Holds up the first epoch of a phase, as compilation does, and every validation."""

    def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002, Keras' signature
        time.sleep(SLOW if epoch == 0 else 0)

    def on_test_batch_begin(self, batch, logs=None):  # noqa: ARG002
        time.sleep(SLOW)


def test_speed_is_of_training_alone_and_without_the_epochs_in_which_the_engine_compiles():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((40, 3)), np.zeros((40, 1))
    stopwatch = Stopwatch(faces=40)
    for epochs in (1, 3):
        model.fit(x, y, validation_data=(x, y), batch_size=40, epochs=epochs, verbose=0, callbacks=[stopwatch, Slow()])
        if epochs == 1:
            assert stopwatch.faces_per_second < 40 / SLOW
            assert stopwatch.seconds_per_epoch > 2 * SLOW
    assert stopwatch.epochs == 4
    assert stopwatch.faces_per_second > 40 / SLOW
    assert SLOW < stopwatch.seconds_per_epoch < 2 * SLOW
    assert stopwatch.seconds > 6 * SLOW
