"""How often the state of a training is saved: after so many epochs or seconds, whichever is later, and at its end."""

import pytest
from tiny_model import PLAIN, Run

from ageline.training.scratch import Scratch
from ageline.training.state import State


class Watched(Scratch):
    """Notes after which epochs it was given a state."""

    saved: list[int]

    def save(self, state: State) -> None:
        super().save(state)
        self.saved = [*getattr(self, "saved", []), len(state.rows)]


@pytest.mark.parametrize(
    ("epochs", "seconds", "saved"),
    [
        (1, 0, [1, 2, 3, 4, 5, 6]),
        (4, 0, [4, 6]),
        (1, 3600, [6]),
        (4, 3600, [6]),
        (9, 0, [6]),
    ],
)
def test_the_later_of_both_counts(tmp_path, make_faces, make_params, epochs, seconds, saved):
    params = make_params(PLAIN | {"resume": {"epochs": epochs, "seconds": seconds}, "train.phases.fine_tune.epochs": 6})
    run = Run(tmp_path, params, make_faces(range(10, 90, 20)), make_faces([15, 45], "val"))
    run.scratch = Watched(tmp_path / "scratch")
    run.learn()
    assert run.scratch.saved == saved


def test_the_end_of_a_phase_is_saved(tmp_path, make_faces, make_params):
    phases = {"train.phases.top.epochs": 2, "train.phases.fine_tune.epochs": 1, "resume.seconds": 3600}
    run = Run(tmp_path, make_params(PLAIN | phases), make_faces(range(10, 90, 20)), make_faces([15, 45], "val"))
    run.scratch = Watched(tmp_path / "scratch")
    run.learn()
    assert run.scratch.saved == [2, 3]
