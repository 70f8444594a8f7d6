"""`ageline report`, as one types it."""

import json
from pathlib import Path

import pytest
from repository import Repository

from ageline.cli import main
from ageline.scoring.report import MARKER

PAGE = f"<!doctype html>\n<h1>5.30 years</h1>\n{MARKER}\n<p>Größe</p>\n"
COST = {"seconds": 425.2, "faces_per_second": 80.1, "epochs": 12, "device": "A <Fast> GPU", "peak_memory_mb": 900}


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """A commit with a tag; the report and the cost of training are there and not in git, as after `dvc repro`."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({".gitignore": "/reports/\n/metrics/train/\n", "age.txt": "42\n"})
    project.write("reports/index.html", PAGE)
    project.write("metrics/train/cost.json", json.dumps(COST))
    return project


def report(capsys, *flags):
    status = main(["report", *flags])
    return status, *capsys.readouterr()


def test_a_copy_says_the_revision_and_the_hardware(repository, capsys):
    assert report(capsys) == (0, "reports/stamped.html\n", "")
    page = Path("reports/stamped.html").read_text(encoding="utf-8")
    assert repository.git("rev-parse", "--short", "HEAD") in page
    assert "-dirty" not in page
    assert "A &lt;Fast&gt; GPU" in page
    assert "7 min 5 s, 12 epochs" in page
    assert page.startswith("<!doctype html>\n<h1>5.30 years</h1>\n")
    assert page.endswith("<p>Größe</p>\n")


def test_the_report_itself_stays_as_it_is(repository, capsys):
    report(capsys)
    assert Path("reports/index.html").read_text(encoding="utf-8") == PAGE
    assert repository.git("status", "--porcelain") == ""


def test_a_tag_is_a_name_and_a_change_is_said(repository, capsys):
    repository.git("tag", "--annotate", "v1.0", "--message=First")
    repository.write("age.txt", "43\n")
    report(capsys, "--out", "shown/page.html")
    assert "v1.0-dirty" in Path("shown/page.html").read_text(encoding="utf-8")


def test_a_second_copy_replaces_the_first(repository, capsys):
    report(capsys)
    repository.commit({"age.txt": "43\n"})
    assert report(capsys)[0] == 0
    assert repository.git("rev-parse", "--short", "HEAD") in Path("reports/stamped.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seconds", "epochs", "said"),
    [(0.4, 1, "0 s, 1 epoch<"), (59.6, 2, "1 min 0 s, 2 epochs<"), (3599.6, 3, "1 h 0 min"), (9000, 3, "2 h 30 min")],
)
def test_how_long_training_took(repository, capsys, seconds, epochs, said):
    repository.write("metrics/train/cost.json", json.dumps(COST | {"seconds": seconds, "epochs": epochs}))
    report(capsys)
    assert said in Path("reports/stamped.html").read_text(encoding="utf-8")


def test_hardware_that_is_not_known(capsys):
    Path("metrics/train/cost.json").unlink()
    assert report(capsys) == (
        0,
        "note: metrics/train/cost.json does not exist, so hardware and time are not in it; `dvc pull` or `dvc repro`"
        " brings it.\nreports/stamped.html\n",
        "",
    )
    assert "trained" not in Path("reports/stamped.html").read_text(encoding="utf-8")


def refused(capsys, *flags):
    """The error, where nothing is written."""
    status, printed, error = report(capsys, *flags)
    assert (status, printed) == (2, "")
    assert not Path("reports/stamped.html").exists()
    return error


def test_there_is_no_report(capsys):
    Path("reports/index.html").unlink()
    assert "reports/index.html does not exist" in (error := refused(capsys))
    assert "Run `dvc repro`, which writes it" in error


def test_the_report_is_not_written_over(capsys):
    assert "reports/index.html is what `dvc repro` writes" in refused(capsys, "--out", "./reports/index.html")


def test_a_page_that_is_no_report_or_stamped_already(repository, capsys):
    repository.write("reports/index.html", PAGE.replace(MARKER, ""))
    assert "`dvc repro`" in refused(capsys)


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
def test_damaged_costs(capsys, text):
    Path("metrics/train/cost.json").write_bytes(text.encode(errors="surrogateescape"))
    assert "Run `dvc checkout metrics/train`" in refused(capsys)


def test_a_copy_that_can_not_be_written(capsys):
    assert "age.txt" in refused(capsys, "--out", "age.txt/page.html")


def test_a_folder_without_a_commit(tmp_path, monkeypatch, capsys):
    empty = Repository(tmp_path / "empty", monkeypatch)
    empty.write("reports/index.html", PAGE)
    assert "Commit first" in refused(capsys)


def test_a_folder_outside_of_git(tmp_path, monkeypatch, capsys):
    (tmp_path / "plain/reports").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "plain")
    Path("reports/index.html").write_text(PAGE, encoding="utf-8")
    assert "git finds no repository here" in refused(capsys)


def test_a_folder_is_never_replaced_by_the_copy(repository, capsys):
    repository.write("docs/page.md", "kept")
    for folder in ("docs", "reports", "."):
        status, _, error = report(capsys, "--out", folder)
        assert (status, error) == (
            2, f"error: {folder} is a folder, expected a file for the copy, such as reports/stamped.html.\n",
        )  # fmt: skip
    assert Path("docs/page.md").read_text() == "kept"
    assert Path("reports/index.html").read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize("odd", [None, "abc", -5, True])
def test_a_cost_that_is_none_is_left_out(repository, capsys, odd):
    repository.write("metrics/train/cost.json", json.dumps({"seconds": odd, "device": None}))
    assert report(capsys)[0] == 0
    assert "trained" not in Path("reports/stamped.html").read_text(encoding="utf-8")
