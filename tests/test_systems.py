"""Predictions of any system, as files hold them."""

import re
import time
from pathlib import Path

import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.scoring.systems import read_system
from ageline.scoring.systems.folds import choose_folds


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(text, suffix=".csv", **columns):
    """What is read of a file of this text."""
    path = Path(f"faces{suffix}")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_system(path, columns)


def rows(system):
    """The rows as plain tuples, nulls as None."""
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in system.itertuples(index=False)]


def refused(text, **columns):
    """The message of the error that a file of this text gives."""
    with pytest.raises(AgelineError) as raised:
        read(text, **columns)
    return str(raised.value)


def test_a_true_and_a_predicted_age_are_enough():
    system = read("age,prediction\n31,30.5\n4,\n70,71\n")
    assert list(system) == ["face_id", "true", "predicted"]
    assert rows(system) == [("face 2", 31.0, 30.5), ("face 1", 4.0, None), ("face 3", 70.0, 71.0)]


def test_faces_without_a_name_are_numbered_alike_whatever_the_order_of_rows():
    lines = ["31,30,m,2\n", "31,30,f,1\n", "31,,f,\n", "4,5,,1\n", *["70,70,f,1\n"] * 8]
    read_first, read_last = (
        read("age,prediction,sex,std\n" + "".join(order)).sort_values("face_id", ignore_index=True)
        for order in (lines, reversed(lines))
    )
    pd.testing.assert_frame_equal(read_first, read_last)
    assert [f"{face.face_id}: {face.true:g}, {face.predicted:g}" for face in read_first[:5].itertuples()] == [
        "face 01: 4, 5", "face 02: 31, 30", "face 03: 31, 30", "face 04: 31, nan", "face 05: 70, 70",
    ]  # fmt: skip


def test_all_that_a_file_may_say():
    system = read(
        "File_Name,Real_Age,Predicted_Age,Sex,Race,Fold,Low,High,Std,votes\n"
        "a.jpg,31,30.5,F,Asian,validation,25,36,2.5,38\n"
        "b.jpg,4,5,Male,white,TEST,3,9,1e0,37\n"
        "c.jpg,7,,1,n/a,holdout,3,9,1,1\n"
    )
    columns = ["face_id", "true", "predicted", "low", "high", "std", "split", "gender", "ethnicity", "source"]
    assert list(system) == columns
    assert rows(system) == [
        ("a.jpg", 31.0, 30.5, 25.0, 36.0, 2.5, "val", "female", "asian", "a.jpg"),
        ("b.jpg", 4.0, 5.0, 3.0, 9.0, 1.0, "test", "male", "white", "b.jpg"),
        # No prediction, so no interval of it; a code for a gender stays one.
        ("c.jpg", 7.0, None, None, None, None, "holdout", "1", None, "c.jpg"),
    ]


def test_flags_name_columns_before_their_names_do():
    text = "image,age,real_age,predicted,vendor\na.jpg,1,2,3,4\n"
    system = read(text, true="REAL_AGE", predicted="vendor")
    assert rows(system) == [("a.jpg", 2.0, 4.0, "a.jpg")]


def test_two_faces_of_a_photo_have_ids_of_their_own():
    system = read("face_id,file,true,predicted\nleft,a.jpg,1,2\nright,a.jpg,3,4\n")
    assert list(system.face_id) == ["left", "right"]
    assert list(system.source) == ["a.jpg", "a.jpg"]


def test_codes_are_whole_numbers_though_a_column_with_gaps_has_them_as_fractions():
    table = pd.DataFrame({"age": [8, 8, 8], "predicted": [8, 8, 8], "sex": [0.0, 1.0, None], "fold": [1.0, 2.0, None]})
    expected = [("0", "1"), ("1", "2"), (None, None)]
    table.to_parquet("faces.parquet")
    table.assign(race="1.5").to_csv("faces.csv")
    for name in ("faces.parquet", "faces.csv"):
        assert rows(read_system(name, {})[["gender", "split"]]) == expected
    assert choose_folds(read_system("faces.csv", {}), "1.0", "2", "faces.csv").name == "1"
    assert list(read_system("faces.csv", {}).ethnicity) == ["1.5"] * 3


