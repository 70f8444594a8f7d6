"""The layout `classes`: folders named by gender or age."""

import pytest
from layouts import list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import Listed


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("female/a.jpg", {"gender": "female"}),
        ("Men/a.JPG", {"gender": "male"}),
        ("women/a.jpg", {"gender": "female"}),
        ("00/a.jpg", {"age": 0.0}),
        ("25/a.jpg", {"age": 25.0}),
        ("101/a.jpg", {"age": 101.0}),
        ("25/female/a.jpg", {"age": 25.0, "gender": "female"}),
        ("male/7/a.jpg", {"age": 7.0, "gender": "male"}),
        ("train/male/7/a.jpg", {"age": 7.0, "gender": "male", "split": "train"}),
        ("Validation/25/a.jpg", {"age": 25.0, "split": "val"}),
        ("faces/test/women/a.jpg", {"gender": "female", "split": "test"}),
        ("test/valid/aligned/31/a.jpg", {"age": 31.0, "split": "val"}),
        ("2019/31/a.jpg", {"age": 31.0}),
    ],
)
def test_a_path_of_class_folders(source_of, name, label):
    source = source_of(name, "31/x.jpg")
    assert Listed(name, **label) in list_faces(source)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a.jpg", "not in a class folder: expected female, male or an age, such as 25"),
        ("train/a.jpg", "not in a class folder: expected female, male or an age, such as 25"),
        ("female/anna/a.jpg", "not in a class folder: expected female, male or an age, such as 25"),
        ("2019/a.jpg", "not in a class folder: expected female, male or an age, such as 25"),
        ("15/111/a.jpg", "in several class folders of a kind: 111 in 15"),
        ("female/25/male/a.jpg", "in several class folders of a kind: male in 25 in female"),
    ],
)
def test_a_path_that_states_no_class_or_two(source_of, name, problem):
    assert (name, problem) in rows(source_of(name, "31/x.jpg"))


def test_what_is_no_photo_is_not_listed(source_of):
    assert rows(source_of("31/a.jpg", "31/notes.txt", "README.md")) == [("31/a.jpg", 31.0)]


@pytest.mark.parametrize(
    ("names", "misfit"),
    [
        (["31/a.jpg", "b.jpg", "c.jpg"], "Of 3 photos 1 lie in such folders"),
        (["15/111/a.jpg"], "Of 1 photos 0 lie in such folders"),
        (["00/1_1891-09-16_1958.jpg"], "The photos are named as in IMDB-WIKI, where a folder's number is no age"),
        (["04/nm0000704_rm3_1981-1-28_2004.jpg"], "The photos are named as in IMDB-WIKI"),
        (["0/a.jpg", "1/b.jpg"], "Folders 0 and 1 may be a code: name them female and male"),
    ],
)
def test_folders_that_mean_something_else_do_not_fit(source_of, names, misfit):
    with pytest.raises(AgelineError, match=f"classes: photos in folders .* {misfit}"):
        rows(source_of(*names), "classes")


def test_babies_among_others_fit(source_of):
    assert rows(source_of("0/a.jpg", "1/b.jpg", "2/c.jpg")) == [("0/a.jpg", 0.0), ("1/b.jpg", 1.0), ("2/c.jpg", 2.0)]
