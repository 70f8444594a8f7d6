import keras
import numpy as np
import pytest

from ageline.model.optimizer import build_optimizer
from ageline.params import Optimizer

PLAIN = {
    "name": "adam", "learning_rate": 2e-4, "momentum": 0.9, "weight_decay": None, "schedule": "constant", "warmup": 0,
    "step_every": None, "step_factor": 0.1, "global_clipnorm": None, "ema": None,
}  # fmt: skip


def build(factor: float = 1.0, epochs: int = 5, **changes: object) -> keras.optimizers.Optimizer:
    return build_optimizer(Optimizer(**PLAIN | changes), steps_per_epoch=10, epochs=epochs, factor=factor)


def rates(optimizer: keras.optimizers.Optimizer, steps: tuple[int, ...]) -> list[float]:
    return [float(optimizer._learning_rate(step)) for step in steps]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("adam", keras.optimizers.Adam), ("adamw", keras.optimizers.AdamW), ("sgd", keras.optimizers.SGD)],
)
def test_an_optimizer_has_the_learning_rate_of_params_times_the_factor_of_its_phase(name, kind):
    decay = 0.1 if name == "adamw" else None
    assert type(build(name=name, weight_decay=decay)) is kind
    assert float(build(name=name, weight_decay=decay).learning_rate) == pytest.approx(2e-4)
    assert float(build(name=name, weight_decay=decay, factor=0.1).learning_rate) == pytest.approx(2e-5)


def test_a_cosine_rises_over_the_warm_up_and_falls_to_0():
    optimizer = build(name="adamw", weight_decay=0.1, schedule="cosine", warmup=1)
    assert rates(optimizer, (0, 5, 10, 30, 50)) == pytest.approx([0, 1e-4, 2e-4, 1e-4, 0], abs=1e-9)
    assert rates(build(schedule="cosine", warmup=1, factor=0.5), (0, 10, 30)) == pytest.approx([0, 1e-4, 5e-5])


def test_a_cosine_without_a_warm_up_starts_at_the_top():
    assert rates(build(schedule="cosine"), (0, 25, 50)) == pytest.approx([2e-4, 1e-4, 0], abs=1e-9)


def test_a_warm_up_as_long_as_the_phase_only_rises():
    assert rates(build(schedule="cosine", warmup=5), (0, 25, 49)) == pytest.approx([0, 1e-4, 1.96e-4], abs=1e-9)


def test_steps_lower_the_learning_rate_after_every_so_many_epochs():
    optimizer = build(schedule="step", step_every=2, step_factor=0.1, factor=0.5)
    expected = [1e-4, 1e-4, 1e-5, 1e-5, 1e-6]
    assert rates(optimizer, (0, 19, 20, 39, 40)) == pytest.approx(expected)


def moved_by(optimizer: keras.optimizers.Optimizer, gradient: float) -> dict[str, float]:
    """What one step changes weights that were all 1 by."""
    names = ["kernel", "bias", "gamma", "beta"]
    weights = [keras.Variable(np.ones(1, np.float32), name=name) for name in names]
    optimizer.build(weights)
    optimizer.apply([keras.ops.full((1,), gradient) for _ in weights])
    return {name: float(weight[0]) - 1 for name, weight in zip(names, weights, strict=True)}


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_weight_decay_is_for_what_multiplies_features(name):
    moved = moved_by(build(name=name, weight_decay=0.5, learning_rate=0.1), gradient=0.0)
    assert moved == pytest.approx({"kernel": -0.05, "bias": 0, "gamma": 0, "beta": 0})
    kept = moved_by(build(name="sgd", learning_rate=0.1), gradient=0.0)
    assert kept == {"kernel": 0, "bias": 0, "gamma": 0, "beta": 0}


def test_the_unnamed_scale_of_a_convnext_block_does_not_decay():
    from keras.src.applications.convnext import LayerScale

    layer = LayerScale(1e-6, 4)
    layer.build(None)
    optimizer = build(name="adamw", weight_decay=0.5)
    optimizer.build(layer.weights)
    assert [optimizer._use_weight_decay(weight) for weight in layer.weights] == [False]


def test_sgd_has_momentum():
    optimizer = build(name="sgd", learning_rate=0.1, momentum=0.5)
    weight = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([weight])
    for _ in range(2):
        optimizer.apply([keras.ops.ones((1,))])
    assert float(weight[0]) == pytest.approx(-0.1 - 0.15)


def test_the_gradient_of_all_weights_together_is_cut():
    moved = moved_by(build(name="sgd", learning_rate=1.0, momentum=0.0, global_clipnorm=1.0), gradient=100.0)
    assert moved == pytest.approx(dict.fromkeys(["kernel", "bias", "gamma", "beta"], -0.5))  # of length 1 together


def test_the_moving_average_of_the_weights_has_the_momentum_of_params():
    assert not build().use_ema
    optimizer = build(ema=0.99)
    assert optimizer.use_ema
    assert optimizer.ema_momentum == 0.99
