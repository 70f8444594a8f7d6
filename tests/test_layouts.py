"""What each layout lists of a source, and how `auto` tells them apart."""

import io
import tarfile
from typing import get_args

import pytest

from ageline.errors import AgelineError
from ageline.faces.layouts import LAYOUTS, Listed, find_layout
from ageline.faces.sources import open_source
from ageline.params import Data


@pytest.fixture
def raw(tmp_path):
    """A source of empty photos and of CSV files with the text given: raw("a.jpg", labels.csv="...")."""

    def make(*photos, **csvs):
        for name in photos:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        for name, text in csvs.items():
            path = tmp_path / f"{name.replace('__', '/')}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return open_source(tmp_path)

    return make


def rows(source, layout="labels"):
    """What is listed: label, or the problem, by source."""
    return [
        (row.source, str(row.problem) if row.problem else row.age)
        for row in find_layout(source, layout).list_faces(source)
    ]


def test_params_name_the_layouts_there_are():
    assert {"auto", *LAYOUTS} == set(get_args(Data.model_fields["layout"].annotation))


def test_labels_beside_a_folder_of_photos(raw):
    source = raw(
        "final_files/000000.jpg", "final_files/000001.jpg", labels="file_name,real_age\n000000.jpg,4\n000001.jpg,18\n"
    )
    assert rows(source, "auto") == [("final_files/000000.jpg", 4.0), ("final_files/000001.jpg", 18.0)]


def test_labels_below_a_folder_as_archives_have_them(raw):
    source = raw("faces/final_files/0.jpg", faces__labels="file_name,real_age\n0.jpg,4\n")
    assert rows(source) == [("faces/final_files/0.jpg", 4.0)]


def test_labels_beside_the_photos_with_all_that_is_known_of_them(raw):
    source = raw("a.jpg", "b.jpg", faces="File;Age;Sex;Race;id_num\na.jpg;31,5;F;Asian;p1\nb.jpg;7;;;\n")
    assert find_layout(source, "labels").list_faces(source) == [
        Listed("a.jpg", 31.5, "female", "asian", "p1"),
        Listed("b.jpg", 7.0),
    ]


@pytest.mark.parametrize("name", ["file_name", "path", "image", "filename", "file", "img_name", " FILE_NAME "])
@pytest.mark.parametrize("age", ["real_age", "age", '"Age"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_by_any_of_their_names_and_delimiters(raw, name, age, delimiter):
    csv = f"n{delimiter}{name}{delimiter}{age}\r\n1{delimiter}a.jpg{delimiter}5\r\n"
    assert rows(raw("a.jpg", labels=csv)) == [("a.jpg", 5.0)]


def test_the_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_first_column(raw):
    assert rows(raw("a.jpg", labels=b"\xef\xbb\xbffile,age\na.jpg,5\n")) == [("a.jpg", 5.0)]


def test_appa_real_has_the_real_age_beside_the_apparent_one_and_face_crops_beside_photos(raw):
    csv = "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n0.jpg,36,6.6,1.2,4\n1.jpg,33,17.5,3.1,18\n"
    source = raw("train/0.jpg", "train/0.jpg_face.jpg", "train/1.jpg_face.jpg", "train/0.jpg.mat", gt_avg_train=csv)
    assert rows(source) == [("train/0.jpg", 4.0), ("train/1.jpg_face.jpg", 18.0)]


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
        ("a.jpg,1_0", ("a.jpg", "age is no number: labels.csv:2 '1_0'")),
        ("a.jpg,31,5", ("a.jpg", "more cells than columns: labels.csv:2 a.jpg,31,5")),
        ("twin.jpg,5", ("twin.jpg", "several files of that name: one/twin.jpg, two/twin.jpg")),
        ("a.jpg,5,", ("a.jpg", 5.0)),
        (" a.jpg , 5.50 ", ("a.jpg", 5.5)),
        ("./a.jpg,-1", ("a.jpg", -1.0)),
        ("one\\twin.jpg,5", ("one/twin.jpg", 5.0)),
    ],
)
def test_a_row_of_labels(raw, row, listed):
    source = raw("a.jpg", "one/twin.jpg", "two/twin.jpg", labels=f"file,age\n{row}\n")
    assert rows(source)[0] == listed


