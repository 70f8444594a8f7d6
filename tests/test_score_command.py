"""`ageline score`, as one types it."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ageline.cli import main
from ageline.params import load_params
from ageline.score_command import _COLUMNS
from ageline.scoring.systems import NAMES
from ageline.system_score import SHIPPED, check_out

FOUR = "file,age,predicted\na.jpg,10,12\nb.jpg,20,20\nc.jpg,30,27\nd.jpg,40,41\n"
RESULTS = ["figures", "index.html", "metrics.json", "predictions.csv", "tables"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A current folder with the predictions of four faces, and without params.yaml."""
    monkeypatch.chdir(tmp_path)
    Path("faces.csv").write_text(FOUR)
    return tmp_path


@pytest.fixture
def score(capsys):
    """Run the command on flags and give its exit status, and what it prints: (status, stdout, stderr)."""

    def score(*flags, out="out"):
        status = main(["score", *flags, "--out", out])
        return status, *capsys.readouterr()

    return score


def metrics_in(folder):
    return json.loads(Path(folder, "metrics.json").read_text())


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def tree(folder):
    return {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def of_crowd(number, split):
    """Rows of faces of 10 to 69 years, every third of them taken for two years older, every third for one younger."""
    return "".join(f"{split}{n}.jpg,{split},{10 + n % 60},{10 + n % 60 + (2, 0, -1)[n % 3]}\n" for n in range(number))


def test_four_faces(score):
    status, printed, error = score("faces.csv")
    assert (status, error) == (0, "")
    assert names_in("out") == RESULTS
    measured = metrics_in("out")
    # Errors of 2, 0, -3 and 1 year: 6 / 4; (4 + 0 + 9 + 1) / 4, rooted; 0; all within 5. Each has an age bin of its own.
    expected = {"mae": 1.5, "macro_mae": 1.5, "rmse": 1.8708, "bias": 0.0, "cs5": 1.0, "n_test": 4, "n_failed": 0}
    assert {name: measured[name] for name in expected} == expected
    assert "coverage" not in measured
    lines = printed.splitlines()
    assert lines[: len(measured)] == [f"{name} {value}" for name, value in measured.items()]
    assert lines[-2:] == [
        "params: evaluate as shipped, for there is no params.yaml here",
        "report: out/index.html",
    ]
    assert all(line.startswith("note: ") for line in lines[len(measured) : -2])
    assert lines[len(measured) : -2] != []


def test_what_is_written_says_what_was_read(score):
    score("faces.csv")
    written = pd.read_csv("out/predictions.csv")
    assert written[["face_id", "true", "predicted"]].to_numpy().tolist() == [
        ["a.jpg", 10, 12], ["b.jpg", 20, 20], ["c.jpg", 30, 27], ["d.jpg", 40, 41],
    ]  # fmt: skip
    by_age = pd.read_csv("out/tables/by_age.csv").set_index("age_bin")
    assert by_age.loc["25-34", ["n", "mae", "bias"]].tolist() == [1, 3, -3]
    assert by_age.loc["70+", "n"] == 0
    assert "predicted_against_true.png" in names_in("out/figures")
    assert "suspects.csv" not in names_in("out/tables")
    page = Path("out/index.html").read_text()
    assert "faces.csv" in page
    assert '<img src="http' not in page


def test_what_was_written_scores_the_same_again(score):
    score("faces.csv")
    assert score("out/predictions.csv", out="again")[0] == 0
    assert tree("again/tables").values() and metrics_in("again") == metrics_in("out")


def test_a_system_that_fails_on_faces(score):
    Path("faces.csv").write_text(FOUR + "e.jpg,50,\nf.jpg,60,nan\n")
    status, printed, _ = score("faces.csv")
    assert status == 0
    assert (metrics_in("out")["n_test"], metrics_in("out")["n_failed"], metrics_in("out")["mae"]) == (4, 2, 1.5)
    assert "note: 2 of 6 faces got no age" in printed


def test_splits_score_calibrate_and_count(score):
    Path("faces.csv").write_text(
        "file,fold,age,predicted\n" + of_crowd(120, "test") + of_crowd(240, "valid") + of_crowd(180, "train")
    )
    status, printed, _ = score("faces.csv")
    assert status == 0
    measured = metrics_in("out")
    assert (measured["n_test"], measured["mae"]) == (120, 1.0)  # (2 + 0 + 1) / 3
    # Validation errors are at most 2, so intervals of 90% reach 2 years, which every test face is within.
    assert measured["coverage"] == 1.0
    assert "threshold" in measured
    assert {"till.csv", "by_shot.csv", "coverage_by_age.csv"} <= set(names_in("out/tables"))
    assert pd.read_csv("out/tables/by_shot.csv").set_index("shot").n["few"] == 120  # 3 training faces of each age
    assert "split test" in Path("out/index.html").read_text()


def test_another_split_is_scored(score):
    Path("faces.csv").write_text("file,fold,age,predicted\n" + of_crowd(30, "dev") + of_crowd(60, "b"))
    assert score("faces.csv")[::2] == (
        2, "error: faces.csv has no faces of split test; it has 60 of b, 30 of dev. Name one with --test.\n",
    )  # fmt: skip
    assert score("faces.csv", "--test", "dev", "--calibrate", "b")[0] == 0
    assert metrics_in("out")["n_test"] == 30
    assert "coverage" in metrics_in("out")


def test_intervals_of_the_system_are_taken_as_they_are(score):
    rows = ["a,10,12,9,13", "b,20,20,19,21", "c,30,27,25,29", "d,40,41,40,45"]
    Path("faces.csv").write_text("\n".join(["file,age,predicted,low,high", *rows]))
    assert score("faces.csv")[0] == 0
    # 30 is not from 25 to 29; widths of 4, 2, 4 and 5.
    assert (metrics_in("out")["coverage"], metrics_in("out")["width"]) == (0.75, 3.75)


def test_columns_are_named_by_flags(score):
    Path("faces.csv").write_text("photo,real,age,vendor\na.jpg,10,12,14\nb.jpg,20,20,20\n")
    assert score("faces.csv", "--true", "real", "--predicted", "vendor", "--file", "photo")[0] == 0
    assert metrics_in("out")["mae"] == 2.0
    assert list(pd.read_csv("out/predictions.csv").face_id) == ["a.jpg", "b.jpg"]


def test_there_is_a_flag_for_every_column():
    assert set(_COLUMNS) == set(NAMES)


def test_the_order_of_rows_changes_nothing(score):
    Path("faces.csv").write_text("file,fold,age,predicted\n" + of_crowd(30, "test") + of_crowd(60, "val"))
    score("faces.csv")
    header, *rows = Path("faces.csv").read_text().splitlines()
    Path("faces.csv").write_text("\n".join([header, *reversed(rows)]))
    score("faces.csv", out="turned")
    first, second = tree("out"), tree("turned")
    differ = [name for name in first if first[name] != second[name.replace("out", "turned", 1)]]
    assert differ == ["out/index.html"]  # which states the hash of the file


def test_the_same_file_gives_the_same_bytes(score):
    score("faces.csv")
    before = tree("out")
    score("faces.csv")
    assert tree("out") == before
    assert not list(Path().glob(".partial*"))


def test_params_of_the_current_folder_hold(score, make_params):
    params = make_params({"evaluate.age_bins": [0, 30]})
    Path("params.yaml").write_text(yaml.safe_dump(json.loads(params.model_dump_json())))
    assert "params: evaluate of params.yaml\n" in score("faces.csv")[1]
    assert list(pd.read_csv("out/tables/by_age.csv").age_bin) == ["0-29", "30+"]


def test_without_params_what_is_shipped_holds():
    assert load_params(Path(__file__).parent.parent / "params.yaml").evaluate == SHIPPED


def test_people_on_the_same_photos_for_reference(score):
    rows = [f"{number:06}.jpg,{20 + number % 40},{21 + number % 40}" for number in range(5613, 5713)]
    Path("faces.csv").write_text("\n".join(["file_name,real_age,predicted", *rows]))
    assert score("faces.csv", "--reference", "appa-real")[0] == 0
    assert "references.csv" in names_in("out/tables")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda out: (out / "thesis.txt").write_text(""), "out holds thesis.txt, and is replaced whole only where an"
         " earlier score wrote all of it. Name another folder with --out, or move these away."),
        (lambda out: (out / "predictions.csv").write_text(FOUR), "out holds predictions.csv, and is replaced whole only"),
        (lambda out: [(out / name).write_text("") for name in "edcba"], "out holds a, b, c and more, and is replaced"),
    ],
)  # fmt: skip
def test_a_folder_of_other_things_is_left_alone(score, prepare, message):
    Path("out").mkdir()
    prepare(Path("out"))
    before = tree("out")
    status, printed, error = score("faces.csv")
    assert (status, printed) == (2, "")
    assert message in error
    assert tree("out") == before


