"""What the figure of groups says of predicted genders; the other figures are in tests/test_genders.py."""

import io

import numpy as np
import pandas as pd
import pytest

from ageline.scoring.genders.plots import draw_accuracy_by_group, draw_confusion

BY_GENDER = pd.DataFrame(
    {
        "gender": ["female", "male"],
        "n": [4, 0],
        "recall": [0.75, np.nan],
        "recall_low": [0.3, np.nan],
        "recall_high": [0.95, np.nan],
        "n_predicted": [3, 1],
        "precision": [1.0, 0.0],
    }
)
BY_ETHNICITY = pd.DataFrame(
    {"ethnicity": ["asian"], "n": [4], "accuracy": [1.0], "accuracy_low": [0.51], "accuracy_high": [1.0]}
)


def test_groups_stand_beside_the_accuracy_of_all():
    figure = draw_accuracy_by_group([BY_GENDER, BY_ETHNICITY], 0.75, "faces")
    figure.draw_without_rendering()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["gender", "ethnicity"]
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == [
        *("75%", "n = 4", "", "n = 0"),
        *("100%", "n = 4"),
    ]
    assert [axes.lines[-1].get_xdata()[0] for axes in figure.axes] == [0.75, 0.75]
    assert [axes.get_xlim() for axes in figure.axes] == [(0.25, 1), (0.25, 1)]  # a little below 30%
    assert figure.axes[0].get_title(loc="right") == "n = 4 faces"


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_a_single_group_of_one_face(accuracy):
    one = BY_ETHNICITY.assign(n=1, accuracy=accuracy)
    figure = draw_accuracy_by_group([one], accuracy, "")
    figure.draw_without_rendering()
    assert [text.get_text() for text in figure.axes[0].texts] == [f"{accuracy:.0%}", "n = 1"]


def test_cells_are_as_strong_as_their_share_and_let_the_ground_show():
    genders = ["female", "female", "male", "male"]
    confusion = pd.DataFrame({"true": genders, "n": [3, 1, 0, 0], "share": [0.75, 0.25, np.nan, np.nan]})
    metrics = {"n_test": 4, "accuracy": 0.75, "accuracy_low": 0.3, "accuracy_high": 0.95}
    figure, image = draw_confusion(confusion, metrics, ""), io.StringIO()
    strengths = [cell.get_alpha() / 0.55 for cell in figure.axes[0].patches]
    assert strengths == pytest.approx([0.75, 0.25, 0, 0])
    figure.savefig(image, format="svg")
    assert "<image" not in image.getvalue()  # a report can replace the colors of shapes, not of pixels
