"""The layout `table`: any CSV with a mapping of its columns."""

import pytest
from layouts import documented, list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import Listed


def test_adience_has_a_name_in_three_columns_and_five_tables_beside_those_of_frontal_faces(source_of):
    header = (
        "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy\ttilt_ang\tfiducial_yaw_angle\tfiducial_score\n"
    )
    box = "\t0\t414\t1086\t1383\t-115\t30\t17\n"
    first = f"30601258@N03\t10399646885_67c7d20df9_o.jpg\t1\t(25, 32)\tf{box}"
    source = source_of(
        "faces/30601258@N03/coarse_tilt_aligned_face.1.10399646885_67c7d20df9_o.jpg",
        "faces/7153718@N04/coarse_tilt_aligned_face.2282.11597935265_29bcdfa4a5_o.jpg",
        "faces/7153718@N04/coarse_tilt_aligned_face.2283.11597935265_29bcdfa4a5_o.jpg",
        {
            "fold_0_data.txt": header + first,
            "fold_1_data.txt": f"{header}7153718@N04\t11597935265_29bcdfa4a5_o.jpg\t2282\t35\tu{box}"
            f"7153718@N04\t11597935265_29bcdfa4a5_o.jpg\t2283\tNone\tm{box}",
            "fold_frontal_0_data.txt": header + first,
            "LICENSE.txt": "All of it.",
        },
    )
    assert list_faces(source, **documented("adience"))[:2] == [
        Listed(
            "faces/30601258@N03/coarse_tilt_aligned_face.1.10399646885_67c7d20df9_o.jpg",
            28.5,
            "female",
            subject="30601258@N03",
            flags="age_range",
        ),
        Listed(
            "faces/7153718@N04/coarse_tilt_aligned_face.2282.11597935265_29bcdfa4a5_o.jpg", 35.0, subject="7153718@N04"
        ),
    ]
    assert rows(source, **documented("adience"))[2:] == [
        (
            "faces/7153718@N04/coarse_tilt_aligned_face.2283.11597935265_29bcdfa4a5_o.jpg",
            "no age: fold_1_data.txt:3 'None'",
        )
    ]


def test_fairface_has_ranges_and_a_table_for_each_fold(source_of):
    header = "file,age,gender,race,service_test\n"
    spoilt = "train/2.jpg,9-March,Female,White,False\n"
    source = source_of(
        *(f"fairface-img-margin025-trainval/{name}.jpg" for name in ("train/1", "train/2", "val/1", "val/2")),
        fairface_label_train=f"{header}train/1.jpg,50-59,Male,East Asian,True\n{spoilt}",
        fairface_label_val=f"{header}val/1.jpg,3-9,Male,East Asian,False\nval/2.jpg,more than 70,Female,White,False\n",
    )
    folder = "fairface-img-margin025-trainval"
    assert [face for face in list_faces(source, **documented("fairface")) if face.age is not None] == [
        Listed(f"{folder}/train/1.jpg", 54.5, "male", "east asian", split="train", flags="age_range"),
        Listed(f"{folder}/val/1.jpg", 6.0, "male", "east asian", split="val", flags="age_range"),
    ]
    assert rows(source, **documented("fairface"))[1::2] == [
        (
            f"{folder}/train/2.jpg",
            "age is a date: fairface_label_train.csv:3 '9-March', as spreadsheets make of a range such as 3-9",
        ),
        (f"{folder}/val/2.jpg", "age range has no end: fairface_label_val.csv:3 'more than 70'"),
    ]


def test_imdb_clean_has_its_tables_in_another_folder_than_its_photos(source_of):
    header = "filename,age,gender,x_min,y_min,x_max,y_max,head_roll,head_yaw,head_pitch\n"
    row = "04/nm0000704_rm1_1981-1-28_2004.jpg,23,M,31,39,61,77,7.8,1.8,2.2\n"
    source = source_of(
        "data/imdb-clean-1024/04/nm0000704_rm1_1981-1-28_2004.jpg",
        csvs__imdb_valid_new_1024=header + row,
        csvs__imdb_valid_new=header + row,
    )
    assert list_faces(source, **documented("imdb-clean")) == [
        Listed("data/imdb-clean-1024/04/nm0000704_rm1_1981-1-28_2004.jpg", 23.0, "male", split="val")
    ]


def test_clap2016_has_the_same_names_in_each_fold(source_of):
    source = source_of(
        "train/000000.jpg",
        "valid/000000.jpg",
        train_gt="image,mean,stdv\n000000.jpg,27.8,3.5\n",
        valid_gt="image,mean,stdv\n000000.jpg,4.1,1.2\n",
    )
    assert list_faces(source, **documented("clap2016")) == [
        Listed("train/000000.jpg", 27.8, split="train"),
        Listed("valid/000000.jpg", 4.1, split="val"),
    ]
    assert rows(source, "table", columns=("file=image", "age=mean"))[0] == (
        "000000.jpg",
        "several files of that name: train/000000.jpg, valid/000000.jpg",
    )


