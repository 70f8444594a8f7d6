"""How a photo, or a face in it, is brought to the size that a model takes.

| crop | keeps | adds |
|---|---|---|
| `whole` | all of the photo | black bars where its shape differs |
| `center` | the largest middle part | nothing |
| `stretch` | all of the photo, its shape changed | nothing |
| `crop_box` | a face and `MARGIN` around it | black where that is outside of the photo |
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

# A photo over three times the size asked for is first averaged in whole blocks: fast, and hardly to be told apart.
REDUCING_GAP = 3.0
MARGIN = 0.4  # of a box's own width on its left and right, of its height above and below: as APPA-REAL's crops have

PlainCrop = Literal["whole", "center", "stretch"]


class Box(NamedTuple):
    """A face in an upright photo, in pixels from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


def crop_whole(photo: Image.Image, height_width: tuple[int, int]) -> Image.Image:
    height, width = height_width
    scale = min(width / photo.width, height / photo.height)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    resized = photo.resize(size, Image.Resampling.BICUBIC, reducing_gap=REDUCING_GAP)
    if size == (width, height):
        return resized
    face = Image.new("RGB", (width, height), "black")
    face.paste(resized, ((width - size[0]) // 2, (height - size[1]) // 2))
    return face


def crop_center(photo: Image.Image, height_width: tuple[int, int]) -> Image.Image:
    height, width = height_width
    scale = max(width / photo.width, height / photo.height)
    left, top = max(0.0, (photo.width - width / scale) / 2), max(0.0, (photo.height - height / scale) / 2)
    box = (left, top, photo.width - left, photo.height - top)
    return photo.resize((width, height), Image.Resampling.BICUBIC, box, REDUCING_GAP)


def stretch(photo: Image.Image, height_width: tuple[int, int]) -> Image.Image:
    height, width = height_width
    return photo.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=REDUCING_GAP)


CROPS = {"whole": crop_whole, "center": crop_center, "stretch": stretch}


def crop_box(photo: Image.Image, box: Box, height_width: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A face with a margin around it: uint8 `[height, width, 3]`.

    The part of the photo that is cut has the box's middle and is `1 + 2 * MARGIN` times as wide and as high as the box;
    then whichever side is too short for the shape asked for is extended on both ends. What is outside of the photo is
    black.

    Args:
        photo: upright RGB.
        box: of a face in it.
        height_width: asked for, in pixels.
    """
    height, width = height_width
    scale = min(width / box.width, height / box.height) / (1 + 2 * MARGIN)  # pixels asked for, per pixel of the photo
    left, right, columns = _cut(box.left + box.width / 2, width, scale, photo.width)
    top, bottom, rows = _cut(box.top + box.height / 2, height, scale, photo.height)
    face = Image.new("RGB", (width, height), "black")
    if columns and rows:
        size, part = (len(columns), len(rows)), (left, top, right, bottom)
        face.paste(photo.resize(size, Image.Resampling.BICUBIC, part, REDUCING_GAP), (columns[0], rows[0]))
    return np.array(face)


def _cut(middle: float, size: int, scale: float, photo_size: int) -> tuple[float, float, range]:
    """Along one side: from where to where of the photo is cut, and which of the `size` pixels asked for that fills."""
    start = middle - size / scale / 2
    filled = range(max(0, round(-start * scale)), min(size, round((photo_size - start) * scale)))
    return max(0.0, start + filled.start / scale), min(float(photo_size), start + filled.stop / scale), filled
