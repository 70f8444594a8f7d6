"""Errors on the folds of APPA-REAL, against figures worked out by hand."""

import math

import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.faces.layouts.appa_real import LAST_NUMBERS
from ageline.scoring.ages.references import DISPUTED, FOLDS, KNOWN_AGES, file_numbers, table_of_references


def table_of(numbers: list[int], errors: list[float], name: str = "{:06}.jpg", age: float = 30) -> pd.DataFrame:
    """Predictions of these files, of their real age where it is known, else of `age`."""
    true = pd.Series([KNOWN_AGES.get(number, age) for number in numbers], dtype=float)
    return pd.DataFrame(
        {
            "face_id": [f"face{number}" for number in numbers],
            "source": pd.Series([name.format(number) for number in numbers], dtype=str),
            "true": true,
            "predicted": true + errors,
        }
    )


@pytest.fixture
def bootstrap(make_params):
    return make_params({"evaluate.bootstrap.samples": 100}).evaluate.bootstrap


def test_every_fold_beside_the_crowd(bootstrap):
    # official train: errors 1 (first 20%), -2 (first 25%), 6 (000322, disputed); valid: 3; test: 4, 10 (disputed)
    test = table_of([5613, 7385], [4, 10])
    learned = [table_of([1517, 1896, 322], [1, -2, 6]), table_of([4113], [3])]
    table = table_of_references(test, learned, bootstrap, learned=True)
    lines = table.to_csv(index=False, lineterminator="\n", float_format="%.4g").splitlines()
    assert lines[:6] == [
        "fold,faces,n,mae,mae_low,mae_high,disputed,mae_undisputed,crowd_mae,crowd_mae_undisputed,learned_from",
        "official train,4113,3,3,,,1,1.5,3.989,3.936,3",
        "official valid,1500,1,3,,,0,3,3.836,3.778,1",
        "official test,1978,2,7,,,1,4,4.572,4.35,0",
        "notebooks' first 20%,1518,2,3.5,,,1,1,3.831,3.808,2",
        "notebooks' first 25%,1897,3,3,,,1,1.5,3.807,3.788,3",
    ]
    everyone = table.iloc[5]  # 26 years of error on 6 faces, 10 on the 4 that are not disputed
    assert list(everyone[["fold", "n", "disputed", "mae_undisputed", "learned_from"]]) == ["all", 6, 2, 2.5, 4]
    assert 1 < everyone.mae_low < everyone.mae < everyone.mae_high < 10
    assert everyone.mae == pytest.approx(26 / 6)


def test_what_was_learned_from_may_be_unknown(bootstrap):
    table = table_of_references(table_of([0, 5613], [1, 2]), [], bootstrap, learned=False)
    assert table.learned_from.isna().all()
    assert list(table.n) == [1, 0, 1, 1, 1, 2]
    assert table.to_csv(index=False).splitlines()[1].endswith(",3.989,3.936,")


def test_a_model_that_learned_from_none_of_the_faces(bootstrap):
    assert list(table_of_references(table_of([0], [1]), [], bootstrap, learned=True).learned_from) == [0] * 6


def test_other_faces_without_a_prediction_have_no_error(bootstrap):
    test, other = table_of([0], [1]), table_of([1, 2], [3, math.nan])
    table = table_of_references(test, [other], bootstrap, learned=False)
    assert table.loc[0, ["n", "mae"]].tolist() == [2, 2]


def test_a_fold_of_disputed_faces_alone(bootstrap):
    table = table_of_references(table_of([7498], [30]), [], bootstrap, learned=False).set_index("fold")
    assert table.loc["official test", "mae"] == 30
    assert math.isnan(table.loc["official test", "mae_undisputed"])
    assert math.isnan(table.loc["official train", "mae"])


def test_the_same_faces_in_another_order_give_the_same_table(bootstrap):
    test = table_of(list(range(5613, 5643)), [number % 7 - 3 for number in range(30)])
    tables = [table_of_references(faces, [], bootstrap, learned=False) for faces in (test, test[::-1])]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize(
    "name", ["{:06}.jpg", "{:06}.jpg_face.jpg", "release/train/{:06}.jpg_face.jpg", "faces\\files\\{:06}.png", "{:06}"]
)
def test_the_number_of_a_file(name):
    assert list(file_numbers(table_of([0, 123, 7612], [0, 0, 0], name))) == [0, 123, 7612]


