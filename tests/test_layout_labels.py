"""The layout `labels`: a CSV beside the photos."""

import pytest
from layouts import list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import Listed


def test_labels_beside_a_folder_of_photos(source_of):
    source = source_of(
        "final_files/000000.jpg", "final_files/000001.jpg", labels="file_name,real_age\n000000.jpg,4\n000001.jpg,18\n"
    )
    assert rows(source) == [("final_files/000000.jpg", 4.0), ("final_files/000001.jpg", 18.0)]


def test_labels_below_a_folder_as_archives_have_them(source_of):
    source = source_of("faces/final_files/0.jpg", faces__labels="file_name,real_age\n0.jpg,4\n")
    assert rows(source) == [("faces/final_files/0.jpg", 4.0)]


def test_labels_beside_the_photos_with_all_that_is_known_of_them(source_of):
    source = source_of("a.jpg", "b.jpg", faces="File;Age;Sex;Race;id_num\na.jpg;31,5;F;Asian;p1\nb.jpg;7;;;\n")
    assert list_faces(source, "labels") == [
        Listed("a.jpg", 31.5, "female", "asian", "p1"),
        Listed("b.jpg", 7.0),
    ]


@pytest.mark.parametrize("name", ["file_name", "path", "image", "filename", "file", "img_name", " FILE_NAME "])
@pytest.mark.parametrize("age", ["real_age", "age", '"Age"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_by_any_of_their_names_and_delimiters(source_of, name, age, delimiter):
    csv = f"n{delimiter}{name}{delimiter}{age}\r\n1{delimiter}a.jpg{delimiter}5\r\n"
    assert rows(source_of("a.jpg", labels=csv)) == [("a.jpg", 5.0)]


def test_the_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_first_column(source_of):
    assert rows(source_of("a.jpg", labels=b"\xef\xbb\xbffile,age\na.jpg,5\n")) == [("a.jpg", 5.0)]


def test_appa_real_has_the_real_age_beside_the_apparent_one_and_face_crops_beside_photos(source_of):
    csv = "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n0.jpg,36,6.6,1.2,4\n1.jpg,33,17.5,3.1,18\n"
    source = source_of(
        "train/0.jpg", "train/0.jpg_face.jpg", "train/1.jpg_face.jpg", "train/0.jpg.mat", gt_avg_train=csv
    )
    assert rows(source, "labels") == [("train/0.jpg", 4.0), ("train/1.jpg_face.jpg", 18.0)]


SPREADSHEET = "file\tage\tgender\r\nä 1.jpg\t31,5\tF\r\n"


@pytest.mark.parametrize(
    "data",
    [
        SPREADSHEET.encode(),
        SPREADSHEET.encode("utf-8-sig"),
        SPREADSHEET.encode("utf-16"),
        b"\xff\xfe" + SPREADSHEET.encode("utf-16-le"),
        b"\xfe\xff" + SPREADSHEET.encode("utf-16-be"),
        SPREADSHEET.replace("\t", ";").encode(),
        SPREADSHEET.replace(",", ".").replace("\t", ",").encode(),
        SPREADSHEET.replace("31,5", '"31,5"').encode("utf-16"),
        SPREADSHEET.strip().encode(),
        SPREADSHEET.replace("ä 1.jpg", '"ä 1.jpg"').encode(),
    ],
)
def test_a_csv_as_programs_write_it(source_of, data):
    assert list_faces(source_of("ä 1.jpg", labels=data)) == [Listed("ä 1.jpg", 31.5, "female")]


@pytest.mark.parametrize(
    ("text", "fold"),
    [
        ("train", "train"),
        ("Valid", "val"),
        ("validation", "val"),
        ("val", "val"),
        ("TEST", "test"),
        ("", None),
        ("0", None),
        ("holdout", None),
    ],
)
@pytest.mark.parametrize("column", ["split", "Fold"])
def test_a_fold_is_read_as_a_word(source_of, text, fold, column):
    source = source_of("a.jpg", labels=f"file,age,{column}\na.jpg,5,{text}\n")
    assert list_faces(source) == [Listed("a.jpg", 5.0, split=fold)]


def test_a_photo_in_two_folds_is_in_neither(source_of):
    source = source_of("a.jpg", labels="file,age,split\na.jpg,5,train\na.jpg,5,test\n")
    assert rows(source) == [("a.jpg", "listed twice with different labels: 5 train, 5 test")] * 2


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        ("x.jpg,5", ("x.jpg", "no such file")),
        ("../a.jpg,5", ("../a.jpg", "name leaves the source")),
        ("/etc/passwd,5", ("/etc/passwd", "name leaves the source")),
        ("..\\a.jpg,5", ("../a.jpg", "name leaves the source")),
        ("C:\\a.jpg,5", ("C:/a.jpg", "name leaves the source")),
        (",5", ("labels.csv:2", "no file name")),
        ("a.jpg,", ("a.jpg", "no age: labels.csv:2 ''")),
        ("a.jpg", ("a.jpg", "no age: labels.csv:2 ''")),
        ("a.jpg,nan", ("a.jpg", "no age: labels.csv:2 'nan'")),
        ("a.jpg,inf", ("a.jpg", "age is no number: labels.csv:2 'inf'")),
        ("a.jpg,9-March", ("a.jpg", "age is no number: labels.csv:2 '9-March'")),
        ("a.jpg,3-9", ("a.jpg", "age is no number: labels.csv:2 '3-9'")),
        ("a.jpg,1_0", ("a.jpg", "age is no number: labels.csv:2 '1_0'")),
        ("a.jpg,31,5", ("a.jpg", "more cells than columns: labels.csv:2 a.jpg,31,5")),
        ("twin.jpg,5", ("twin.jpg", "several files of that name: one/twin.jpg, two/twin.jpg")),
        ("a.jpg,5,", ("a.jpg", 5.0)),
        (" a.jpg , 5.50 ", ("a.jpg", 5.5)),
        ("./a.jpg,-1", ("a.jpg", -1.0)),
        ("one\\twin.jpg,5", ("one/twin.jpg", 5.0)),
    ],
)
def test_a_row_of_labels(source_of, row, listed):
    source = source_of("a.jpg", "one/twin.jpg", "two/twin.jpg", labels=f"file,age\n{row}\n")
    assert rows(source)[0] == listed


