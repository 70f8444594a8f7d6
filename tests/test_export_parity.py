"""What is exported is held against Keras, number by number."""

import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.export.answering import answers_for, numbers_of
from ageline.export.measuring import Reference, measure, metrics_of
from ageline.export.parity import check_parity, error_of, largest_difference
from ageline.serving.model_card import Bfloat16

KERAS = np.array([[30.0, 4.0], [41.0, 5.0]])
IDS = pd.Series(["first", "second"])


def test_the_largest_difference_is_of_any_face_in_age_or_std():
    assert largest_difference(KERAS, KERAS) == 0
    assert largest_difference(KERAS + np.array([[0.0, 0.5], [-0.25, 0.0]]), KERAS) == 0.5


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_as_far_off_as_can_be(strange):
    assert largest_difference(np.array([[30.0, strange], [41.0, 5.0]]), KERAS) == np.inf


def test_a_difference_within_the_tolerance_is_told():
    assert check_parity("litert", KERAS + 0.0078125, KERAS, IDS, 0.01, "years") == 0.0078125


def test_a_larger_one_is_an_error_that_names_format_face_difference_and_remedy():
    with pytest.raises(AgelineError) as error:
        check_parity("litert", KERAS + np.array([[0.0, 0.0], [0.5, 0.0]]), KERAS, IDS, 0.01, "years")
    assert str(error.value) == (
        "litert does not answer as Keras does: for the test face second it answers 41.5 and 5 and Keras 41 and 5, a"
        " difference of 0.5 years; export.tolerance is 0.01. Nothing was written. Raise export.tolerance if so much"
        " does no harm; else report it as a fault of Ageline's. Without litert in export.formats the others are"
        " written."
    )


def test_onnx_can_not_be_left_out():
    with pytest.raises(AgelineError, match=r"report it as a fault of Ageline's\.$"):
        check_parity("onnx_openvino", KERAS + 1, KERAS, IDS, 0.01, "years")


def test_no_tolerance_takes_what_is_no_number():
    found = np.array([[30.0, 4.0], [np.nan, 5.0]])
    with pytest.raises(AgelineError, match=r"the test face second it answers nan and 5 .* a difference of inf years"):
        check_parity("onnx_openvino", found, KERAS, IDS, 1e9, "years")


def test_an_error_is_the_mean_of_years_or_the_share_of_wrong_genders():
    assert error_of(KERAS, pd.Series([31.0, 38.0]), "age") == 2
    assert error_of(np.array([[0.9, 0.1], [0.6, 0.4]]), pd.Series(["female", "male"]), "gender") == 0.5


def test_all_that_was_measured_is_flat_and_rounded(make_faces):
    faces = make_faces([10.0, 20.0, 30.0])
    table = pd.DataFrame({"face_id": faces.manifest.face_id, "true": faces.manifest.age, "predicted": [11.0, 22, 33]})
    reference = Reference(table, faces, "age")

    def brightness(pixels):  # 2 * age bright
        return {"age": pixels.mean(axis=(1, 2, 3))[:, None] * 0.55 + 0.00012}

    assert measure(reference, {"onnx_openvino": brightness, "litert": brightness}, 0.01) == {
        "n_test": 3,
        "mae": 2.0001,
        "onnx_openvino": 0.0001,
        "litert": 0.0001,
    }
    with pytest.raises(AgelineError, match="onnx_openvino does not answer as Keras does"):
        measure(reference, {"onnx_openvino": brightness}, 1e-4)


def test_faces_are_answered_for_in_batches_in_the_order_of_the_manifest(make_faces):
    faces = make_faces(range(70))
    sizes = []

    def brightness(pixels):
        sizes.append(len(pixels))
        years = pixels.mean(axis=(1, 2, 3))[:, None] / 2
        return {"age": years, "std": years / 10, "distribution": np.zeros((len(pixels), 121))}

    found = answers_for(brightness, faces, "age")
    assert sizes == [32, 32, 6]
    assert found[:, 0].tolist() == faces.manifest.age.tolist()
    assert found[-1].round(4).tolist() == [69.0, 6.9]


def test_of_genders_the_probabilities_are_compared():
    table = pd.DataFrame({"predicted": ["male"], "female": [0.25], "male": [0.75]})
    assert numbers_of(table, "gender").tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("bfloat16", "metrics"),
    [
        (Bfloat16(largest=0.34, mae=-0.01), {"bfloat16": 0.34, "bfloat16_mae_rise": -0.01}),
        (Bfloat16(largest=0.02, accuracy=0.005), {"bfloat16": 0.02, "bfloat16_accuracy_fall": 0.005}),
        (None, {}),
    ],
)
def test_metrics_of_bfloat16_say_which_way_they_go(bfloat16, metrics):
    assert metrics_of(bfloat16) == metrics
