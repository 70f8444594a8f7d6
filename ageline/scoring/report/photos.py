"""Sheets of faces inside the page: each face a picture of its own above its words, for wide and narrow screens.

A page of seventy faces is a fifth as large with JPEGs as with one PNG of a sheet, and looks the same.
"""

import base64
import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

_QUALITY = 90  # of 100: at fewer, the grain of small faces turns into blocks
_MOST = 8  # times that a sheet enlarges a face

_Pixels = npt.NDArray[np.uint8]


class Photo(NamedTuple):
    """A face: the picture as a data: address, and what is said of it."""

    uri: str
    words: str


class Photos(NamedTuple):
    """The faces of a sheet, row by row, and where they come from."""

    photos: tuple[Photo, ...]
    note: str


def photos_of(figure: Figure) -> Photos:
    """What `ageline.figures.draw_sheet` drew: its title, its note, and the words and the pixels of each face."""
    _, note, *words = (text.get_text() for text in figure.texts)
    pictures = (_uri(_as_stored(np.asarray(image.get_array(), np.uint8))) for image in figure.images)
    photos = (Photo(uri, " ".join(said.split("\n"))) for uri, said in zip(pictures, words, strict=True))
    return Photos(tuple(photos), note)


def _as_stored(face: _Pixels) -> _Pixels:
    """The face before the sheet enlarged it, which a browser can do as well."""
    for factor in range(_MOST, 1, -1):
        small = face[::factor, ::factor]
        if np.array_equal(small.repeat(factor, axis=0).repeat(factor, axis=1), face):
            return small
    return face


def _uri(face: _Pixels) -> str:
    buffer = io.BytesIO()
    Image.fromarray(face).save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
