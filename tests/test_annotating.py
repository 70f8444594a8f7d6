"""Copies of photos with the answers drawn on them."""

from io import BytesIO
from pathlib import Path

import pytest
from bad_input import TURNED
from photos import BLACK, RED, WHITE, photo
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.problems import Unusable
from ageline.serving.annotating import DARK, LIGHT, annotate, copies_of, draw, label_of
from ageline.serving.photos import Listing

AGE = {"file": "a.jpg", "age": 42.115, "low": 36.2, "high": 48.4}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(photo(RED))


def copies(*given: str, folder: str = "out") -> list[str | None]:
    return copies_of(Listing(given, BytesIO()), Path(folder))


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in image.getcolors(image.width * image.height)}


def test_a_label_is_short():
    assert label_of(AGE) == "42 (36-48)"
    assert label_of({"age": 42.115}) == "42"
    assert label_of({"gender": "female", "probability": 0.976}) == "female 98%"


def test_copies_lie_as_their_photos_did():
    make("f/a.jpg", "f/deep/b.JPEG", "f/c.webp", "g/d", "h.png")
    assert copies("f", "g/d", "h.png") == ["out/a.jpg", "out/c.png", "out/deep/b.JPEG", "out/d.png", "out/h.png"]


def test_no_copy_replaces_another():
    make("f/a.jpg", "g/a.jpg", "g/A.jpg", "g/a.png", "g/a.gif")
    assert copies("f", "g") == ["out/a.jpg", "out/A-2.jpg", "out/a.png", "out/a-3.jpg", "out/a-2.png"]


def test_no_copy_replaces_a_photo():
    make("a.jpg", "out/b.jpg")
    with pytest.raises(AgelineError, match=r"--annotate \. would replace the photo a\.jpg by its copy"):
        copies("a.jpg", folder=".")
    with pytest.raises(AgelineError, match=r"--annotate out would replace the photo out/b\.jpg"):
        copies("a.jpg", "out/b.jpg")


def test_no_copy_has_the_name_of_a_folder_of_copies():
    make("a/x.jpg/1.jpg", "b/X.jpg")
    assert copies("a", "b") == ["out/x.jpg/1.jpg", "out/X-2.jpg"]
    assert copies("b", "a") == ["out/X-2.jpg", "out/x.jpg/1.jpg"]


def test_a_folder_is_never_replaced_by_a_copy():
    make("a.jpg", "out/a.jpg/precious.jpg")
    with pytest.raises(IsADirectoryError):
        annotate("a.jpg", AGE, Path("out/a.jpg"))
    assert Path("out/a.jpg/precious.jpg").exists()


def test_what_can_not_be_looked_at_has_no_copy(tmp_path):
    make("a.jpg")
    Path("bare").mkdir()
    assert copies("", str(tmp_path / "missing.jpg"), "bare", "a.jpg") == [None, None, None, "out/a.jpg"]


def test_names_as_long_as_the_system_takes_have_shorter_copies():
    long = ["ä" * 125 + ".jpg", "b" * 255, "b" * 254 + "c"]
    make(*long)
    assert copies(*long) == [
        "out/" + "ä" * 108 + ".jpg",
        "out/" + "b" * 216 + ".png",
        "out/" + "b" * 216 + "-2.png",
    ]
    annotate(long[0], AGE, Path("out/" + "ä" * 108 + ".jpg"))


@pytest.mark.parametrize("folder", ["f", "f/out", "./f/../f/out"])
def test_copies_are_not_put_where_photos_are_looked_for(folder):
    make("f/a.jpg")
    with pytest.raises(AgelineError, match="lies in f, whose photos are asked for"):
        copies("f", folder=folder)


@pytest.mark.parametrize("ground", [WHITE, BLACK, RED])
@pytest.mark.parametrize("size", [(8, 8), (64, 64), (8, 900), (900, 8), (1600, 1200)])
def test_labels_show_on_any_ground_and_at_any_size(ground, size):
    drawn = draw(Image.new("RGB", size, ground), AGE)
    assert {DARK, LIGHT} <= colours(drawn)
    assert drawn.width % size[0] == drawn.height % size[1] == 0
    assert drawn.width >= 200 or size == (8, 900)


@pytest.mark.parametrize("ground", [WHITE, BLACK])
def test_boxes_show_on_any_ground(ground):
    entry = {
        "faces": [{"box": [100.0, 100.0, 80.0, 80.0], "age": 42.0}, {"box": [300.0, 100.0, 80.0, 80.0], "age": 7.0}]
    }
    drawn = draw(Image.new("RGB", (400, 300), ground), entry)
    for left in (100, 300):
        assert drawn.getpixel((left, 140)) == LIGHT
        assert drawn.getpixel((left - 1, 140)) == drawn.getpixel((left + 1, 140)) == DARK
    assert drawn.getpixel((140, 140)) == ground


def test_a_box_grows_with_a_photo_that_is_enlarged():
    drawn = draw(Image.new("RGB", (50, 50), WHITE), {"box": [10.0, 20.0, 20.0, 20.0], "age": 42.0})
    assert drawn.size == (200, 200)
    assert drawn.getpixel((40, 120)) == LIGHT
    assert drawn.getpixel((39, 120)) == DARK


def test_a_copy_is_upright_and_without_the_photos_metadata():
    turned = Image.new("RGB", (300, 300), BLACK)
    turned.paste(WHITE, (0, 0, 300, 30))
    turned.save("a.jpg", exif=b"Exif\0\0" + TURNED)
    annotate("a.jpg", AGE, Path("out/deep/a.jpg"))
    with Image.open("out/deep/a.jpg") as copy:
        assert (copy.format, copy.size, dict(copy.getexif())) == ("JPEG", (300, 300), {})
        assert copy.getpixel((150, 5))[0] < 10
        assert copy.getpixel((290, 295))[0] > 245


def test_what_is_no_jpeg_becomes_a_png():
    Path("a.webp").write_bytes(photo(RED, (300, 300), "WEBP", lossless=True))
    annotate("a.webp", AGE, Path("out/a.png"))
    with Image.open("out/a.png") as copy:
        assert (copy.format, copy.getpixel((250, 10))) == ("PNG", RED)


def test_a_photo_that_is_gone_by_now():
    with pytest.raises(Unusable, match="no such file"):
        annotate("nosuch.jpg", AGE, Path("out/nosuch.jpg"))
    assert not Path("out").exists()
