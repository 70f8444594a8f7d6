"""`ageline score`, as one types it. A score draws a dozen figures, which takes a second or two, so few are made."""

import contextlib
import hashlib
import io
import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ageline.cli import main
from ageline.errors import AgelineError
from ageline.params import load_params
from ageline.score_command import _COLUMNS
from ageline.scoring.systems import NAMES
from ageline.scoring.systems.settings import SHIPPED, choose_settings
from ageline.system_score import check_out

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


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A score of the four faces and of two on which the system fails: its folder, and what was printed."""
    folder, printed = tmp_path_factory.mktemp("failing"), io.StringIO()
    (folder / "vendor.csv").write_text(FOUR + "e.jpg,50,\nf.jpg,60,nan\n")
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        assert main(["score", "vendor.csv", "--out", "out"]) == 0
    return folder / "out", printed.getvalue().splitlines()


def metrics_in(folder):
    return json.loads(Path(folder, "metrics.json").read_text())


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def tree(folder):
    return {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def faces_of(number, split):
    """Rows of faces of 10 to 69 years: every third taken for two years older, every third for a year younger."""
    return "".join(f"{split}{n}.jpg,{split},{10 + n % 60},{10 + n % 60 + (2, 0, -1)[n % 3]}\n" for n in range(number))


def write_result(folder):
    """A folder as a score leaves it, as far as names go."""
    for name in ("metrics.json", "predictions.csv", "index.html", "tables/by_age.csv", "figures/till.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_the_metrics_of_four_faces_and_two_failures(failing):
    folder, printed = failing
    assert names_in(folder) == RESULTS
    measured = metrics_in(folder)
    # Errors of 2, 0, -3 and 1 year: 6 / 4; (4 + 0 + 9 + 1) / 4, rooted; 0; all within 5; and each in a bin of its own.
    expected = {"mae": 1.5, "macro_mae": 1.5, "rmse": 1.8708, "bias": 0.0, "cs5": 1.0, "n_test": 4, "n_failed": 2}
    assert {name: measured[name] for name in expected} == expected
    assert not {"coverage", "threshold"} & measured.keys()
    assert printed[: len(measured)] == [f"{name} {value}" for name, value in measured.items()]


def test_what_the_metrics_leave_out_is_said(failing):
    folder, printed = failing
    *notes, params, report = printed[len(metrics_in(folder)) :]
    assert [note[:21] for note in notes[:3]] == [
        "2 of 6 faces got no a", "The mae has no interv", "The predictions carry",
    ]  # fmt: skip
    assert all(note.endswith(".") for note in notes)
    assert notes[2].endswith("Give either (with `ageline score`, see --low and --high, or --split and --calibrate).")
    assert params == "params: evaluate as shipped, with minor_pass 0.02, for there is no params.yaml here"
    assert report == "report: out/index.html"


def test_what_is_written_says_what_was_read(failing):
    folder, _ = failing
    written = pd.read_csv(folder / "predictions.csv")
    assert written[["face_id", "true", "predicted"]].to_numpy().tolist() == [
        ["a.jpg", 10, 12], ["b.jpg", 20, 20], ["c.jpg", 30, 27], ["d.jpg", 40, 41],
    ]  # fmt: skip
    by_age = pd.read_csv(folder / "tables/by_age.csv").set_index("age_bin")
    assert by_age.loc["25-34", ["n", "mae", "bias"]].tolist() == [1, 3, -3]
    assert by_age.loc["70+", "n"] == 0
    assert {"predicted_against_true.png", "till.png"} <= set(names_in(folder / "figures"))
    assert not {"suspects.csv", "references.csv"} & set(names_in(folder / "tables"))
    assert "vendor.csv" in (folder / "index.html").read_text()


def test_splits_score_calibrate_and_count(score):
    Path("faces.csv").write_text(
        "file,fold,age,predicted\n"
        + faces_of(120, "test")
        + faces_of(600, "valid")
        + faces_of(180, "train")
        + "".join(f"failed{n}.jpg,train,30,\n" for n in range(17))
    )
    status, printed, _ = score("faces.csv")
    assert status == 0
    measured = metrics_in("out")
    assert (measured["n_test"], measured["mae"]) == (120, 1.0)  # (2 + 0 + 1) / 3
    # A third of the validation errors are 2 years, so intervals of 90% reach as far, and no test face errs by more.
    assert measured["coverage"] == 1.0
    assert "threshold" in measured
    assert {"till.csv", "by_shot.csv", "coverage_by_age.csv"} <= set(names_in("out/tables"))
    # There are 3 training faces of each age; at 30 there are 17 more, on which the system failed, for 2 test faces.
    assert pd.read_csv("out/tables/by_shot.csv").set_index("shot").n.to_dict() == {"many": 0, "medium": 2, "few": 118}
    assert "No split calibrates" not in printed


def test_the_order_of_rows_changes_no_byte_but_the_hash_of_the_file(score):
    header, *rows = ["file,fold,age,predicted", *faces_of(30, "dev").splitlines(), *faces_of(60, "b").splitlines()]
    Path("faces.csv").write_text("\n".join([header, *rows]))
    assert score("faces.csv", "--test", "dev", "--calibrate", "b")[0] == 0
    before = tree("out")
    assert (metrics_in("out")["n_test"], "coverage" in metrics_in("out")) == (30, True)
    first = hashlib.sha256(Path("faces.csv").read_bytes()).hexdigest()[:16].encode()
    Path("faces.csv").write_text("\n".join([header, *reversed(rows)]))
    second = hashlib.sha256(Path("faces.csv").read_bytes()).hexdigest()[:16].encode()
    score("faces.csv", "--test", "dev", "--calibrate", "b")
    after = tree("out")
    assert after["out/index.html"] != before["out/index.html"]
    assert {name: data.replace(second, first) for name, data in after.items()} == before
    assert not list(Path().glob(".partial*"))


def test_intervals_columns_and_params_are_taken_as_given(score, make_params):
    params = make_params({"evaluate.age_bins": [0, 30]})
    Path("params.yaml").write_text(yaml.safe_dump(json.loads(params.model_dump_json())))
    rows = ["a,10,99,12,9,13", "b,20,99,20,19,21", "c,30,99,27,25,29", "d,40,99,41,40,45"]
    Path("faces.csv").write_text("\n".join(["photo,real,age,vendor,low,high", *rows]))
    status, printed, _ = score("faces.csv", "--true", "real", "--predicted", "vendor", "--file", "photo")
    assert status == 0
    assert "params: evaluate of params.yaml\n" in printed
    # 30 is not from 25 to 29; widths of 4, 2, 4 and 5.
    measured = metrics_in("out")
    assert (measured["mae"], measured["coverage"], measured["width"]) == (1.5, 0.75, 3.75)
    assert list(pd.read_csv("out/predictions.csv").face_id) == ["a", "b", "c", "d"]
    assert list(pd.read_csv("out/tables/by_age.csv").age_bin) == ["0-29", "30+"]


def test_people_on_the_same_photos_for_reference(score):
    rows = [f"{number:06}.jpg,{20 + number % 40},{21 + number % 40}" for number in range(5613, 5713)]
    Path("faces.csv").write_text("\n".join(["file_name,real_age,predicted", *rows]))
    assert score("faces.csv", "--reference", "appa-real")[0] == 0
    assert "references.csv" in names_in("out/tables")


def test_there_is_a_flag_for_every_column():
    assert set(_COLUMNS) == set(NAMES)


def test_without_params_what_is_shipped_holds():
    evaluate = load_params(Path(__file__).parent.parent / "params.yaml").evaluate
    assert evaluate.model_copy(update={"minor_pass": 0.02}) == SHIPPED


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ("model: {layers: 3}", "params.yaml here has no section evaluate"),
        ("", "params.yaml here has no section evaluate"),
        ("[1, 2]", "params.yaml here has no section evaluate"),
        ("evaluate: null", "params.yaml here has no section evaluate"),
        ("evaluate: {metric: auc}", "the section evaluate of params.yaml here has none of its keys"),
    ],
)
def test_the_params_of_another_project_are_none(params, reason):
    Path("params.yaml").write_text(params)
    settings = choose_settings()
    assert settings.evaluate == SHIPPED
    assert settings.origin == f"evaluate as shipped, with minor_pass 0.02, for {reason}"


def test_a_few_settings_are_changed_and_the_others_are_as_shipped():
    Path("params.yaml").write_text("model: x\nevaluate:\n  minor_pass: 0.05\n  bootstrap: {samples: 500}\n")
    settings = choose_settings()
    bootstrap = SHIPPED.bootstrap.model_copy(update={"samples": 500})
    assert settings.evaluate == SHIPPED.model_copy(update={"minor_pass": 0.05, "bootstrap": bootstrap})
    assert settings.origin == "bootstrap, minor_pass of evaluate in params.yaml, the others as shipped"
    assert choose_settings("appa-real").evaluate.reference == "appa-real"
    Path("params.yaml").write_text("evaluate: {interval: 0.8}")
    assert choose_settings().origin == (
        "interval of evaluate in params.yaml, the others as shipped, with minor_pass 0.02"
    )


@pytest.mark.parametrize(
    ("evaluate", "message"),
    [
        ("minor_pass: 2", "evaluate.minor_pass: should be less than 1, received 2"),
        ("bootstrap: 5", "evaluate.bootstrap: should be an object, received 5"),
        ("bootstrap: {samples: 2024-01-01}", "evaluate.bootstrap.samples: should be a valid integer"),
        ("{interval: 0.8, intervall: 0.9}", "evaluate.intervall: unknown key. Known in evaluate: epoch, interval,"),
        ("thresholds: [30, 18]", "evaluate.thresholds should be the first and the last of a row, not [30, 18]"),
    ],
)
def test_settings_that_are_not_valid(evaluate, message):
    Path("params.yaml").write_text(f"evaluate:\n  {evaluate}\n")
    with pytest.raises(AgelineError) as raised:
        choose_settings()
    assert f"params.yaml is not valid, nothing was measured:\n  {message}" in str(raised.value)


def test_a_split_that_is_not_there(score):
    Path("faces.csv").write_text("file,fold,age,predicted\n" + faces_of(30, "dev") + faces_of(60, "b"))
    assert score("faces.csv") == (
        2, "", "error: faces.csv has no faces of split test; it has 60 of b, 30 of dev. Name one with --test.\n",
    )  # fmt: skip
    assert not Path("out").exists()


def test_a_file_that_is_not_as_expected_leaves_an_earlier_score(score):
    write_result(Path("out"))
    before = tree("out")
    Path("faces.csv").write_text(FOUR + "e.jpg,old,5\n")
    status, printed, error = score("faces.csv")
    assert (status, printed) == (2, "")
    assert error.startswith("error: faces.csv, row 5 has 'old' in column age, expected the true age in years.")
    assert tree("out") == before


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["thesis.txt"], "out holds thesis.txt, and is replaced whole only where an earlier score wrote all of it. Name"
         " another folder with --out, or move these away."),
        (["metrics.json", "predictions.csv"], "out holds metrics.json, predictions.csv, and is replaced"),
        (["e", "d", "c", "b", "a"], "out holds a, b, c and more, and is replaced"),
    ],
)  # fmt: skip
def test_a_folder_of_other_things_is_left_alone(score, names, message):
    Path("out").mkdir()
    for name in names:
        Path("out", name).write_text("mine")
    status, printed, error = score("faces.csv")
    assert (status, printed) == (2, "")
    assert message in error
    assert tree("out") == {f"out/{name}": b"mine" for name in names}


@pytest.mark.parametrize("name", ["thesis.txt", "tables/mine.xlsx", "figures/photo.jpg", "tables/by_age.csv/mine"])
def test_an_earlier_score_with_something_put_to_it_is_left_alone(score, name):
    write_result(Path("out"))
    if name.endswith("/mine"):
        Path("out", name).parent.unlink()
    Path("out", name).parent.mkdir(exist_ok=True)
    Path("out", name).write_text("mine")
    assert f"out holds {name.removesuffix('/mine')}, and is replaced whole only" in score("faces.csv")[2]


def test_folders_that_may_be_written(here):
    (here / "empty").mkdir()
    write_result(here / "earlier")
    for name in ("empty", "earlier", "new", "new/below"):
        check_out(here / name, here / "faces.csv")


def test_the_predictions_themselves_are_not_replaced(score):
    write_result(Path("out"))
    assert "out/predictions.csv lies in out, which is replaced whole." in score("out/predictions.csv")[2]


def test_the_current_folder_is_not_replaced(here, monkeypatch, score):
    (here / "empty").mkdir()
    monkeypatch.chdir(here / "empty")
    assert "error: . is the current folder or around it" in score("../faces.csv", out=".")[2]


def test_a_link_to_a_folder_stays_one_and_a_name_that_is_no_text_is_shown_with_a_mark(here, score):
    (here / "target").mkdir()
    Path("link").symlink_to("target")
    name = os.fsdecode(b"\xff.csv")
    Path("faces.csv").rename(name)
    assert score(name, out="link")[0] == 0
    assert Path("link").readlink() == Path("target")
    assert names_in("target") == RESULTS
    assert "\N{REPLACEMENT CHARACTER}.csv" in Path("target/index.html").read_text()


def test_links_that_lead_nowhere(here, score):
    Path("link").symlink_to("new")
    assert check_out(here / "link", here / "faces.csv") == here.resolve() / "new"
    Path("circle").symlink_to("circle")
    assert score("faces.csv", out="circle")[2].startswith("error: circle is a link in a circle, expected a folder")
    (here / "empty").mkdir()
    assert score("circle", out="empty")[2] == "error: circle can't be read: Too many levels of symbolic links.\n"


def test_a_name_that_is_too_long_for_a_folder(score):
    error = f"error: {'x' * 300} can't be written: File name too long. Name another --out.\n"
    assert score("faces.csv", out="x" * 300) == (2, "", error)


def test_a_file_in_the_place_of_the_folder(score):
    Path("out").write_text("")
    assert score("faces.csv")[2] == "error: out is a file, expected a folder to write. Name another with --out.\n"


def test_a_file_in_the_place_of_a_folder_around_it(score):
    Path("out").write_text("")
    assert score("faces.csv", out="out/deeper")[2].startswith("error: out can't be written: ")