def test_a_photo_may_be_in_two_splits():
    assert len(read("file,split,true,predicted\na.jpg,test,1,2\na.jpg,val,1,2\n")) == 2


def test_names_of_photos_are_taken_as_they_are():
    assert list(read("file,true,predicted\nNone,1,2\n-,3,4\n").face_id) == ["None", "-"]


WRITTEN = 'file,true,predicted\n"a, b.jpg",31,30.5\nc.jpg,4,5\n'


@pytest.mark.parametrize(
    "data",
    [
        WRITTEN.encode(),
        WRITTEN.encode("utf-8-sig"),
        WRITTEN.replace("\n", "\r\n").encode(),
        WRITTEN.replace("\n", "\r").encode(),
        WRITTEN.replace("\n", "\n\n").encode() + b",,\n",
        WRITTEN.rstrip("\n").encode(),
        WRITTEN.replace('"', "").replace(",", ";").replace("a; b", "a, b").encode(),
        WRITTEN.replace('"', "").replace(",", "\t").replace("a\t b", "a, b").encode(),
        WRITTEN.replace(",true", " , true ").replace(",4", "\t, 4 ").encode(),
    ],
    ids=["plain", "bom", "crlf", "cr", "blank lines", "no end", "semicolon", "tab", "blanks"],
)
def test_the_ways_in_which_a_csv_is_written(data):
    assert rows(read(data)) == [("a, b.jpg", 31.0, 30.5, "a, b.jpg"), ("c.jpg", 4.0, 5.0, "c.jpg")]


def test_parquet_says_what_a_csv_does_whatever_it_is_called():
    table = pd.DataFrame({"file": ["a.jpg", "b.jpg"], "real_age": [31, 4], "predicted": [30.5, None]})
    table.to_parquet("faces.bin")
    expected = [("a.jpg", 31.0, 30.5, "a.jpg"), ("b.jpg", 4.0, None, "b.jpg")]
    assert rows(read_system("faces.bin", {})) == expected
    table.set_index("file").to_parquet("faces.bin")
    assert sorted(rows(read_system("faces.bin", {}))) == expected
    table.astype({"real_age": str}).to_parquet("faces.bin")
    assert rows(read_system("faces.bin", {})) == expected


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("x.jpg,,5", "faces.csv, row 2 has nothing in column age, expected the true age in years, 0 or more"),
        ("x.jpg,NaN,5", "row 2 has 'NaN' in column age, expected the true age"),
        ("x.jpg,-1,5", "row 2 has '-1' in column age, expected the true age in years, 0 or more"),
        ("x.jpg,1987,5", "row 2 has '1987' in column age, expected the true age in years, 150 at most, no year of"),
        ("x.jpg,inf,5", "row 2 has 'inf' in column age, expected the true age in years"),
        ("x.jpg,1e999,5", "row 2 has '1e999' in column age, expected the true age in years, a finite number"),
        ("x.jpg,5,-inf", "row 2 has '-inf' in column predicted, expected the predicted age in years"),
        ("x.jpg,5,young", "row 2 has 'young' in column predicted, expected the predicted age in years"),
        ("x.jpg,5,1_0", "row 2 has '1_0' in column predicted"),
        ("x.jpg,5,25-32", "row 2 has '25-32' in column predicted"),
        ('x.jpg,5,"31,5"', "row 2 has '31,5' in column predicted, expected the predicted age in years. Write it with a"
                           " decimal point, 31.5."),
        ("x.jpg,31,5,6", "row 2 below the header has 4 cells and the header 3: 'x.jpg, 31, 5, 6'. Mend the row"),
        ("x.jpg,31", "row 2 below the header has 2 cells and the header 3"),
        ("a.jpg,9,5", "rows 1 and 2: both are a.jpg, expected each face once. Remove one; where a photo has several"),
        (",9,5", "row 2 has nothing in column file, expected the name of a photo or face"),
        ('"x.jpg,9,5', "faces.csv, line 4: not readable as CSV (unexpected end of data)"),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong(cells, message):
    assert message in refused(f"file,age,predicted\na.jpg,31,30\n{cells}\nb.jpg,1,2\n")


