"""Whether a model is one that the params and the faces at hand describe."""

from pathlib import Path

import keras

from ageline.errors import AgelineError
from ageline.params import Target
from ageline.store.manifest import GENDERS

WIDTHS = {"age": 1, "gender": len(GENDERS)}  # numbers that are answered for a face


def check_model(model: keras.Model, target: Target, height_width: tuple[int, int], path: Path) -> None:
    """Raises AgelineError where a model takes other faces than these, or does not answer the target."""
    expected = (None, *height_width, 3)
    received = [tuple(photo.shape) for photo in model.inputs]
    if received != [expected]:
        raise AgelineError(_other(path, f"faces {list(expected)}", f"{', '.join(map(str, map(list, received)))}"))
    answers = model.output if isinstance(model.output, dict) else {}
    if target not in answers or answers[target].shape[-1] != WIDTHS[target]:
        found = ", ".join(f"{name} {list(answer.shape)}" for name, answer in answers.items())
        raise AgelineError(_other(path, f"the answer {target} {[None, WIDTHS[target]]}", found or "none with a name"))


def _other(path: Path, expected: str, received: str) -> str:
    return (
        f"{path} is not the model of these params: expected {expected}, received {received}. Run `dvc repro train` to"
        " write it anew."
    )
