"""The optimizer and the course of its learning rate, anew for each phase of training."""

from typing import Any

import keras

from ageline.params import Optimizer

# Decay is for what multiplies features; pulled to zero, an offset or a normalisation only loses its place. "variable"
# is what Keras calls the scale of a ConvNeXt block, to which it gives no name.
UNDECAYED = ["bias", "gamma", "beta", "variable"]


def build_optimizer(
    optimizer: Optimizer, steps_per_epoch: int, epochs: int, factor: float = 1.0
) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba, 2015), AdamW (Loshchilov and Hutter, 2019) or SGD with momentum, as params.yaml has it.

    Args:
        optimizer: the section of params.yaml.
        steps_per_epoch: batches.
        epochs: of this phase, over which a schedule runs.
        factor: of this phase, which multiplies the learning rate.
    """
    common = {
        "learning_rate": _learning_rate(optimizer, steps_per_epoch, epochs, factor),
        "global_clipnorm": optimizer.global_clipnorm,
        **_averaging(optimizer.ema),
    }
    if optimizer.name == "adam":
        return keras.optimizers.Adam(**common)
    if optimizer.name == "adamw":
        built = keras.optimizers.AdamW(weight_decay=optimizer.weight_decay, **common)
    else:
        built = keras.optimizers.SGD(momentum=optimizer.momentum, weight_decay=optimizer.weight_decay, **common)
    built.exclude_from_weight_decay(var_names=UNDECAYED)
    return built


def _averaging(ema: float | None) -> dict[str, Any]:
    return {} if ema is None else {"use_ema": True, "ema_momentum": ema}


def _learning_rate(
    optimizer: Optimizer, steps_per_epoch: int, epochs: int, factor: float
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    highest = factor * optimizer.learning_rate
    if optimizer.schedule == "constant":
        return highest
    if optimizer.step_every is not None:
        return keras.optimizers.schedules.ExponentialDecay(
            highest, optimizer.step_every * steps_per_epoch, optimizer.step_factor, staircase=True
        )
    warmup = optimizer.warmup * steps_per_epoch
    # With a warm-up the cosine rises from 0 to the target; without one Keras starts at the initial rate.
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else highest,
        decay_steps=max(1, epochs * steps_per_epoch - warmup),
        warmup_target=highest if warmup else None,
        warmup_steps=warmup,
    )
