"""From faces to answers, as evaluation gives them: the one way to predict, of the command line and of the server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.scoring.reach import DECIMALS
from ageline.serving.answers import Age, Answer, Gender
from ageline.serving.engines import INSTALL, Engine, Faces, Port, Precision, has_bfloat16, open_engine
from ageline.serving.model_card import ANEW, CARD, MODEL, ModelCard, read_model_card

# What bfloat16 may cost on the test fold for it to be taken unasked.
YEARS, SHARE = 0.05, 0.005
PROBABILITY_DECIMALS = 6  # as in metrics/predictions.csv

_Numbers = npt.NDArray[np.float64]


class Predictor:
    """A model and what is known of it. Any number of threads may call `predict`.

    Attributes:
        card: what is known of the model.
        precision: in which it calculates.
        engine: what runs it.
    """

    def __init__(self, card: ModelCard, engine: Engine, precision: Precision) -> None:
        self.card, self.precision, self.engine = card, precision, engine.name
        self._engine, self._reach = engine, card.reach()

    @classmethod
    def load(
        cls, folder: Path, precision: Literal["auto"] | Precision = "auto", threads: int | None = None
    ) -> "Predictor":
        """The model in `folder`, as stage export wrote it.

        Args:
            folder: with model.onnx and model.json.
            precision: in which to calculate. `auto` takes bfloat16 where the processor has it and it was measured to
                cost at most 0.05 years of MAE (with target gender: 0.005 of accuracy) on the test fold.
            threads: to calculate with; by default all cores.

        Raises:
            AgelineError: there is no model, its two files don't belong together, no engine is installed, or bfloat16 is
                asked for where there is none.
        """
        card = read_model_card(folder)
        taken = _choose(precision, card)
        engine = open_engine(folder / MODEL, taken, threads)
        _check_ports(engine, card, folder)
        return cls(card, engine, taken)

    def predict(self, faces: Faces) -> list[Answer]:
        """An answer for each face.

        Args:
            faces: upright RGB of the size that the card tells, `[n, height, width, 3]`; n may be 0.

        Raises:
            AgelineError: the model answers what is no number.
        """
        size = (self.card.photo.height, self.card.photo.width, 3)
        if faces.dtype != np.uint8 or faces.shape[1:] != size:
            raise ValueError(
                f"faces are {faces.dtype} {list(faces.shape)}, expected uint8 [n, {size[0]}, {size[1]}, 3]"
            )
        if not len(faces):
            return []
        outputs = self._engine.run(faces)
        needed = {name: outputs[name].astype(np.float64) for name in _outputs(self.card)}
        _check_finite(needed)
        return self._genders(needed["gender"]) if self.card.target == "gender" else self._ages(needed)

    def _ages(self, outputs: Mapping[str, _Numbers]) -> list[Answer]:
        years = {name: _rounded(numbers[:, 0], DECIMALS) for name, numbers in outputs.items()}
        ages = years["age"].tolist()
        if self._reach is None:
            return [Age(age, None, None) for age in ages]
        low, high = self._reach.ends(years["age"], years.get("std"))
        return [Age(*answer) for answer in zip(ages, low.tolist(), high.tolist(), strict=True)]

    def _genders(self, probabilities: _Numbers) -> list[Answer]:
        classes = self.card.classes or ()
        highest = _rounded(probabilities.max(axis=1), PROBABILITY_DECIMALS).tolist()
        return [Gender(classes[index], p) for index, p in zip(probabilities.argmax(axis=1), highest, strict=True)]


def _choose(wanted: Literal["auto"] | Precision, card: ModelCard) -> Precision:
    if wanted == "bfloat16" and not has_bfloat16():
        raise AgelineError(
            "bfloat16 is asked for, and takes OpenVINO and a processor that has it (AVX512_BF16 or AMX). Take"
            f" `--precision float32`, or, where OpenVINO is what is missing: {INSTALL}"
        )
    if wanted == "auto":
        return "bfloat16" if _is_cheap(card) and has_bfloat16() else "float32"
    return wanted


def _is_cheap(card: ModelCard) -> bool:
    """Whether bfloat16 was measured, and costs little."""
    if card.bfloat16 is None:
        return False
    lost, limit = (card.bfloat16.mae, YEARS) if card.target == "age" else (card.bfloat16.accuracy, SHARE)
    return lost is not None and lost <= limit


def _outputs(card: ModelCard) -> dict[str, int]:
    """The outputs that answers are made of, and how many numbers each has for a face."""
    if card.target == "gender":
        return {"gender": len(card.classes or ())}
    return {"age": 1} | ({"std": 1} if card.interval and card.interval.scaled_by_std else {})


def _check_ports(engine: Engine, card: ModelCard, folder: Path) -> None:
    photo = Port("uint8", (None, card.photo.height, card.photo.width, 3))
    expected = [("input", "photo", photo, engine.inputs)]
    expected += [("output", name, Port("float32", (None, n)), engine.outputs) for name, n in _outputs(card).items()]
    for kind, name, port, ports in expected:
        if name not in ports or not _fits(ports[name], port):
            received = ", ".join(f"{other} {_shown(ports[other])}" for other in ports) or "none"
            raise AgelineError(
                f"{folder / MODEL} is not what {folder / CARD} describes: expected the {kind} {name} {_shown(port)},"
                f" received {received}. {ANEW}"
            )
    if len(engine.inputs) != 1:
        raise AgelineError(f"{folder / MODEL} asks for {', '.join(engine.inputs)}, expected photo alone. {ANEW}")


def _fits(received: Port, expected: Port) -> bool:
    """Whether types agree, and all sides whose length both know; faces come in batches of any length."""
    if received.type != expected.type or len(received.shape) != len(expected.shape) or received.shape[0] is not None:
        return False
    return all(side in {None, other} for side, other in zip(received.shape[1:], expected.shape[1:], strict=True))


def _shown(port: Port) -> str:
    return f"{port.type} [{', '.join('any' if side is None else str(side) for side in port.shape)}]"


def _check_finite(outputs: Mapping[str, _Numbers]) -> None:
    for name, numbers in outputs.items():
        if not np.isfinite(numbers).all():
            raise AgelineError(
                f"the model answers {name} {numbers[~np.isfinite(numbers)][0]:g} for a face, expected a number. Take"
                " another model: the training of this one diverged. Who trains lowers train.optimizer.learning_rate."
            )


def _rounded(numbers: _Numbers, decimals: int) -> _Numbers:
    """As evaluation rounds them; adding 0 turns -0.0 into 0.0."""
    return numbers.round(decimals) + 0.0
