"""The phases of a training: which run, in which order, for how long."""

from dataclasses import dataclass
from typing import Literal

from ageline.params import Train

NAMES = ("top", "fine_tune", "polish")


@dataclass(frozen=True)
class Phase:
    """A phase that runs.

    Attributes:
        name: as in `train.phases`.
        epochs: at most; capped by `train.max_epochs`, stopped early perhaps.
        trainable: blocks of the backbone.
        learning_rate_factor: of `train.optimizer.learning_rate`.
        epochs_after: of the phases behind it, at most.
    """

    name: str
    epochs: int
    trainable: Literal["all", "none"] | tuple[str, ...]
    learning_rate_factor: float
    epochs_after: int


def plan_phases(train: Train) -> list[Phase]:
    """The phases of `train.phases` that have epochs, in the order in which they run."""
    limit = train.max_epochs
    phases: list[Phase] = []
    for name in reversed(NAMES):
        described = getattr(train.phases, name)
        epochs = described.epochs if limit is None else min(described.epochs, limit)
        after = phases[0].epochs + phases[0].epochs_after if phases else 0
        if epochs:
            phases.insert(0, Phase(name, epochs, described.trainable, described.learning_rate_factor, after))
    return phases
