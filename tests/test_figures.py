"""Figures: what they say, and that the same one gives the same bytes."""

import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from ageline.figures import draw_sheet, new_axes, new_panels, save, styled
from ageline.figures.style import percent, write_count, write_reading


def grey_faces(*levels: int, height: int = 2, width: int = 2) -> np.ndarray:
    return np.stack([np.full((height, width, 3), level, np.uint8) for level in levels])


def test_a_figure_says_its_units_its_count_and_its_source():
    figure, axes = new_axes("Faces per age", "age (years)", "faces", faces=1204, note="data/sample (synthetic)")
    assert figure.get_suptitle() == "Faces per age"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age (years)", "faces")
    assert axes.get_title(loc="right") == "n = 1,204 faces"
    assert figure.get_supxlabel() == "data/sample (synthetic)"


def test_one_face_is_no_faces():
    _, (axes,) = new_panels("A title")
    write_count(axes, 1)
    assert axes.get_title(loc="right") == "n = 1 face"


def test_faces_of_one_kind_and_how_to_read_them():
    _, (axes,) = new_panels("A title")
    write_count(axes, 1380, "minor")
    write_reading(axes, "above 0: taken for older")
    assert axes.get_title(loc="right") == "n = 1,380 minors"
    assert axes.get_title(loc="left") == "above 0: taken for older"


def test_a_tick_of_two_and_a_half_percent_says_so():
    assert [percent(share) for share in (0, 0.025, 3 * 0.1, 1)] == ["0%", "2.5%", "30%", "100%"]


def test_the_same_figure_gives_the_same_bytes_and_names_no_software(tmp_path):
    for name in ("first.png", "second.png"):
        figure, axes = new_axes("Faces per age", "age (years)", "faces")
        axes.bar([1, 2], [3, 4])
        save(figure, tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    with Image.open(tmp_path / "first.png") as image:
        assert "Software" not in image.info


def test_a_users_matplotlibrc_changes_nothing(tmp_path):
    save(new_axes("Faces", "x", "y")[0], tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.facecolor": "red"}):
        save(new_axes("Faces", "x", "y")[0], tmp_path / "own.png")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "own.png").read_bytes()


def test_the_style_does_not_outlive_its_block():
    before = matplotlib.rcParams["axes.grid"]
    with styled():
        assert matplotlib.rcParams["axes.grid"] is True
    assert matplotlib.rcParams["axes.grid"] == before


def test_two_dollar_signs_are_no_formula(tmp_path):
    note = r"$\nothing_that_is_tex$"
    save(new_axes(note, "x", "y", note=note)[0], tmp_path / "axes.png")
    save(draw_sheet(grey_faces(9), [note], note, note=note), tmp_path / "sheet.png")
    for name in ("axes.png", "sheet.png"):  # a formula that TeX can't read would have stopped the drawing
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_small_faces_are_enlarged_pixel_for_pixel():
    face = np.array([[[0, 0, 0], [255, 255, 255]], [[255, 0, 0], [0, 0, 255]]], np.uint8)
    sheet = draw_sheet(face[np.newaxis], ["age 3"], "A face")
    pixels = _rendered(sheet)
    colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    exact = {tuple(int(part) for part in color): int(count) for color, count in zip(colors, counts, strict=True)}
    assert exact[255, 0, 0] == exact[0, 0, 255] == 72 * 72  # 2 pixels a side, shown 144 wide


def test_large_faces_are_reduced():
    sheet = draw_sheet(grey_faces(7, height=600, width=300), ["age 3"], "A face")
    assert sheet.images[0].get_array().shape == (150, 75, 3)
    assert (sheet.images[0].get_array() == 7).all()


@pytest.mark.parametrize(("faces", "columns"), [(1, 1), (2, 2), (20, 5), (40, 8)])
def test_a_sheet_fills_its_rows(faces, columns):
    sheet = draw_sheet(grey_faces(*range(faces)), ["age 3"] * faces, "Faces")
    assert len({image.ox for image in sheet.images}) == columns


def test_faces_read_from_left_to_right():
    sheet = draw_sheet(grey_faces(0, 10, 20), ["a", "b", "c"], "Faces")
    assert [image.ox for image in sheet.images] == sorted(image.ox for image in sheet.images)
    assert [text.get_text() for text in sheet.texts[-3:]] == ["a", "b", "c"]


def test_captions_are_wrapped_to_the_width_of_a_face():
    sheet = draw_sheet(grey_faces(9), ["true 63, predicted 31"], "Faces")
    assert sheet.texts[-1].get_text() == "true 63,\npredicted 31"


def test_a_sheet_without_faces_says_so(tmp_path):
    sheet = draw_sheet(np.zeros((0, 8, 8, 3), np.uint8), [], "Rejected faces")
    save(sheet, tmp_path / "empty.png")
    assert sheet.texts[0].get_text() == "Rejected faces: no faces"


def test_a_face_without_a_caption():
    with pytest.raises(ValueError, match="a caption for each face, received 2 and 1"):
        draw_sheet(grey_faces(1, 2), ["age 1"], "Faces")


def _rendered(figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return np.asarray(Image.open(buffer).convert("RGB"))
