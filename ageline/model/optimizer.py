"""The optimizer and the course of its learning rate."""

import keras

from ageline.params import Optimizer


def build_optimizer(optimizer: Optimizer, steps_per_epoch: int, epochs: int) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019), as params.yaml describes it."""
    learning_rate = _learning_rate(optimizer, steps_per_epoch, epochs)
    if optimizer.name == "adam":
        return keras.optimizers.Adam(learning_rate)
    adamw = keras.optimizers.AdamW(learning_rate, weight_decay=optimizer.weight_decay)
    # Decay is for what multiplies features; pulled to zero, an offset or a normalisation only loses its place.
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return adamw


def _learning_rate(
    optimizer: Optimizer, steps_per_epoch: int, epochs: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if optimizer.schedule == "constant":
        return optimizer.learning_rate
    warmup = optimizer.warmup * steps_per_epoch
    # With a warm-up the cosine rises from 0 to the target; without one Keras starts at the initial rate.
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else optimizer.learning_rate,
        decay_steps=max(1, epochs * steps_per_epoch - warmup),
        warmup_target=optimizer.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