def test_a_photo_without_a_label_is_listed(raw):
    source = raw("a.jpg", "deep/er/b.PNG", "notes.txt", labels="file,age\na.jpg,5\n")
    assert rows(source) == [("a.jpg", 5.0), ("deep/er/b.PNG", "no label: not in labels.csv")]


def test_a_photo_listed_twice_counts_once(raw):
    source = raw("a.jpg", labels="file,age\na.jpg,5\n./a.jpg,5.0\n")
    assert rows(source) == [("a.jpg", 5.0), ("a.jpg", "listed twice")]


def test_a_photo_listed_with_two_labels_counts_under_neither(raw):
    source = raw("a.jpg", labels="file,age,gender\na.jpg,5,m\na.jpg,5,f\n\na.jpg,6,f\n")
    assert rows(source) == [("a.jpg", "listed twice with different labels: 5 male, 5 female, 6 female")] * 3


def test_a_link_that_a_row_names_is_listed_once(raw, tmp_path):
    (tmp_path / "a.jpg").symlink_to("/etc/passwd")
    source = raw("b.jpg", labels="file,age\na.jpg,5\nb.jpg,6\n")
    assert rows(source) == [("a.jpg", "link leaves the source: copy the photo in place of the link"), ("b.jpg", 6.0)]


@pytest.mark.parametrize(
    ("text", "gender", "flags"),
    [("M", "male", ""), ("Female", "female", ""), ("", None, ""), ("u", None, ""), ("0", None, "partial_label")],
)
def test_a_gender_is_read_as_a_word_and_a_number_is_not_guessed(raw, text, gender, flags):
    source = raw("a.jpg", labels=f"file,age,gender\na.jpg,5,{text}\n")
    assert find_layout(source, "labels").list_faces(source) == [Listed("a.jpg", 5.0, gender, flags=flags)]


def test_two_label_files_are_an_error_that_names_them(raw):
    source = raw("a.jpg", train="file,age\n", test="file,age\n")
    with pytest.raises(AgelineError, match=r"has 2 label files: test\.csv, train\.csv\. Expected one; move the others"):
        rows(source)


def test_a_csv_that_holds_no_labels_may_lie_beside_the_one_that_does(raw):
    assert rows(raw("a.jpg", labels="file,age\na.jpg,5\n", votes="worker,age\n1,2\n")) == [("a.jpg", 5.0)]


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ('file,age\n"a.jpg,5\nb.jpg,6\n', r"labels\.csv, line 3: not readable as CSV \(unexpected end of data\)"),
        ("file,age\n" + "x" * 200_000 + ",5\n", r"labels\.csv, line 2: not readable as CSV \(field larger"),
    ],
)
def test_a_damaged_csv_is_an_error_that_names_the_line(raw, csv, message):
    with pytest.raises(AgelineError, match=message):
        rows(raw("a.jpg", labels=csv))


@pytest.mark.parametrize(
    ("csv", "seen"),
    [
        ("name,years\na.jpg,5\n", "labels.csv has the columns name,years"),
        ("", "labels.csv has the columns "),
        ("file,age\n".encode("utf-16"), "labels.csv is not UTF-8; save it as CSV UTF-8"),
    ],
)
def test_a_csv_without_the_columns_is_an_error_that_says_what_it_has(raw, csv, seen):
    with pytest.raises(AgelineError, match=f"labels: a CSV with a column file_name or path.*{seen}"):
        rows(raw("a.jpg", labels=csv))


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("100_1_0_20170110183726390.jpg.chip.jpg", Listed("", 100, "female", "white")),
        ("part1/7_0_4_20170116174525125.jpg", Listed("part1/", 7, "male", "other")),
        ("14_0_0_2017011022340900.jpg.chip.jpg", Listed("", 14, "male", "white")),
        ("44_1_4_20170116235150272.pg", Listed("", 44, "female", "other")),
        ("55_0_0_20170116232725357jpg", Listed("", 55, "male", "white")),
        ("61_1_20170109142408075.jpg.chip.jpg", Listed("", 61, flags="partial_label")),
        ("61_3_20170109150557335.jpg.chip.jpg", Listed("", 61, flags="partial_label")),
        ("53__0_20170116184028385.jpg", Listed("", 53, None, "white", flags="partial_label")),
        ("26_1_9_20170116184028385.jpg", Listed("", 26, "female", None, flags="partial_label")),
        ("26_20170116184028385.jpg", Listed("", 26, flags="partial_label")),
    ],
)
def test_a_name_of_utkface(raw, name, listed):
    source = raw(name)
    (face,) = LAYOUTS["utkface"].list_faces(source)
    assert face == Listed(name, listed.age, listed.gender, listed.ethnicity, flags=listed.flags)