def test_a_score_with_something_put_beside_it_is_left_alone(score):
    score("faces.csv")
    Path("out/tables/mine.xlsx").write_text("")
    assert "out holds tables/mine.xlsx, and is replaced whole only" in score("faces.csv")[2]


def test_an_empty_folder_is_written(score):
    Path("out").mkdir()
    assert score("faces.csv")[0] == 0
    assert names_in("out") == RESULTS


def test_the_predictions_are_not_replaced(score):
    score("faces.csv")
    assert "out/predictions.csv lies in out, which is replaced whole." in score("out/predictions.csv")[2]


def test_the_current_folder_is_not_replaced(here, monkeypatch, score):
    (here / "empty").mkdir()
    monkeypatch.chdir(here / "empty")
    assert "error: . is the current folder or around it" in score("../faces.csv", out=".")[2]


def test_a_file_in_the_place_of_the_folder(score):
    Path("out").write_text("")
    assert score("faces.csv")[2] == "error: out is a file, expected a folder to write. Name another with --out.\n"
    assert "out/deeper" in score("faces.csv", out="out/deeper")[2]


def test_an_earlier_score_stays_where_the_file_is_not_as_expected(score):
    score("faces.csv")
    before = tree("out")
    Path("faces.csv").write_text(FOUR + "e.jpg,old,5\n")
    assert score("faces.csv")[:2] == (2, "")
    assert tree("out") == before


def test_a_folder_that_is_not_there_yet_may_be_written(here):
    check_out(here / "a" / "b", here / "faces.csv")
