"""What a predictions.csv says of each face, and what is wrong with one that people or merges have edited."""

import pytest

from ageline.errors import AgelineError
from ageline.gate.predictions import read_predictions

TWO = "face_id,true,predicted,low,high\na,30.0,33.5,20,40\nb,8.0,6.0,1,11\n"


def read(text: str, metric: str = "mae"):
    return read_predictions(text, metric, "here", "Mend it.")


def test_an_answer_is_so_many_years_off():
    answers = read(TWO)
    assert answers.labels == {"a": 30.0, "b": 8.0}
    assert answers.distances == {"a": 3.5, "b": 2.0}


def test_a_gender_is_right_or_wrong():
    answers = read("face_id,true,predicted,female,male\na,male,male,0.1,0.9\nb,male,female,0.9,0.1\n", "accuracy")
    assert answers.labels == {"a": "male", "b": "male"}
    assert answers.distances == {"a": 0.0, "b": 1.0}


def test_a_blank_line_is_no_face():
    assert len(read(TWO + "\n").labels) == 2


def test_columns_may_stand_in_any_order_and_lines_end_as_on_windows():
    assert read("predicted,face_id,true\r\n33.5,a,30\r\n").distances == {"a": 3.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "here has no column face_id and no true and no predicted, it has nothing. Mend it."),
        ("face_id,age,predicted\n", "here has no column true, it has face_id, age, predicted. Mend it."),
        ("face_id,true,predicted\n", "here has no face, expected a row for each of the test fold. Mend it."),
        (TWO + "a,30.0,33.5,20,40\n", "here, line 4: the face 'a' comes twice. Mend it."),
        (TWO + "c,30.0\n", "here, line 4: expected 5 values as in its first line, received 'c,30.0'. Mend it."),
        ("<<<<<<< HEAD\n" + TWO, "here has no column face_id and no true and no predicted, it has <<<<<<< HEAD. Mend"),
        (TWO + "=======\n", "here, line 4: expected 5 values as in its first line, received '======='. Mend it."),
        (TWO.replace("33.5", "NaN"), "here, line 2: predicted should be an age in years, received 'NaN'. Mend it."),
        (TWO.replace("33.5", ""), "here, line 2: predicted should be an age in years, received ''. Mend it."),
        (TWO.replace("8.0", "male"), "here, line 3: true should be an age in years, received 'male'. Mend it."),
        (TWO.replace("8.0", "1e999"), "here, line 3: true should be an age in years, received '1e999'. Mend it."),
        (TWO.replace("8.0", "1e308"), "here, line 3: true should be an age in years, received '1e308'. Mend it."),
        (TWO.replace("8.0", "-1"), "here, line 3: true should be at least 0 years, received -1. Mend it."),
        (TWO.replace("b,", ","), "here, line 3: the face has no face_id. Mend it."),
        (TWO + '"c\n', "here is not readable as CSV: unexpected end of data. Mend it."),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, message):
    with pytest.raises(AgelineError) as error:
        read(text)
    assert str(error.value).startswith(message)


def test_an_age_is_no_gender():
    with pytest.raises(AgelineError, match=r"^here, line 2: true should be female or male, received '30.0'. Mend it.$"):
        read(TWO, "accuracy")