@pytest.mark.parametrize(
    "name", ["face7.jpg", "0001234.jpg", "x000123.jpg", "007613.jpg", "000123/face.jpg", "", "٠٠٠١٢٣.jpg"]
)
def test_a_file_that_is_none_of_the_set(bootstrap, name):
    test = table_of([7], [0]).assign(source=name)
    with pytest.raises(AgelineError, match=r"have no number of APPA-REAL's: .*expected six digits up to 007612"):
        table_of_references(test, [], bootstrap, learned=False)


def test_the_first_of_strange_files_is_named(bootstrap):
    test = table_of([0, 1, 2], [0, 0, 0]).assign(source=["000000.jpg", "26_0_1.jpg", "b.jpg"])
    with pytest.raises(
        AgelineError,
        match=r"^2 of 3 files have .*: 26_0_1.jpg, .* or set evaluate.reference to null .*, leave out --reference",
    ):
        table_of_references(test, [], bootstrap, learned=False)


def test_a_face_without_a_source(bootstrap):
    with pytest.raises(AgelineError, match="1 of 2 files have no number"):
        table_of_references(table_of([0, 1], [0, 0]).assign(source=["000000.jpg", None]), [], bootstrap, learned=False)
    with pytest.raises(AgelineError, match="have no names of photos"):
        table_of_references(table_of([0], [0]).drop(columns="source"), [], bootstrap, learned=False)


def test_a_face_that_is_there_twice(bootstrap):
    with pytest.raises(
        AgelineError, match=r"the number 000009: 000009.jpg and 000009.jpg_face.jpg, expected each face"
    ):
        table_of_references(table_of([9], [0]), [table_of([9], [0], "{:06}.jpg_face.jpg")], bootstrap, learned=True)


def test_another_set_of_numbered_files(bootstrap):
    test = table_of([5613, 7385], [0, 0])
    assert test.true[1] == 4  # the crowd says 44
    message = "the true age of file 007385 is 44, that of APPA-REAL's is 4: the faces are of another set, or their ages"
    with pytest.raises(AgelineError, match=message):
        table_of_references(test.assign(true=[30.0, 44.0]), [], bootstrap, learned=False)


def test_the_folds_are_those_that_ingest_splits_by():
    official = {fold.name.removeprefix("official "): fold for fold in FOLDS[:3]}
    assert {name.replace("valid", "val"): fold.last for name, fold in official.items()} == LAST_NUMBERS
    assert [official[name].first for name in ("valid", "test")] == [4113, 5613]


def test_the_notebooks_folds_are_the_first_rows_of_the_table():
    # of 7,591 rows int(0.2 * 7591) = 1518 and int(0.25 * 7591) = 1897, the numbers of official train having no gaps
    assert [fold.last + 1 for fold in FOLDS[3:5]] == [1518, 1897]


def test_the_crowd_on_all_faces_is_the_mean_of_its_folds():
    # 4,113, 1,500 and 1,978 faces (22 of the numbers of test are unused), and 11, 4 and 20 disputed ones
    train, valid, test, _, _, everyone = FOLDS
    assert [sum(fold.first <= number <= fold.last for number in DISPUTED) for fold in (train, valid, test)] == [
        11,
        4,
        20,
    ]
    whole = (4113 * train.crowd_mae + 1500 * valid.crowd_mae + 1978 * test.crowd_mae) / 7591
    assert everyone.crowd_mae == pytest.approx(whole, abs=0.001)
    folds = zip((train, valid, test), (4102, 1496, 1958), strict=True)
    undisputed = sum(faces * fold.crowd_mae_undisputed for fold, faces in folds) / 7556
    assert everyone.crowd_mae_undisputed == pytest.approx(undisputed, abs=0.005)  # 4.35 is known to 2 decimals
