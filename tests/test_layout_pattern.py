"""The layout `pattern`: a regular expression over the paths, or the name of a shipped one."""

import pytest
from layouts import documented, list_faces, rows

from ageline.errors import AgelineError
from ageline.faces.layouts import Listed
from ageline.faces.layouts.pattern import SHIPPED
from ageline.faces.problems import Problem


@pytest.mark.parametrize(
    ("pattern", "face"),
    [
        ("utkface", Listed("UTKFace/100_1_0_20170110183726390.jpg.chip.jpg", 100, "female", "white")),
        ("utkface", Listed("7_0_4_20170116174525125.jpg", 7, "male", "other")),
        ("fg-net", Listed("images/001A02.JPG", 2, subject="001")),
        ("fg-net", Listed("images/010A07b.JPG", 7, subject="010")),
        ("fg-net", Listed("001a02.jpg", 2, subject="001")),
        ("agedb", Listed("AgeDB/12083_ElsaMartinelli_74_f.jpg", 74, "female", subject="ElsaMartinelli")),
        ("agedb", Listed("0_MariaCallas_35_f.jpg", 35, "female", subject="MariaCallas")),
        ("agedb", Listed("7_Jean_Gabin_8_m.jpg", 8, "male", subject="Jean_Gabin")),
        ("afad", Listed("AFAD-Full/15/111/638660-1.jpg", 15, "male")),
        ("afad", Listed("40/112/638660-0.jpg", 40, "female")),
        ("morph", Listed("Album2/009055_1M54.JPG", 54, "male", subject="009055")),
        ("morph", Listed("009055_12F21.jpg", 21, "female", subject="009055")),
    ],
)
def test_a_name_of_a_shipped_pattern(source_of, pattern, face):
    assert list_faces(source_of(face.source), "pattern", pattern=pattern) == [face]


def test_a_shipped_pattern_matches_its_own_example_and_no_others():
    matching = {
        (one.name, other.name) for one in SHIPPED.values() for other in SHIPPED.values() if one.match(other.example)
    }
    assert matching == {(name, name) for name in ("utkface", "fg-net", "agedb", "afad", "morph")}


@pytest.mark.parametrize(
    ("pattern", "name", "label"),
    [
        ("(?P<age>[0-9]+)_(?P<gender>[mf])[.]jpg", "deep/er/7_f.jpg", {"age": 7.0, "gender": "female"}),
        ("(?P<split>[a-z]+)/(?P<age>[0-9]+)/.*", "faces/valid/31/a.jpg", {"age": 31.0, "split": "val"}),
        ("(?P<split>[a-z]+)/(?P<age>[0-9]+)/.*", "faces/dev/31/a.jpg", {"age": 31.0}),
        ("(?i)(?P<gender>WOMAN|MAN)-.*", "woman-1.jpg", {"gender": "female"}),
        ("(?P<age>[0-9]+-[0-9]+)_.*", "20-29_1.jpg", {"age": 24.5, "flags": "age_range"}),
        ("(?P<age>[0-9]+)(_(?P<gender>[a-z]))?[.]jpg", "7.jpg", {"age": 7.0}),
        ("(?P<age>[0-9]+)(_(?P<gender>[a-z0-9]))?[.]jpg", "7_1.jpg", {"age": 7.0, "flags": "partial_label"}),
        (
            "(?P<subject>[^/]+)/(?P<ethnicity>[^/_]+)_(?P<age>[0-9]+)[.]jpg",
            "Anna B/Asian_9.jpg",
            {"age": 9.0, "ethnicity": "asian", "subject": "Anna B"},
        ),
    ],
)
def test_a_pattern_of_ones_own(source_of, pattern, name, label):
    assert list_faces(source_of(name), "pattern", pattern=pattern) == [Listed(name, **label)]


def test_patterns_are_taken_from_the_command_line_as_docs_show_it(source_of):
    source = source_of("15/111/638660-1.jpg", "31_f.jpg")
    assert list_faces(source, **documented("afad"))[0] == Listed("15/111/638660-1.jpg", 15.0, "male")
    assert list_faces(source, **documented("photos"))[1] == Listed("31_f.jpg", 31.0, "female")


