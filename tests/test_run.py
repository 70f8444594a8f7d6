"""A run over photos, stopped and gone on with: a photo's age is half its brightness."""

import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from photos import photo
from tiny_onnx import INTERVAL, write_model

from ageline.errors import AgelineError
from ageline.serving.photos import Listing
from ageline.serving.predictor import Predictor
from ageline.serving.run import Outcome, Run, perform
from ageline.serving.way import choose_way


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_model(Path("models"))


def gray(name: str, brightness: int) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(photo((brightness,) * 3, (200, 200)))
    return name


def run(
    *given: str,
    out: str = "out.json",
    annotate: str | None = "drawn",
    resume: bool = False,
    advance=lambda _: None,
) -> Outcome:
    predictor = Predictor.load(Path("models"), "float32")
    folder = None if annotate is None else Path(annotate)
    listing = Listing(given, BytesIO())
    way = choose_way(predictor.card, None, None, None)
    return perform(Run(listing, way, Path(out), folder, resume), predictor, advance)


def stopped(*given: str, at_first=lambda: None, **options) -> None:
    """A run that is interrupted when its photos are done and before its file is written."""

    def advance(done: int) -> None:
        if done:
            raise KeyboardInterrupt
        at_first()

    with pytest.raises(KeyboardInterrupt):
        run(*given, advance=advance, **options)


def said(*keys: str) -> list[list]:
    return [[entry.get(key) for key in keys] for entry in json.loads(Path("out.json").read_text())["photos"]]


def names_here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("resume", [False, True])
def test_copies_go_into_a_folder_that_is_new_or_empty(resume):
    gray("a.png", 100), gray("other/a.png", 7), Path("empty").mkdir()
    kept = Path("other/a.png").read_bytes()
    with pytest.raises(AgelineError, match=r"--annotate other is not empty, .* Name a new folder"):
        run("a.png", annotate="other", resume=resume)
    assert Path("other/a.png").read_bytes() == kept
    assert names_here() == ["a.png", "empty", "models", "other"]
    run("a.png", annotate="empty", resume=resume)
    assert said("annotated") == [["empty/a.png"]]


def test_a_journal_that_is_not_begun_does_not_open_a_folder_with_files():
    gray("a.png", 100), gray("other/a.png", 7)
    Path(".out.json.journal").touch()
    with pytest.raises(AgelineError, match="--annotate other is not empty"):
        run("a.png", annotate="other", resume=True)


def test_a_run_goes_on_with_its_copies():
    stopped(gray("a.png", 100))
    drawn = Path("drawn/a.png").stat().st_mtime_ns
    assert run("a.png", gray("b.png", 20), resume=True).taken_up == 1
    assert said("age", "annotated") == [[50.0, "drawn/a.png"], [10.0, "drawn/b.png"]]
    assert Path("drawn/a.png").stat().st_mtime_ns == drawn


def test_the_file_may_lie_among_the_copies(tmp_path):
    run(gray("a.png", 100), out=str(tmp_path / "drawn/out.json"))
    assert sorted(path.name for path in Path("drawn").iterdir()) == ["a.png", "out.json"]


def test_a_copy_that_is_gone_is_drawn_again():
    stopped(gray("a.png", 100), gray("b.png", 20))
    Path("drawn/a.png").unlink()
    assert run("a.png", "b.png", resume=True).taken_up == 1
    assert Path("drawn/a.png").exists()


def test_a_copy_that_could_not_be_written_is_drawn_when_the_run_goes_on():
    stopped(gray("a.png", 100), at_first=Path("drawn/a.png").mkdir)
    Path("drawn/a.png").rmdir()
    assert run("a.png", resume=True).errors == 0
    assert said("age", "annotated", "error") == [[50.0, "drawn/a.png", None]]


def test_a_copy_that_can_not_be_written_is_an_error_beside_the_answer():
    run(gray("a.png", 100), gray("b.png", 20), advance=lambda done: done or Path("drawn/a.png").mkdir())
    assert said("age", "annotated", "error") == [
        [50.0, None, "no annotated copy: Is a directory"],
        [10.0, "drawn/b.png", None],
    ]


def test_copies_are_drawn_again_where_another_order_gives_them_other_names():
    stopped(gray("a/x.png", 100), gray("b/x.png", 20))
    run("b/x.png", "a/x.png", resume=True)
    assert said("file", "annotated") == [["b/x.png", "drawn/x.png"], ["a/x.png", "drawn/x-2.png"]]
    assert Path("drawn/x.png").read_bytes() != Path("drawn/x-2.png").read_bytes()
    stopped("b/x.png", annotate="anew", out="other.json")
    assert Path("drawn/x.png").read_bytes() == Path("anew/x.png").read_bytes()


def test_a_copy_whose_name_went_to_another_photo_is_drawn_again():
    stopped(gray("a/x.png", 100), gray("b/x.png", 20))
    stopped("b/x.png", resume=True)
    stopped("a/x.png", annotate="anew", out="other.json")
    run("a/x.png", "b/x.png", resume=True)
    assert said("file", "annotated") == [["a/x.png", "drawn/x.png"], ["b/x.png", "drawn/x-2.png"]]
    assert Path("drawn/x.png").read_bytes() == Path("anew/x.png").read_bytes()


def test_an_error_without_a_copy_is_not_asked_for_one():
    Path("bad.png").touch()
    stopped("bad.png")
    assert run("bad.png", resume=True).taken_up == 1


def test_half_a_copy_is_removed_when_the_run_goes_on():
    stopped(gray("f/deep/a.png", 100), "f")
    Path("drawn/.partial-0a1b2c3d-a.png").touch()
    Path("drawn/deep").mkdir()
    Path("drawn/deep/.partial-0a1b2c3d-b.png").touch()
    run("f/deep/a.png", "f", resume=True)
    assert sorted(map(str, Path("drawn").rglob("*"))) == ["drawn/a.png", "drawn/deep"]


def test_intervals_of_two_cards_are_not_mixed():
    stopped(gray("a.png", 100), annotate=None)
    write_model(Path("models"), interval=INTERVAL | {"reach_of_bins": (1.0, 1.0, 1.0)})
    with pytest.raises(AgelineError, match=r"the answers would be of two kinds: model\.json was "):
        run("a.png", annotate=None, resume=True)


def test_what_of_a_card_is_not_in_the_answers_stops_no_run():
    stopped(gray("a.png", 100), annotate=None)
    write_model(Path("models"), threshold=30, metrics={"mae": 4.1})
    assert run("a.png", annotate=None, resume=True).taken_up == 1


def test_a_photo_that_is_not_there_takes_no_copy_and_stops_nothing(tmp_path):
    Path("bare").mkdir()
    run(gray("a.png", 100), str(tmp_path / "missing.jpg"), "", "bare")
    assert said("annotated") == [["drawn/a.png"], [None], [None], [None]]


def test_a_folder_that_can_not_take_copies_is_refused_before_any_work():
    gray("a.png", 100), Path("taken").touch()
    for folder in ("taken", "taken/deep"):
        with pytest.raises(
            AgelineError, match=rf"--annotate {folder} can't take copies: (File exists|Not a directory)"
        ):
            run("a.png", annotate=folder)
    assert names_here() == ["a.png", "models", "taken"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_closed_folder_is_refused_before_any_work():
    gray("a.png", 100), Path("closed").mkdir(0o500)
    with pytest.raises(AgelineError, match="--annotate closed can't take copies: Permission denied"):
        run("a.png", annotate="closed")