def test_the_first_of_several_wrong_rows():
    message = refused("age,predicted\n1,1\n2,two\n3,three\n")
    assert "row 2, the first of 2 such rows, has 'two' in column predicted" in message


def test_the_first_of_two_rows_of_a_face_in_a_split():
    message = refused("file,split,age,predicted\na.jpg,val,1,1\nb.jpg,test,1,1\na.jpg,test,1,1\nb.jpg,test,2,2\n")
    assert "rows 2 and 4: both are b.jpg of split test" in message


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ("9", "8", "row 1 has '9' in column low, expected a lower end that is not above the upper one"),
        ("9", "", "row 1 has nothing in column high, expected both ends of an interval or none"),
        ("", "9", "row 1 has nothing in column low, expected both ends of an interval or none"),
    ],
)
def test_an_interval_that_is_none(low, high, message):
    assert message in refused(f"age,predicted,low,high\n8,8,{low},{high}\n")


def test_an_interval_of_one_column():
    message = refused("age,predicted,low\n8,8,7\n")
    assert "has 'low' as the low end of an interval, and no column known as high. Name it with --high" in message


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("9999,1,2,1", "row 2 has '9999' in column predicted, expected -150 to 300 years. Where the system gave no"
                       " answer, leave the cell empty."),
        ("-999,1,2,1", "row 2 has '-999' in column predicted, expected -150 to 300 years."),
        ("1e200,1,2,1", "row 2 has '1e200' in column predicted, expected -150 to 300 years."),
        ("8,-1e308,1e308,1", "row 2 has '-1e308' in column low, expected -150 to 300 years."),
        ("8,1,300.1,1", "row 2 has '300.1' in column high, expected -150 to 300 years."),
        ("8,1,2,1e308", "row 2 has '1e308' in column std, expected -150 to 300 years."),
    ],
)  # fmt: skip
def test_what_is_no_age_but_a_mark_for_no_answer(cells, message):
    assert message in refused(f"age,predicted,low,high,std\n8,8,1,9,1\n8,{cells}\n")
    # The ends are allowed, and what is said beside no prediction is of nothing.
    assert len(read("age,predicted,low,high,std\n8,-150,-150,300,300\n8,,-999,-999,9999\n")) == 2


def test_a_spread_below_zero():
    message = refused("age,predicted,sd\n8,8,-0.1\n", std="sd")
    assert "row 1 has '-0.1' in column sd, expected a spread of 0 or more" in message


@pytest.mark.parametrize(
    ("header", "columns", "message"),
    [
        ("years,predicted", {}, "no column that is known for the true age (true, true_age, real_age, actual_age, age,"
                                " label). Name it with --true; its columns are years, predicted."),
        ("age,guess", {}, "no column that is known for the predicted age (predicted, "),
        ("age,real_age,predicted", {}, "has 2 columns that may be true: age, real_age. Name one with --true."),
        ("age,predicted,file,Path", {}, "has 2 columns that may be file: file, Path. Name one with --file."),
        ("age,predicted", {"true": "real"}, "no column 'real', which --true names; its columns are age, predicted."),
        ("age,predicted", {"predicted": "age"}, "column 'age' can't be both true and predicted. Name another with"
                                                " --true or --predicted; its columns are age, predicted."),
        ("age,predicted,age", {}, "has 'age' as the name of two columns. Rename one."),
    ],
)  # fmt: skip
def test_columns_that_are_not_found(header, columns, message):
    row = ",".join("1" for _ in header.split(","))
    assert message in refused(f"{header}\n{row}\n", **columns)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "faces.csv is empty, expected a header and a row for each face."),
        (b" \n\n", "faces.csv is empty"),
        (b"age,predicted\n", "faces.csv has a header and no rows, expected a row for each face."),
        (b"\xff\xd8\xff\xe0", "faces.csv is neither parquet nor text in UTF-8."),
        (b"age\0predicted\n", "faces.csv is neither parquet nor text in UTF-8."),
        ("age,predicted\n1,2\n".encode("utf-16"), "faces.csv is neither parquet nor text in UTF-8."),
        (b"PAR1 and no more", "faces.csv is damaged parquet"),
    ],
)
def test_a_file_that_is_no_table(data, message):
    assert message in refused(data)