def test_a_photo_whose_name_has_no_age_is_rejected(raw):
    source = raw(
        "1_0_0_20170110183726390.jpg", "2_0_0_20170110183726390.jpg", "holiday.jpg", "x_1_0_2017.jpg", "README"
    )
    assert rows(source, "auto") == [
        ("1_0_0_20170110183726390.jpg", 1.0),
        ("2_0_0_20170110183726390.jpg", 2.0),
        ("holiday.jpg", "no age in the name: expected age_gender_race_time.jpg"),
        ("x_1_0_2017.jpg", "no age in the name: expected age_gender_race_time.jpg"),
    ]


def test_a_source_of_no_known_layout_is_an_error_that_says_what_was_looked_for_and_seen(raw):
    with pytest.raises(AgelineError) as error:
        find_layout(raw("a.jpg", "b.jpg", "c.txt"), "auto")
    looked_for = str(error.value).splitlines()[1:]
    assert looked_for == [
        "  labels: a CSV with a column file_name or path or image or filename or file or img_name, and one real_age or"
        " age, beside the photos. There is no CSV.",
        "  utkface: photos named age_gender_race_time.jpg, at least half of all. Of 2 photos 0 are named so.",
        "Seen: 3 files, such as a.jpg, b.jpg, c.txt.",
    ]


def test_a_layout_named_has_to_fit(raw):
    with pytest.raises(AgelineError, match=r"labels: a CSV.*There is no CSV"):
        find_layout(raw("1_0_0_20170110183726390.jpg"), "labels")


def test_a_source_of_two_layouts_is_an_error_unless_one_is_named(raw):
    source = raw("1_0_0_20170110183726390.jpg", labels="file,age\n1_0_0_20170110183726390.jpg,2\n")
    with pytest.raises(
        AgelineError, match=r"fits the layouts labels and utkface\. Name the one to use in `data\.layout`"
    ):
        find_layout(source, "auto")
    assert rows(source, "labels") == [("1_0_0_20170110183726390.jpg", 2.0)]
    assert rows(source, "utkface") == [("1_0_0_20170110183726390.jpg", 1.0)]


def test_a_csv_with_the_line_ends_of_old_macs_is_read(raw):
    assert rows(raw("a.jpg", labels="file_name,age\ra.jpg,4\r"), "auto") == [("a.jpg", 4.0)]


def test_a_csv_that_cannot_be_read_does_not_stop_another_layout(raw):
    source = raw("4_0_0_20170109142408075.jpg", notes="x" * 200_000)
    assert rows(source, "auto") == [("4_0_0_20170109142408075.jpg", 4.0)]


def test_of_two_members_of_one_name_the_later_counts(tmp_path):
    path = tmp_path / "raw.tar"
    for mode, text in (("w", b"old"), ("a", b"new")):  # as `tar -r` does
        with tarfile.open(path, mode) as archive:
            for name, data in (("final/3.png", text), ("labels.csv", b"file_name,age\n3.png,4\n")):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    source = open_source(path)
    listed = find_layout(source, "labels").list_faces(source)
    assert [(row.source, row.age) for row in listed] == [("final/3.png", 4.0)]
    assert source.read("final/3.png") == b"new"
