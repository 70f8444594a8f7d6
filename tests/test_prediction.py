import numpy as np
import pandas as pd
import pytest
from heads import HEADS
from tiny_model import TinyClasses, TinyHead, tiny_model

from ageline.errors import AgelineError
from ageline.model.face_model import finished_model
from ageline.model.heads import make_head
from ageline.store.faceset import FaceSet
from ageline.training.prediction import predict


def finished(head: TinyHead, *last: object):
    """A model whose last layer has the weights given."""
    model = tiny_model(head)
    model.set_weights([*model.get_weights()[:-2], *(np.array(weight, np.float32) for weight in last)])
    return finished_model(model, head)


def test_ages_are_listed_in_the_order_of_the_manifest(make_faces):
    model = finished(TinyHead(), [[42.5]] * 3, [0])  # half the brightness
    predicted = predict(model, make_faces([10, 90, 30]), "age", batch_size=2)
    expected = pd.DataFrame(
        {"face_id": ["face000", "face001", "face002"], "true": [10.0, 90, 30], "predicted": [10.0, 90, 30]}
    )
    pd.testing.assert_frame_equal(predicted, expected, atol=1e-4)


def test_genders_come_with_their_probabilities_and_an_unknown_one_is_predicted_too(make_faces):
    faces = make_faces([10, 90, 30])
    faces = FaceSet(faces.manifest.assign(gender=["female", None, "male"]), faces.packs)
    model = finished(TinyClasses(), [[-5.0, 5.0]] * 3, [10.0, -10.0])
    predicted = predict(model, faces, "gender", batch_size=2)
    assert predicted.columns.tolist() == ["face_id", "true", "predicted", "female", "male"]
    assert predicted.predicted.tolist() == ["female", "male", "female"]
    assert predicted.true.isna().tolist() == [False, True, False]
    assert (predicted.female.dtype, predicted.male.dtype) == (np.float64, np.float64)
    # The logits are 30 b - 20 apart, where b is the brightness.
    assert predicted.male.tolist() == pytest.approx(
        [1 / (1 + np.exp(20 - 30 * brightness / 255)) for brightness in (20, 180, 60)], rel=1e-3
    )
    assert (predicted.female + predicted.male).tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("head", ["distribution", "ordinal"])
def test_a_head_with_a_distribution_also_answers_how_wide_it_is(make_faces, make_params, head):
    made = make_head(make_params(HEADS[head]), mean_age=30.0)
    predicted = predict(finished_model(tiny_model(made), made), make_faces([10, 90]), "age", batch_size=2)
    assert predicted.columns.tolist() == ["face_id", "true", "predicted", "std"]
    assert predicted["std"].between(10, 20).all()  # heads.FIRST_SPREAD is 15 years


def test_nobody_is_a_sentence(make_faces):
    with pytest.raises(AgelineError, match="holds no faces"):
        predict(finished(TinyHead(), [[1]] * 3, [0]), make_faces([]), "age", batch_size=2)
