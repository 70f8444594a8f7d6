"""Whatever lies in a source, a layout lists every photo or says in one error why it can't."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import describe

from ageline.errors import AgelineError
from ageline.faces.image import SUFFIXES
from ageline.faces.layouts import LAYOUTS, find_layout
from ageline.faces.layouts.pattern import SHIPPED
from ageline.faces.problems import Problem
from ageline.faces.sources import Source

LABELLINGS = [
    *(describe(layout) for layout in ("auto", *LAYOUTS)),
    *(describe("pattern", pattern=name) for name in SHIPPED),
    describe("pattern", pattern="(?P<split>.*)/(?P<age>.*)[.](?P<gender>.)pg"),
    describe("table", columns=("file=file", "age=age", "gender=gender", "split=split")),
    describe("table", columns=("file={table}/{file_name}", "age=real_age", "subject={gender}{fold}")),
]

PLAIN = [
    *("a.jpg", "train/a.jpg", "train/000000.jpg", "25/female/a.jpg", "15/111/1-0.jpg", "009055_1M54.JPG", "001A02.JPG"),
    *("7_1_0_20170110183726390.jpg", "7_1_20170110183726390.jpg", "4_A_7_f.png"),
]
FOLDERS = st.sampled_from(["train", "valid", "female", "MEN", "015", "a b", "ä\n", "..", "\x00"])
PATHS = st.sampled_from(PLAIN) | st.builds(
    lambda folders, name: "/".join([*folders, name]), st.lists(FOLDERS, max_size=3), st.sampled_from(PLAIN)
)
USUAL = st.sampled_from([set(), {"a.jpg", "train/000000.jpg"}])
ODD = st.sampled_from(["", "nan", '"', "\x00", "../a.jpg", "9" * 400]) | st.text(max_size=5)
ROWS = st.tuples(
    st.sampled_from(["a.jpg", "000000.jpg"]) | ODD,
    st.sampled_from(["31", "-1", "31,5", "(25, 32)", "9-March"]) | ODD,
    st.sampled_from(["F", "male", "0"]) | ODD,
    st.sampled_from(["train", "test"]) | ODD,
)
HEADERS = st.sampled_from(
    ["file,age,gender,split", "file_name,real_age,gender,fold", "file_name,real_age,gender,fold", "file,gender"]
)
TEXTS = st.builds(
    lambda header, rows: "\r\n".join([header, *map(",".join, rows)]), HEADERS, st.lists(ROWS, min_size=1, max_size=4)
)
BYTES = st.builds(
    lambda text, codec, end: text.encode(codec, "replace")[:end],
    TEXTS,
    st.sampled_from(["utf-8-sig", "utf-16"]),
    st.sampled_from([None, None, None, 30, 31]),
)
TABLES = st.sampled_from(["train_labels.csv", "gt_avg_train.csv", "x/val.tsv", "allcategories_train.csv"])


@dataclass
class InMemory:
    data: bytes

    def read(self) -> bytes:
        return self.data


@pytest.mark.parametrize("data", LABELLINGS, ids=lambda data: f"{data.layout} {data.pattern or ''}".strip())
@given(
    photos=st.builds(set.union, st.sets(PATHS, min_size=1, max_size=4), USUAL),
    tables=st.dictionaries(TABLES, BYTES, min_size=1, max_size=2),
    refused=st.sets(PATHS, max_size=2),
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_every_photo_is_listed_or_the_error_is_one_to_read(data, photos, tables, refused):
    files = {name: InMemory(b"") for name in photos} | {name: InMemory(text) for name, text in tables.items()}
    source = Source(Path("raw"), files, dict.fromkeys(refused, Problem("link leaves the source")))
    with contextlib.suppress(AgelineError):
        listed = find_layout(source.ordered(), data).list_faces(source.ordered())
        assert {name for name in photos if Path(name).suffix.lower() in SUFFIXES} <= {face.source for face in listed}
        usable = [face.source for face in listed if face.problem is None]
        assert len(usable) == len(set(usable))
        assert set(usable) <= photos
        assert {face.split for face in listed} <= {None, "train", "val", "test"}
        assert {face.gender for face in listed} <= {None, "male", "female"}