def test_the_shortest_end_of_a_path_that_matches_counts(source_of):
    source = source_of("5/a/7/b.jpg")
    assert rows(source, "pattern", pattern="(?P<age>[0-9]+)/.*") == [("5/a/7/b.jpg", 7.0)]


def test_a_photo_that_does_not_match_is_listed(source_of):
    source = source_of("001A02.JPG", "holiday.jpg", "points/001a02.pts")
    assert rows(source, "pattern", pattern="fg-net") == [
        ("001A02.JPG", 2.0),
        ("holiday.jpg", "path does not match data.pattern: expected such as 010A07b.JPG"),
    ]
    assert rows(source, "pattern", pattern="[0-9]+A(?P<age>[0-9]+).*") == [
        ("001A02.JPG", 2.0),
        ("holiday.jpg", "path does not match data.pattern"),
    ]


def test_an_age_that_is_none_is_a_problem(source_of):
    source = source_of("x_f.jpg", "7_f.jpg", "_f.jpg")
    assert rows(source, "pattern", pattern="(?P<age>.*)_(?P<gender>[mf])[.]jpg") == [
        ("7_f.jpg", 7.0),
        ("_f.jpg", "no age: ''"),
        ("x_f.jpg", "age is no number: 'x'"),
    ]


def test_a_path_far_longer_than_any_folder_has_is_not_tried():
    assert SHIPPED["fg-net"].match("x/" * 500 + "001A02.JPG") is None
    assert SHIPPED["fg-net"].match("x/" * 400 + "001A02.JPG") is not None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (
            "(?P<age>[0-9]+",
            r"data\.pattern is neither a regular expression \(missing \), .*\) nor one of utkface, fg-net,",
        ),
        (
            "fgnet",
            r"data\.pattern has no group age or gender, nor is it one of utkface, fg-net, agedb, afad, morph: fgnet",
        ),
        (
            "(?P<age>.{99999999999})",
            r"data\.pattern is neither a regular expression \(the repetition number is too large",
        ),
        ("([0-9]+)_.*", r"data\.pattern has no group age or gender"),
        ("(?P<subject>[0-9]+)_.*", r"data\.pattern has no group age or gender"),
        (
            "(?P<age>[0-9]+)_(?P<sex>[mf])",
            r"data\.pattern has the groups sex, expected of age, gender, ethnicity, subject,",
        ),
    ],
)
def test_a_pattern_that_says_too_little_is_an_error_with_the_remedy(source_of, pattern, message):
    with pytest.raises(AgelineError, match=message):
        rows(source_of("7.jpg"), "pattern", pattern=pattern)


def test_a_pattern_that_nothing_matches_does_not_fit(source_of):
    with pytest.raises(AgelineError, match=r"pattern: photos named as 010A07b\.JPG\. Of 2 photos 0 are\.\nSeen: .*\.$"):
        rows(source_of("a.jpg", "b.jpg"), "pattern", pattern="fg-net")


@pytest.mark.parametrize("name", ["fg-net", "agedb", "afad", "morph"])
def test_where_no_layout_fits_a_shipped_pattern_that_does_is_named(source_of, name):
    source = source_of(SHIPPED[name].example, "holiday.jpg")
    with pytest.raises(AgelineError, match=f"\n1 of 2 photos are named as in {name}: set data.layout to pattern and"):
        rows(source)


def test_a_shipped_pattern_that_few_names_match_is_not_named(source_of):
    with pytest.raises(
        AgelineError, match=r"\nOthers are described by the layouts pattern and table, see docs/data\.md\.$"
    ):
        rows(source_of("001A02.JPG", "holiday.jpg", "dog.jpg"))


def test_folders_of_genders_whose_names_begin_with_an_age_give_both_as_docs_say(source_of):
    source = source_of("female/31_anna.jpg", "male/c.jpg", "photos/male/7_b.jpg")
    assert list_faces(source, **documented("genders")) == [
        Listed("female/31_anna.jpg", 31.0, "female"),
        Listed("male/c.jpg", problem=Problem("path does not match data.pattern")),
        Listed("photos/male/7_b.jpg", 7.0, "male"),
    ]
