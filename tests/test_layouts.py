"""How `auto` tells the layouts apart, and what is said where none fits."""

import io
import re
import runpy
import tarfile
from typing import get_args

import pytest
from layouts import ROOT, list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import LAYOUTS
from ageline.faces.sources import open_source
from ageline.params import Data


def test_params_name_the_layouts_there_are():
    assert {"auto", *LAYOUTS, "pattern", "table"} == set(get_args(Data.model_fields["layout"].annotation))


def test_a_source_of_no_known_layout_is_an_error_that_says_what_was_looked_for_and_seen(source_of):
    with pytest.raises(AgelineError) as error:
        list_faces(source_of("a.jpg", "b.jpg", "c.txt"))
    assert str(error.value).splitlines()[1:] == [
        "  appa-real: gt_avg_train.csv (valid, test) with columns file_name and real_age, beside the folder train"
        " (valid, test). There is no such table with its folder.",
        "  labels: a CSV with a column file_name or path or image or filename or file or img_name, and one real_age or"
        " age, or gender or sex, beside the photos. There is no CSV.",
        "  utkface: photos named age_gender_race_time.jpg, at least half of all. Of 2 photos 0 are named so.",
        "  classes: photos in folders named female and male, or by an age, at least half of all. Of 2 photos 0 lie in"
        " such folders.",
        "Seen: 3 files, such as a.jpg, b.jpg, c.txt.",
        "Others are described by the layouts pattern and table, see docs/data.md.",
    ]


def test_the_release_of_appa_real_is_no_three_label_files(source_of):
    csv = "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n{}.jpg,36,5,1,{}\n"
    source = source_of("train/0.jpg", "test/1.jpg", gt_avg_train=csv.format(0, 4), gt_avg_test=csv.format(1, 80))
    assert rows(source) == [("train/0.jpg", 4.0), ("test/1.jpg", 80.0)]
    with pytest.raises(AgelineError, match=r"has 2 label files: gt_avg_test\.csv, gt_avg_train\.csv"):
        rows(source, "labels")


def test_a_layout_named_has_to_fit(source_of):
    with pytest.raises(AgelineError, match=r"labels: a CSV.*There is no CSV"):
        list_faces(source_of("1_0_0_20170110183726390.jpg"), "labels")


def test_a_source_of_two_layouts_is_an_error_unless_one_is_named(source_of):
    source = source_of("1_0_0_20170110183726390.jpg", labels="file,age\n1_0_0_20170110183726390.jpg,2\n")
    with pytest.raises(
        AgelineError, match=r"fits the layouts labels and utkface\. Name the one to use in `data\.layout`"
    ):
        list_faces(source)
    assert rows(source, "labels") == [("1_0_0_20170110183726390.jpg", 2.0)]
    assert rows(source, "utkface") == [("1_0_0_20170110183726390.jpg", 1.0)]


def test_a_csv_that_cannot_be_read_does_not_stop_another_layout(source_of):
    source = source_of("4_0_0_20170109142408075.jpg", notes="x" * 200_000)
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
    listed = list_faces(source, "labels")
    assert [(row.source, row.age) for row in listed] == [("final/3.png", 4.0)]
    assert source.read("final/3.png") == b"new"


def test_the_layout_that_docs_show_how_to_write_works(source_of, tmp_path):
    page = (ROOT / "docs/data.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    (tmp_path / "sidecar.py").write_text(code)
    source = source_of("a.jpg", "b.jpg", "c/d.jpg", {"a.txt": "31\n", "b.txt": "old", "e.txt": "5"})
    layout = runpy.run_path(str(tmp_path / "sidecar.py"))["LAYOUT"]
    assert layout.misfit(source) is None
    assert [(face.source, face.age, str(face.problem_for("age"))) for face in layout.list_faces(source)] == [
        ("a.jpg", 31.0, "None"),
        ("b.jpg", None, "age is no number: 'old'"),
        ("c/d.jpg", None, "no label: expected c/d.txt"),
    ]
    assert layout.misfit(source_of({"a.txt": "x"})) == "No photo has one."