def test_a_file_that_is_not_there_and_a_folder():
    with pytest.raises(AgelineError, match=re.escape("nosuch.csv does not exist, expected a CSV or parquet file")):
        read_system("nosuch.csv", {})
    Path("folder").mkdir()
    with pytest.raises(AgelineError, match="folder is a folder, expected a CSV or parquet file"):
        read_system("folder", {})


def test_parquet_with_cells_that_are_no_numbers():
    pd.DataFrame({"age": [True, False], "predicted": [1.0, 2.0]}).to_parquet("faces.parquet")
    with pytest.raises(AgelineError, match="row 1, the first of 2 such rows, has True in column age"):
        read_system("faces.parquet", {})
    pd.DataFrame({"age": [1.0, 2.0], "predicted": [1.0, float("inf")]}).to_parquet("faces.parquet")
    with pytest.raises(AgelineError, match="row 2 has inf in column predicted"):
        read_system("faces.parquet", {})


def test_many_rows_take_seconds():
    text = "".join(f"{number:06}.jpg,{number % 80},{number % 77}.5,M,test\n" for number in range(100_000))
    began = time.monotonic()
    assert len(read(f"file,age,predicted,gender,split\n{text}")) == 100_000
    assert time.monotonic() - began < 30  # 2 on a laptop; were it quadratic, minutes


def test_groups_of_which_nothing_is_known():
    assert rows(read("age,predicted,gender,race,split\n1,2,,-,\n")) == [("face 1", 1.0, 2.0, None, None, None)]


SPLIT = (
    "file,split,true,predicted,low,high\n"
    "a,test,10,12,,\nb,test,20,,,\nc,valid,30,27,25,29\nd,validation,30,,,\ne,train,5,5,,\nf,holdout,6,6,,\ng,,7,7,,\n"
)


def choose(text, test=None, calibrate=None):
    return choose_folds(read(text), test, calibrate, "faces.csv")


def test_the_folds_of_a_file_with_splits():
    chosen = choose(SPLIT)
    assert (chosen.name, chosen.failed) == ("test", 1)
    assert rows(chosen.test) == [("a", 10.0, 12.0, "a")]  # of the test fold no interval is known
    assert list(chosen.test) == ["face_id", "true", "predicted", "source"]
    assert rows(chosen.validation) == [("c", 30.0, 27.0, "c")]  # its errors calibrate, and not its intervals
    assert list(chosen.training.face_id) == ["e"]
    assert chosen.notes == (
        "1 face of split val without a prediction calibrates nothing.",
        "Not looked at: 1 face of split holdout, 1 face without a split.",
    )


def test_ages_that_nobody_has_are_measured_and_said():
    said = "in row {}, and measured as any other. Where that is a mark for no answer, leave the cell empty."
    assert choose("age,predicted\n8,0\n8,\n8,-1\n8,151\n").notes == (
        f"2 predictions are below 0 or above 150 years in the file, the first {said.format(3)}",
    )
    assert choose("split,age,predicted\ntest,8,150\nval,8,-1\ntrain,8,-1\n").notes == (
        f"1 prediction is below 0 or above 150 years in split val, the first {said.format(2)}",
    )