def test_a_photo_without_a_label_is_listed(source_of):
    source = source_of("a.jpg", "deep/er/b.PNG", "notes.txt", labels="file,age\na.jpg,5\n")
    assert rows(source) == [("a.jpg", 5.0), ("deep/er/b.PNG", "no label: not in labels.csv")]


def test_a_photo_listed_twice_counts_once(source_of):
    source = source_of("a.jpg", labels="file,age\na.jpg,5\n./a.jpg,5.0\n")
    assert rows(source) == [("a.jpg", 5.0), ("a.jpg", "listed twice")]


def test_a_photo_listed_with_two_labels_counts_under_neither(source_of):
    source = source_of("a.jpg", labels="file,age,gender\na.jpg,5,m\na.jpg,5,f\n\na.jpg,6,f\n")
    assert rows(source) == [("a.jpg", "listed twice with different labels: 5 male, 5 female, 6 female")] * 3


def test_a_link_that_a_row_names_is_listed_once(source_of, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.jpg").symlink_to("/etc/passwd")
    source = source_of("b.jpg", labels="file,age\na.jpg,5\nb.jpg,6\n")
    assert rows(source) == [("a.jpg", "link leaves the source: copy the photo in place of the link"), ("b.jpg", 6.0)]


@pytest.mark.parametrize(
    ("text", "gender", "flags"),
    [("M", "male", ""), ("Female", "female", ""), ("", None, ""), ("u", None, ""), ("0", None, "partial_label")],
)
def test_a_gender_is_read_as_a_word_and_a_number_is_not_guessed(source_of, text, gender, flags):
    source = source_of("a.jpg", labels=f"file,age,gender\na.jpg,5,{text}\n")
    assert list_faces(source, "labels") == [Listed("a.jpg", 5.0, gender, flags=flags)]


def test_two_label_files_are_an_error_that_names_them(source_of):
    source = source_of("a.jpg", train="file,age\n", test="file,age\n")
    with pytest.raises(AgelineError, match=r"has 2 label files: test\.csv, train\.csv\. Expected one; move the others"):
        rows(source)


def test_a_csv_that_holds_no_labels_may_lie_beside_the_one_that_does(source_of):
    assert rows(source_of("a.jpg", labels="file,age\na.jpg,5\n", votes="worker,age\n1,2\n")) == [("a.jpg", 5.0)]


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ('file,age\n"a.jpg,5\nb.jpg,6\n', r"labels\.csv, line 3: not readable as CSV \(unexpected end of data\)"),
        ("file,age\n" + "x" * 200_000 + ",5\n", r"labels\.csv, line 2: not readable as CSV \(field larger"),
    ],
)
def test_a_damaged_csv_is_an_error_that_names_the_line(source_of, csv, message):
    with pytest.raises(AgelineError, match=message):
        rows(source_of("a.jpg", labels=csv))


