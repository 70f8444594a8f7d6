"""On which side a face stands: by its group's hash, by its place, or by what somebody said."""

from collections import Counter

import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.faces.splits import first_fraction, random_split, read_splits, split_faces
from ageline.params import Split

SHARES = (0.7, 0.15, 0.15)


def test_the_side_of_a_group_is_known_for_ever():
    groups = ["b795eb0bf7e1db66", "9f90b36772390013", "17c3a65a27284769", "ac6d1f501754d634", "0", "1", "2", "3"]
    assert [random_split(group, SHARES, 1) for group in groups] == [
        "train",
        "val",
        "train",
        "train",
        "test",
        "train",
        "train",
        "train",
    ]


def test_the_shares_hold_in_expectation():
    counts = Counter(random_split(str(group), SHARES, 1) for group in range(20_000))
    assert counts["train"] / 20_000 == pytest.approx(0.7, abs=0.01)
    assert counts["val"] / 20_000 == pytest.approx(0.15, abs=0.01)


def test_another_seed_is_another_split():
    first, second = ([random_split(str(group), SHARES, seed) for group in range(1000)] for seed in (1, 2))
    agreeing = sum(a == b for a, b in zip(first, second, strict=True))
    assert agreeing / 1000 == pytest.approx(0.7**2 + 2 * 0.15**2, abs=0.05)


def test_a_larger_share_of_train_only_moves_faces_into_it():
    for group in map(str, range(1000)):
        if random_split(group, (0.7, 0.15, 0.15), 1) == "train":
            assert random_split(group, (0.8, 0.1, 0.1), 1) == "train"


@pytest.mark.parametrize(
    ("fractions", "only"), [((1.0, 0.0, 0.0), "train"), ((0.0, 1.0, 0.0), "val"), ((0.0, 0.0, 1.0), "test")]
)
def test_a_share_of_one_takes_all(fractions, only):
    assert {random_split(str(group), fractions, 1) for group in range(1000)} == {only}


def table(*rows):
    """Faces, each `source age stated_split`; `-` states none."""
    faces = pd.DataFrame([row.split() for row in rows], columns=["source", "age", "stated_split"])
    faces = faces.replace("-", "").astype({"age": float, "stated_split": "str"})
    return faces.assign(place=range(len(faces)), split_group=faces.source)


def folds(faces, protocol, file=None, folder="splits", fractions=SHARES):
    split = Split(protocol=protocol, fractions=fractions, seed=1, file=file)
    return split_faces(faces, len(faces), split, folder).to_list()


@pytest.mark.parametrize(("share", "scored_on"), [(0.2, 1518), (0.25, 1897)])
def test_the_first_fraction_is_what_the_notebooks_score_on(share, scored_on):
    """The first int(v * n) rows of labels.csv, which has 7,591: files 000000 to 001517 or 001896."""
    places = [first_fraction(place, 7591, (1 - share, 0.0, share)) for place in range(7591)]
    assert places == ["test"] * scored_on + ["train"] * (7591 - scored_on)


def test_validation_faces_follow_the_first_fraction():
    assert folds(table(*(f"{name} 5 -" for name in "abcdefghij")), "first-fraction", fractions=(0.5, 0.3, 0.2)) == [
        *["test"] * 2,
        *["val"] * 3,
        *["train"] * 5,
    ]


def test_folds_that_labels_state_are_official_and_of_the_column():
    faces = table("a 5 train", "b 6 val", "c 7 test", "d 8 -")
    assert folds(faces, "official") == folds(faces, "column") == ["train", "val", "test", ""]


def test_folds_of_appa_real_follow_from_its_numbers_where_nothing_states_them():
    numbers = ["final_files/000000.jpg 4 -", *(f"final_files/{number}.jpg 30 -" for number in
               ("000002", "004112", "004113", "005612", "005613", "007612"))]  # fmt: skip
    # The age of 000002 is 80 there; one label may have been mended.
    assert folds(table(*numbers), "official") == ["train", "train", "train", "val", "val", "test", "test"]
    assert folds(table(*numbers[2:]), "official") == ["train", "val", "val", "test", "test"]


@pytest.mark.parametrize(
    "rows",
    [["000000.jpg 5 -", "000001.jpg 19 -", "000002.jpg 80 -"], ["a.jpg 4 -"], ["000000.jpg 4 -", "007613.jpg 4 -"]],
)
def test_numbers_are_not_taken_for_those_of_appa_real_if_the_first_ages_are_others(rows):
    with pytest.raises(AgelineError, match=r"is official, but no label or folder states a fold, and the photos"):
        folds(table(*rows), "official")


def test_nobody_states_a_fold_in_a_column():
    assert folds(table("a 5 -"), "column") == [""]


def test_a_file_states_the_folds(tmp_path):
    (tmp_path / "mine.csv").write_text("split,source,why\ntest,b.jpg,old\ntrain,a.jpg,\n")
    assert folds(table("a.jpg 5 -", "b.jpg 5 train", "c.jpg 5 val"), "file", "mine.csv", tmp_path) == [
        *("train", "test", ""),
    ]


def test_a_file_of_splits_is_read_as_a_spreadsheet_writes_it(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes('\ufeffsource,split\r\n"x, y.jpg",val\r\n'.encode())
    assert read_splits(path) == {"x, y.jpg": "val"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"mine\.csv does not exist, expected a CSV in UTF-8 with the columns source and split.*split\.file"),
        ("", r"mine\.csv has no column source"),
        ("source,fold\n", r"mine\.csv has no column split"),
        ("source,split\na,valid\n", r"mine\.csv, line 2: 'valid' is no fold, expected train, val, test"),
        ("source,split\na\n", r"mine\.csv, line 2: None is no fold"),
        ("source,split\na,val\na,test\n", r"mine\.csv, line 3: a is in val above"),
        ('source,split\n"a,val\n', r"mine\.csv is not readable \(unexpected end of data\)"),
        ("source,split\n\xff".encode("latin1"), r"mine\.csv is not readable \('utf-8' codec"),
    ],
)
def test_a_file_of_another_form_is_an_error(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(AgelineError, match=message):
        read_splits(path)


@pytest.mark.parametrize("path", ["./a.jpg", "x/../a.jpg", "a.jpg"])
def test_a_path_in_a_file_of_splits_may_be_written_otherwise(tmp_path, path):
    (tmp_path / "mine.csv").write_text(f"source,split\n{path},val\n")
    assert folds(table("a.jpg 5 -"), "file", "mine.csv", tmp_path) == ["val"]


def test_a_file_of_splits_of_other_photos_is_an_error_with_an_example_of_both(tmp_path):
    (tmp_path / "mine.csv").write_text("source,split\n/data/a.jpg,val\n")
    with pytest.raises(AgelineError, match=r"names none of the photos, such as /data/a\.jpg\. .* such as a\.jpg\.$"):
        folds(table("a.jpg 5 -"), "file", "mine.csv", tmp_path)
