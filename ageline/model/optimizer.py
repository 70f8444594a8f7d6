"""The optimizer and the course of its learning rate."""

import keras

from ageline.params import Optimizer


def build_optimizer(
    optimizer: Optimizer, steps_per_epoch: int, epochs: int, factor: float = 1.0
) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019), as params.yaml describes it, for one phase."""
    learning_rate = _learning_rate(optimizer, steps_per_epoch, epochs, factor)
    if optimizer.name == "adam":
        return keras.optimizers.Adam(learning_rate)
    adamw = keras.optimizers.AdamW(learning_rate, weight_decay=optimizer.weight_decay)
    # Decay is for what multiplies features; pulled to zero, an offset or a normalisation only loses its place.
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return adamw


def _learning_rate(
    optimizer: Optimizer, steps_per_epoch: int, epochs: int, factor: float
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    highest = factor * optimizer.learning_rate
    if optimizer.schedule == "constant":
        return highest
    warmup = optimizer.warmup * steps_per_epoch
    # With a warm-up the cosine rises from 0 to the target; without one Keras starts at the initial rate.
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else highest,
        decay_steps=max(1, epochs * steps_per_epoch - warmup),
        warmup_target=highest if warmup else None,
        warmup_steps=warmup,
    )
