"""A contact sheet: faces side by side, each over its caption, pixel for pixel.

The faces are pasted into one array which the figure shows at its own size, so nothing is resampled twice and a sheet of
forty draws as fast as one picture.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from ageline.figures.style import DPI, GREY, SMALL, styled

Pixels = npt.NDArray[np.uint8]

_SHOWN = 144  # pixels: about the longer side of a face on the sheet
_GAP = 18  # pixels between faces
_LINE = 20  # pixels from one line of a caption to the next
_LETTER = 10.2  # pixels: a wide letter of a caption
_TITLE_LETTER = 16.0  # pixels: a wide letter of the title
_HEAD, _FOOT = 30, 34  # pixels: a line of the title, the note
_NARROWEST = 4  # columns: room for the title over a single face


def draw_sheet(images: Pixels, captions: Sequence[str], title: str, *, note: str = "") -> Figure:
    """Draw faces row by row.

    Args:
        images: uint8 RGB `[n, height, width, 3]`; small faces are enlarged a whole number of times, large ones reduced.
        captions: one for each face, wrapped to the face's width.
        title: shown in bold, at the top.
        note: where the faces come from, shown small at the bottom.
    """
    if len(images) != len(captions):
        raise ValueError(f"a sheet takes a caption for each face, received {len(images)} and {len(captions)}")
    if not len(images):
        return _draw(_Layout(1, 0, _SHOWN, _SHOWN, 0), images, [], f"{title}: no faces", note)
    shown = _resize(images)
    height, width = shown.shape[1:3]
    wrapped = [textwrap.fill(caption, max(4, int((width + _GAP - 4) / _LETTER))) for caption in captions]
    lines = max(caption.count("\n") + 1 for caption in wrapped)
    columns = _count_columns(len(images))
    layout = _Layout(columns, -(-len(images) // columns), width, height, lines)
    return _draw(layout, shown, wrapped, title, note)


@dataclass(frozen=True)
class _Layout:
    """Where faces stand on a sheet, in pixels."""

    columns: int
    rows: int
    width: int
    height: int
    lines: int

    @property
    def cell(self) -> tuple[int, int]:
        """Height and width of a face with its caption and the gaps around it."""
        return self.height + self.lines * _LINE + _GAP, self.width + _GAP

    @property
    def body(self) -> tuple[int, int]:
        """Height and width of all cells."""
        return self.rows * self.cell[0], max(self.columns, _NARROWEST) * self.cell[1] + _GAP

    def corner(self, position: int) -> tuple[int, int]:
        """The top and left of a face."""
        row, column = divmod(position, self.columns)
        return row * self.cell[0], column * self.cell[1] + _GAP


def _resize(images: Pixels) -> Pixels:
    """Faces whose longer side is about `_SHOWN`: by whole factors, so that every pixel stays crisp."""
    longer = max(images.shape[1:3])
    if longer >= 2 * _SHOWN:
        return _shrink(images, longer // _SHOWN)
    factor = max(1, round(_SHOWN / longer))
    return images.repeat(factor, axis=1).repeat(factor, axis=2)


def _shrink(images: Pixels, factor: int) -> Pixels:
    """The mean of each block of `factor` x `factor` pixels."""
    count, height, width = (len(images), images.shape[1] // factor, images.shape[2] // factor)
    blocks = images[:, : height * factor, : width * factor].reshape(count, height, factor, width, factor, 3)
    means: Pixels = blocks.mean(axis=(2, 4)).round().astype(np.uint8)
    return means


def _count_columns(faces: int) -> int:
    """The number of columns, for a sheet wider than high, that leaves the fewest places of the last row empty."""
    middle = int(np.ceil(np.sqrt(1.6 * faces)))
    return min(range(max(1, middle - 1), middle + 3), key=lambda columns: (-faces % columns, abs(columns - middle)))


@styled()
def _draw(layout: _Layout, images: Pixels, captions: Sequence[str], title: str, note: str) -> Figure:
    body_height, width = layout.body
    head = textwrap.wrap(title, int((width - 2 * _GAP) / _TITLE_LETTER))
    above, below = _HEAD * len(head) + _GAP, _FOOT if note else _GAP
    height = above + body_height + below
    figure = Figure(figsize=(width / DPI, height / DPI))
    _write(figure, _GAP, height - 0.5 * _GAP, "\n".join(head), va="top", fontsize=12, fontweight="bold")
    _write(figure, width - _GAP, 0.4 * _FOOT, note, ha="right", color=GREY)
    for position, (image, caption) in enumerate(zip(images, captions, strict=True)):
        top, left = layout.corner(position)
        foot = height - above - top - layout.height
        figure.figimage(image, left, foot, origin="upper")
        _write(figure, left + layout.width / 2, foot - 4, caption, ha="center", va="top")
    return figure


def _write(figure: Figure, left: float, bottom: float, text: str, **style: Any) -> None:
    """Put `text` where pixels, not shares of the figure, say."""
    width, height = figure.get_size_inches() * DPI
    figure.text(left / width, bottom / height, text, **{"fontsize": SMALL, **style})