@pytest.mark.parametrize(
    ("csv", "seen"),
    [
        ("name,years\na.jpg,5\n", "labels.csv has the columns name,years"),
        ("", "labels.csv has the columns "),
        ("file,age\nä.jpg,5\n".encode("latin-1"), "labels.csv is not UTF-8; save it as CSV UTF-8"),
        (b"\xff\xfef\x00i\x00", "labels.csv has the columns fi"),
        (b"\xff\xfef\x00i\x00l", "labels.csv is not UTF-8; save it as CSV UTF-8"),
    ],
)
def test_a_csv_without_the_columns_is_an_error_that_says_what_it_has(source_of, csv, seen):
    with pytest.raises(AgelineError, match=f"labels: a CSV with a column file_name or path.*{seen}"):
        rows(source_of("a.jpg", labels=csv))


def test_a_csv_with_the_line_ends_of_old_macs_is_read(source_of):
    assert rows(source_of("a.jpg", labels="file_name,age\ra.jpg,4\r")) == [("a.jpg", 4.0)]


def test_a_csv_of_genders_counts_where_there_is_none_of_ages(source_of):
    genders = "file,sex\na.jpg,f\nb.jpg,\n"
    listed = list_faces(source_of("a.jpg", "b.jpg", labels=genders))
    assert listed == [Listed("a.jpg", gender="female"), Listed("b.jpg")]
    both = source_of("a.jpg", "b.jpg", genders=genders, labels="file,age\na.jpg,31\nb.jpg,7\n")
    assert rows(both) == [("a.jpg", 31.0), ("b.jpg", 7.0)]


def test_an_age_that_is_none_leaves_the_rest_of_a_label_to_use(source_of):
    csv = "file,age,gender\na.jpg,,F\nb.jpg,old,m\n"
    first, second = list_faces(source_of("a.jpg", "b.jpg", labels=csv))
    assert (first.age, first.gender, first.flags) == (None, "female", "")
    assert (second.age, second.gender, second.flags) == (None, "male", "partial_label")
    assert [face.problem_for("gender") for face in (first, second)] == [None, None]
    assert str(first.problem_for("age")) == "no age: labels.csv:2 ''"
    assert str(second.problem_for("age")) == "age is no number: labels.csv:3 'old'"


@pytest.mark.parametrize(
    ("labels", "usable"),
    [
        (["a.jpg,5,f", "a.jpg,,f"], [5.0]),
        (["a.jpg,,m", "a.jpg,5,f"], [5.0]),
        (["a.jpg,,f", "a.jpg,,f"], [None]),
        (["a.jpg,,f", "a.jpg,,m"], []),
    ],
)
def test_a_row_without_an_age_counts_for_nothing_beside_one_that_has_it(source_of, labels, usable):
    listed = list_faces(source_of("a.jpg", labels="\n".join(["file,age,gender", *labels])))
    assert [row.age for row in listed if row.problem is None] == usable
    assert len(listed) == 2
