"""A dead head: a relu that answers 0 for every face, gets no gradient, and so answers 0 for good.

One published run stayed at age 0 for all of its epochs.
"""

import math
from itertools import takewhile
from typing import Any

import keras

from ageline.errors import AgelineError
from ageline.params import Params
from ageline.training.feed import FaceFeed
from ageline.training.history import Record, Row

# Steps without a gradient after which what an optimizer remembers of earlier ones is spent: 0.9^20 is 0.12.
STEPS = 20


class DeadHead(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops training whose head has answered 0 to every training face for whole epochs.

    If every answer of an epoch was 0, and only then up to coincidence, its mean absolute error is the mean label:
    training answers come from the raw weights, and metrics are unweighted, so that neither the moving average nor
    weights of faces matter. An epoch of few steps may yet be followed by better ones (other faces, other augmentation,
    what the optimizer remembers), so that such epochs in a row must have at least 20 steps, or be the last ones. Labels
    that are all 0 are learned, not dead.

    Args:
        feed: of the training faces.
        record: of the epochs.
    """

    def __init__(self, feed: FaceFeed, record: Record) -> None:
        super().__init__()
        self._feed = feed
        self._record = record

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002, Keras' signature
        if self._silent_epochs * len(self._feed) >= STEPS:
            self.check()

    def check(self) -> None:
        """Raise if the last epoch was silent.

        Raises:
            AgelineError: it was.
        """
        if self._silent_epochs:
            raise AgelineError(
                f"the head is dead: {self._since} the model answered 0 years to every training face (mae"
                f" {self._record.values('mae')[-1]:.2f} is their mean age). A relu at 0 gets no gradient, so it would"
                " stay there. Set model.top.output_bias to mean or model.top.output_activation to softplus, lower"
                " train.optimizer.learning_rate, or try another train.seed."
            )

    @property
    def _silent_epochs(self) -> int:
        """How many of the last epochs in a row were silent."""
        return len(list(takewhile(self._is_silent, reversed(self._record.rows))))

    def _is_silent(self, row: Row) -> bool:
        mean_label = self._feed.mean_label(row["epoch"])
        # The mean is summed in float32, batch by batch.
        return mean_label > 0 and math.isclose(row["mae"], mean_label, rel_tol=1e-5)

    @property
    def _since(self) -> str:
        return "in its last epoch" if self._silent_epochs == 1 else f"in its last {self._silent_epochs} epochs"


def watch_head(params: Params, feed: FaceFeed, record: Record) -> DeadHead | None:
    """A `DeadHead` where a head can die: a regression that ends in a relu."""
    top = params.model.top
    mortal = top.head == "regression" and top.output_activation == "relu"
    return DeadHead(feed, record) if mortal else None