@pytest.mark.parametrize(
    ("columns", "face"),
    [
        (("file=Img Path", "age=Years"), Listed("a.jpg", 31.5)),
        (("file = img path ", " age=YEARS"), Listed("a.jpg", 31.5)),
        (("file={img path}", "gender=Sex"), Listed("a.jpg", gender="female")),
        (("file={stem}.jpg", "age=years", "subject={stem}/{sex}"), Listed("a.jpg", 31.5, subject="a/F")),
        (("file={stem}.jpg", "age=years", "subject={stem}/{void}"), Listed("a.jpg", 31.5)),
        (("file=img path", "age=years", "gender=stem"), Listed("a.jpg", 31.5, flags="partial_label")),
        (("file=img path", "age=years", "split=Fold"), Listed("a.jpg", 31.5, split="test")),
    ],
)
def test_columns_are_those_of_the_header_in_any_case(source_of, columns, face):
    source = source_of("a.jpg", faces="Img Path;Years;Sex;stem;void;fold\na.jpg;31,5;F;a;;Test\n")
    assert list_faces(source, "table", columns=columns) == [face]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("(0, 2)", 1.0),
        ("(25,32)", 28.5),
        ("20 - 29", 24.5),
        ("20\u201329", 24.5),
        ("31.5", 31.5),
        ("-5", -5.0),
        ("(32, 25)", "age range is upside down: faces.csv:2 '(32, 25)'"),
        ("70+", "age range has no end: faces.csv:2 '70+'"),
        ("Over 70", "age range has no end: faces.csv:2 'Over 70'"),
        (">=70", "age range has no end: faces.csv:2 '>=70'"),
        ("Mar-09", "age is a date: faces.csv:2 'Mar-09', as spreadsheets make of a range such as 3-9"),
        ("", "no age: faces.csv:2 ''"),
        ("nan", "no age: faces.csv:2 'nan'"),
        ("teen", "age is no number: faces.csv:2 'teen'"),
        ("25, 32", "age is no number: faces.csv:2 '25, 32'"),
    ],
)
def test_an_age_is_a_number_or_a_closed_range(source_of, text, listed):
    source = source_of("a.jpg", faces=f'img,age\na.jpg,"{text}"\n')
    assert rows(source, "table", columns=("file=img", "age=age")) == [("a.jpg", listed)]


def test_what_no_table_names_and_what_two_tables_name(source_of):
    tables = {f"{name}.csv": "img,age\na.jpg,5\n" for name in ("one", "two", "three", "four", "five")}
    assert rows(source_of("a.jpg", "b.jpg", tables), "table", columns=("file=img", "age=age")) == [
        ("a.jpg", 5.0),
        *[("a.jpg", "listed twice")] * 4,
        ("b.jpg", "no label: not in five.csv, four.csv, one.csv and 2 more"),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ("file",),
            r"has the entry 'file', expected NAME=COLUMN with NAME one of file, age, gender, ethnicity, subject,",
        ),
        (("file=", "age=age"), r"has the entry 'file=', expected NAME=COLUMN"),
        (("path=img", "age=age"), r"has the entry 'path=img', expected NAME=COLUMN"),
        (("file={a.jpg", "age=age"), r"has the entry 'file={a\.jpg', in which a brace is not one of a pair"),
        (("file={}.jpg", "age=age"), r"has the entry 'file={}\.jpg', in which a brace is not one of a pair"),
        (("file=a", "file=b", "age=c"), r"names file twice, 'a' and 'b'\. Remove one"),
        (("age=age",), r"needs file, and age or gender, received age=age\. Expected such as \[file=img_path, age=age"),
        (("file=img", "split=fold"), r"needs file, and age or gender, received file=img, split=fold"),
    ],
)
def test_columns_that_say_too_little_are_an_error_with_the_remedy(source_of, columns, message):
    with pytest.raises(AgelineError, match=f"data.columns {message}"):
        rows(source_of("a.jpg", faces="img,age\n"), "table", columns=columns)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("file=image", "age=age"), r"with the columns age and image\. faces\.csv has the columns img,age"),
        (
            ("file={img}", "age={a}", "subject={b}"),
            r"with the columns a and b and img\. faces\.csv has the columns img,age",
        ),
        (
            ("table=labels_*.csv", "file=img", "age=age"),
            r"named labels_\*\.csv with the columns age and img\. There is no",
        ),
    ],
)
def test_tables_that_lack_a_column_are_named_with_those_they_have(source_of, columns, message):
    with pytest.raises(AgelineError, match=f"table: a .csv, .tsv or .txt.* {message}"):
        rows(source_of("a.jpg", faces="img,age\n"), "table", columns=columns)


@pytest.mark.parametrize(
    ("table", "states"), [("faces", "faces.csv states none"), ("train_val", "train_val.csv states train and val")]
)
def test_a_table_whose_name_states_no_one_fold_is_an_error_with_the_remedy(source_of, table, states):
    source = source_of("a.jpg", {f"{table}.csv": "img,age\na.jpg,5\n"})
    with pytest.raises(
        AgelineError, match=rf"but {states}, expected one of train, val, valid, validation, test\. Rename"
    ):
        rows(source, "table", columns=("file=img", "age=age", "split={table}"))


def test_a_table_in_utf_16_is_read(source_of):
    source = source_of("ä.jpg", {"faces.txt": "img\tage\r\nä.jpg\t31,5\r\n".encode("utf-16")})
    assert rows(source, "table", columns=("file=img", "age=age")) == [("ä.jpg", 31.5)]