def test_a_spread_of_the_calibrating_faces_alone_is_not_used():
    chosen = choose("split,true,predicted,std\ntest,10,12,\nval,30,27,2\n")
    assert "std" not in chosen.test
    assert chosen.notes == ("Faces of split val have a std and those of split test none, so it is not used.",)


def test_a_spread_of_the_scored_faces_alone_makes_no_intervals():
    note = "Faces of split test have a std and those of split val none, so intervals are made without it."
    assert choose("split,true,predicted,std\ntest,10,12,2\nval,30,27,\n").notes == (note,)
    assert choose("split,true,predicted,std,low,high\ntest,10,12,2,9,13\nval,30,27,,,\n").notes == ()


def test_a_file_of_one_split_has_none_to_name_for_calibration():
    assert choose("split,true,predicted\ntest,10,12\n").notes == ()


def test_another_split_is_scored_and_another_calibrates():
    chosen = choose(SPLIT, test="Valid", calibrate="holdout")
    assert (chosen.name, chosen.failed) == ("val", 1)
    assert list(chosen.validation.face_id) == ["f"]
    assert chosen.notes == ("Not looked at: 2 faces of split test, 1 face without a split.",)


def test_no_fold_calibrates_itself():
    chosen = choose(SPLIT, test="val")
    assert chosen.validation is None
    assert chosen.notes[0] == (
        "No split calibrates: it has 1 of holdout, 2 of test, 1 of train, 2 of val. Name one with --calibrate."
    )


def test_training_faces_count_whatever_was_predicted_of_them():
    chosen = choose("split,true,predicted,std\ntest,10,12,1\ntrain,10,,\ntrain,11,12,\n")
    assert rows(chosen.training) == [("face 2", 10.0, None), ("face 3", 11.0, 12.0)]
    assert list(choose("split,true,predicted\ntest,10,12\ntrain,10,\n").training.true) == [10.0]


def test_a_training_fold_that_is_used_otherwise_does_not_say_which_ages_are_rare():
    assert choose(SPLIT, test="train").training is None
    assert choose(SPLIT, calibrate="train").training is None


def test_all_rows_of_a_file_without_splits_are_scored():
    chosen = choose("age,predicted\n10,12\n20,\n")
    assert rows(chosen.test) == [("face 1", 10.0, 12.0)]
    assert chosen[:1] + chosen[2:] == ("all", None, None, 1, ())


@pytest.mark.parametrize(
    ("text", "test", "calibrate", "message"),
    [
        (SPLIT.replace("test", "public"), None, None, "faces.csv has no faces of split test; it has 1 of holdout, 2 of"
         " public, 1 of train, 2 of val. Name one with --test."),
        (SPLIT, "dev", None, "has no faces of split dev; it has 1 of holdout, 2 of test, 1 of train, 2 of val."),
        (SPLIT, None, "dev", "has no faces of split dev; it has 1 of holdout, 2 of test, 1 of train, 2 of val. Name one"
         " with --calibrate."),
        ("file,split,true,predicted\na,test,1,2\nb,test,1,2\nb,val,1,2\n", None, None, "faces.csv has 1 of the 2 faces"
         " to score, the first b, also in the split to calibrate on."),
        (SPLIT, "val", "valid", "--test and --calibrate both name split val."),
        ("age,predicted\n1,2\n", "val", None, "has no column that is known for splits, so it has no split val."),
        ("age,predicted,split\n1,2,\n", None, None, "has no faces of split test; no row of it names a split."),
        ("age,predicted\n1,\n2,\n", None, None, "has no prediction for any of the 2 faces of the file: nothing to"
         " score. Fill in the column of predicted ages, or name another with --predicted."),
        ("age,predicted,std\n1,2,3\n2,3,\n", None, None, "has no std for 1 of 2 predictions of the file, the first"
         " in row 2; expected one for each or for none."),
    ],
)  # fmt: skip
def test_folds_that_can_not_be_chosen(text, test, calibrate, message):
    with pytest.raises(AgelineError) as raised:
        choose(text, test, calibrate)
    assert message in str(raised.value)
