"""ingest.max_faces: a part of the photos, for quick tries."""

import json

import pandas as pd
import pytest
from outs import AUTO, outs_below
from photos import noise

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.layouts import Listed
from ageline.faces.outcome import tabulate
from ageline.faces.problems import Problem
from ageline.faces.scheduling import Serial


@pytest.fixture
def params(make_params):
    def make(**changes):
        small = {"image_size": 8, "split.fractions": [0.4, 0.3, 0.3]} | changes
        return make_params({f"ingest.{key}": value for key, value in small.items()}).ingest

    return make


@pytest.fixture
def picked(params):
    """The sources that are picked of some that are listed."""

    def picked(listed, number, target="age"):
        photos = tabulate(listed, target, params(max_faces=number))
        assert set(photos.reason) <= {"", "beyond max_faces", "no age", "broken"}
        return set(photos.source[photos.reason == ""])

    return picked


@pytest.fixture
def run(tmp_path, params, monkeypatch):
    """Ingest twenty photos, some broken, and give the folder of the report."""

    def run(broken=(), **changes):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "raw").mkdir(exist_ok=True)
        for number in range(20):
            (tmp_path / f"raw/{number:02}.png").write_bytes(b"" if number in broken else noise(number))
        (tmp_path / "raw/labels.csv").write_text("\n".join(["file,age", *(f"{n:02}.png,{20 + n}" for n in range(20))]))
        ingest("raw", AUTO, params(**changes), outs_below(tmp_path / "out"), "splits", Serial())
        return tmp_path / "out/report"

    return run


LISTED = [Listed(f"{number}.jpg", 30.0) for number in range(1000)]


def test_many_include_the_few(picked):
    few, many = picked(LISTED, 100), picked(LISTED, 300)
    assert (len(few), len(many), len(picked(LISTED, 1000)), len(picked(LISTED, 5000))) == (100, 300, 1000, 1000)
    assert few < many


def test_photos_that_come_move_few_and_order_moves_none(picked):
    assert picked(LISTED[::-1], 100) == picked(LISTED, 100)
    before, after = picked(LISTED[:900], 100), picked(LISTED, 100)
    assert len(before - after) == len(after - before) < 30
    assert after - before <= {face.source for face in LISTED[900:]}


def test_only_photos_that_are_labelled_usably_are_picked(picked):
    spoilt = [Listed("x.jpg", 30.0, problem=Problem("broken")), Listed("y.jpg", gender="male"), *LISTED[:5]]
    assert picked(spoilt, 5) == {f"{number}.jpg" for number in range(5)}


def test_the_rest_is_rejected_before_it_is_decoded_and_counts_as_listed(run):
    report = run(max_faces=12, max_rejected=0.0)
    counts = json.loads((report / "ingest.json").read_text())
    assert (counts["listed"], counts["accepted"], counts["rejected"]) == (20, 12, 8)
    assert counts["rejected_by_reason"] == {"beyond max_faces": 8}
    table = pd.read_csv(report / "rejected.csv", keep_default_na=False)
    first = sorted(pd.read_csv(run(max_faces=12) / "splits.csv").source)
    assert sorted([*table.source, *first]) == [f"{number:02}.png" for number in range(20)]


def test_what_is_beyond_is_not_read(run):
    accepted = set(pd.read_csv(run(max_faces=12) / "splits.csv").source)
    beyond = [number for number in range(20) if f"{number:02}.png" not in accepted]
    assert json.loads((run(broken=beyond, max_faces=12) / "ingest.json").read_text())["rejected_by_reason"] == {
        "beyond max_faces": 8
    }


def test_broken_photos_count_as_if_all_were_like_those_picked(run):
    accepted = sorted(pd.read_csv(run(max_faces=12) / "splits.csv").source)
    broken = [int(source[:2]) for source in accepted[:3]]
    assert run(broken, max_faces=12, max_rejected=0.25).exists()
    with pytest.raises(AgelineError) as error:
        run(broken, max_faces=12, max_rejected=0.24)
    assert str(error.value).splitlines()[:2] == [
        "3 of 20 photos in raw were rejected and 8 are beyond max_faces; of all it would be about 25.0%; expected at"
        " most 24.0% (ingest.max_rejected):",
        f"  3 empty file, such as {accepted[0]}",
    ]


def test_first_fraction_means_the_first_of_all_that_are_listed(run):
    split = {"protocol": "first-fraction", "fractions": [0.5, 0.25, 0.25], "seed": 1, "file": None}
    folds = pd.read_csv(run(max_faces=15, split=split) / "splits.csv").set_index("source").split
    assert len(folds) == 15
    places = {"test": range(5), "val": range(5, 10), "train": range(10, 20)}
    assert all(int(source[:2]) in places[fold] for source, fold in folds.items())


def test_a_fold_that_is_empty_for_want_of_faces_names_the_cut(run):
    with pytest.raises(AgelineError, match=r"holds none of the 1 faces.*Raise ingest\.max_faces\. Add faces, or raise"):
        run(max_faces=1)
