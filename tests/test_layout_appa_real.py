"""The layout `appa-real`: the release with its folds and face crops."""

import pytest
from layouts import list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import Listed
from ageline.faces.layouts.appa_real import official_fold

HEADER = "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n"


def photo(fold, number):
    """A photo as the release has it: with its crop and what was known of the face."""
    return tuple(f"{fold}/{number:06}.jpg{ending}" for ending in ("", "_face.jpg", ".mat"))


@pytest.fixture
def release(source_of):
    """A photo in each fold, below a folder as in the archive, and more files: release({"name.csv": "..."})."""

    def make(*files, top="appa-real-release/"):
        photos = [*photo("train", 0), *photo("valid", 4113), *photo("test", 5613)]
        tables = {
            "gt_avg_train.csv": HEADER + "000000.jpg,36,5.0556,1.13039,4\n",
            "gt_avg_valid.csv": HEADER + "004113.jpg,38,20.2,3.5,18\n",
            "gt_avg_test.csv": HEADER + "005613.jpg,37,78.9,5.8,80\n",
            "gt_train.csv": "file_name,real_age,apparent_age,worker_age,worker_gender\n000000.jpg,4,5,31,\n",
        }
        below = {f"{top}{name}": text for name, text in tables.items()}
        return source_of(*(f"{top}{name}" for name in photos), below, *files)

    return make


@pytest.mark.parametrize("top", ["", "appa-real-release/", "raw/appa-real-release/"])
def test_each_fold_is_that_of_its_table_and_the_crop_is_taken(release, top):
    source = release(top=top)
    assert sorted(list_faces(source), key=lambda face: face.source) == [
        Listed(f"{top}test/005613.jpg_face.jpg", 80.0, split="test"),
        Listed(f"{top}train/000000.jpg_face.jpg", 4.0, split="train"),
        Listed(f"{top}valid/004113.jpg_face.jpg", 18.0, split="val"),
    ]


def test_the_photo_is_taken_where_there_is_no_crop(source_of):
    source = source_of("train/000001.jpg", gt_avg_train=HEADER + "000001.jpg,33,17.5,3.1,18\n")
    assert list_faces(source) == [Listed("train/000001.jpg", 18.0, split="train")]


def test_a_release_of_links_is_one_and_says_why_no_photo_is_usable(source_of, tmp_path):
    (tmp_path / "raw/train").mkdir(parents=True)
    (tmp_path / "raw/train/000000.jpg_face.jpg").symlink_to("/etc/passwd")
    source = source_of(gt_avg_train=HEADER + "000000.jpg,36,5,1,4\n")
    assert rows(source) == [
        ("train/000000.jpg_face.jpg", "link leaves the source: copy the photo in place of the link")
    ]


def test_genders_and_ethnicities_come_from_the_categories_wherever_these_lie(release):
    csv = "file,gender,ethnicity,makeup,happiness\n000000.jpg,female,caucasian,nomakeup,neutral\n"
    source = release({"more/allcategories_train.csv": csv})
    by_name = {face.source.split("/")[-1]: (face.age, face.gender, face.ethnicity) for face in list_faces(source)}
    assert by_name == {
        "000000.jpg_face.jpg": (4.0, "female", "caucasian"),
        "004113.jpg_face.jpg": (18.0, None, None),
        "005613.jpg_face.jpg": (80.0, None, None),
    }


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        ("000009.jpg,36,5,1,4", ("000009.jpg", "no such file")),
        ("000000.jpg,36,5,1,", ("train/000000.jpg_face.jpg", "no age: gt_avg_train.csv:2 ''")),
        (
            "000000.jpg,36,5,1,4,9",
            ("train/000000.jpg_face.jpg", "more cells than columns: gt_avg_train.csv:2 000000.jpg,36,5,1,4,9"),
        ),
        ("../../a.jpg,36,5,1,4", ("../../a.jpg", "name leaves the source")),
        (",36,5,1,4", ("gt_avg_train.csv:2", "no file name")),
    ],
)
def test_a_row_that_is_not_usable(source_of, row, listed):
    source = source_of(*photo("train", 0), gt_avg_train=HEADER + row + "\n")
    assert rows(source)[0] == listed


def test_a_photo_that_no_table_names_is_listed_once(release):
    source = release("appa-real-release/train/000001.jpg", "appa-real-release/train/000001.jpg_face.jpg")
    assert [row for row in rows(source) if isinstance(row[1], str)] == [
        (
            f"appa-real-release/train/000001.jpg{ending}",
            "no label: not in appa-real-release/gt_avg_test.csv, appa-real-release/gt_avg_train.csv,"
            " appa-real-release/gt_avg_valid.csv",
        )
        for ending in ("", "_face.jpg")
    ]


def test_a_photo_of_two_folds_is_in_neither(source_of):
    csv = HEADER + "../train/000000.jpg,36,5,1,4\n"
    source = source_of(*photo("train", 0), "test/x.jpg", gt_avg_train=csv, gt_avg_test=csv)
    assert ("train/000000.jpg_face.jpg", "listed twice with different labels: 4 train, 4 test") in rows(source)


def test_a_table_without_its_folder_is_no_release(source_of):
    source = source_of("final_files/000000.jpg", gt_avg_train=HEADER + "000000.jpg,36,5,1,4\n")
    assert rows(source, "labels") == [("final_files/000000.jpg", 4.0)]
    with pytest.raises(AgelineError, match=r"appa-real: .* There is no such table with its folder"):
        rows(source, "appa-real")


def test_a_table_of_other_columns_is_named(source_of):
    source = source_of("train/000000.jpg", gt_avg_train="name,age\n")
    with pytest.raises(AgelineError, match=r"appa-real: .* gt_avg_train\.csv has the columns name,age\."):
        rows(source, "appa-real")


def test_two_releases_are_an_error_that_names_them(source_of):
    csv = HEADER + "000000.jpg,36,5,1,4\n"
    source = source_of("a/train/000000.jpg", "b/train/000000.jpg", a__gt_avg_train=csv, b__gt_avg_train=csv)
    with pytest.raises(AgelineError, match=r"several releases of APPA-REAL: a/gt_avg_train\.csv and b/gt_avg_train\."):
        rows(source)


@pytest.mark.parametrize(
    ("name", "fold"),
    [
        ("000000.jpg", "train"),
        ("final_files/004112.jpg", "train"),
        ("final_files/004113.jpg", "val"),
        ("005612.jpg_face.jpg", "val"),
        ("valid/005613.png", "test"),
        ("007612.jpg", "test"),
        ("007613.jpg", None),
        ("00000.jpg", None),
        ("0000000.jpg", None),
        ("000000", None),
        ("000000-2.jpg", None),
        ("000000.jpg/x.jpg", None),
        ("holiday.jpg", None),
    ],
)
def test_the_official_fold_is_in_the_number(name, fold):
    assert official_fold(name) == fold
