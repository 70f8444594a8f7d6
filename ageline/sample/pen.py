"""A pen that draws in units of the head, wherever the head is in the picture and however it is tilted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ageline.sample.people import Color

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pen:
    """Draws on a picture.

    Coordinates are `(right, down)` from the middle of the head, in half widths of an adult's head.

    Attributes:
        picture: RGB, drawn on in place.
        middle: of the head, in pixels.
        scale: pixels to a unit.
        tilt: of the head, in radians, clockwise.
    """

    picture: Image.Image
    middle: tuple[float, float]
    scale: float
    tilt: float

    def fill(self, outline: Points, color: Color) -> None:
        """Fill the polygon `outline`, `[n, 2]`."""
        ImageDraw.Draw(self.picture).polygon([tuple(point) for point in self._place(outline)], fill=_rgb(color))

    def oval(self, middle: tuple[float, float], radii: tuple[float, float], color: Color) -> None:
        self.fill(oval(middle, radii), color)

    def stroke(self, path: Points, width: float, color: Color) -> None:
        """Draw along `path`, `[n, 2]`, thickest in the middle and pointed at the ends, as lines in skin are."""
        half = width / 2 * np.sqrt(np.sin(np.linspace(0.05, np.pi - 0.05, len(path))))[:, None] * normals(path)
        self.fill(np.concatenate([path + half, (path - half)[::-1]]), color)

    def _place(self, points: Points) -> Points:
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        placed: Points = points @ np.array([[cos, sin], [-sin, cos]]) * self.scale + self.middle
        return placed


def oval(middle: tuple[float, float], radii: tuple[float, float], corners: int = 32) -> Points:
    """The outline of an upright oval, `[corners, 2]`."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    outline: Points = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radii + middle
    return outline


def bow(start: tuple[float, float], end: tuple[float, float], rise: float, corners: int = 16) -> Points:
    """A curve from `start` to `end` whose middle lies `rise` units above the straight line, `[corners, 2]`."""
    along = np.linspace(0, 1, corners)[:, None]
    straight = np.array(start) * (1 - along) + np.array(end) * along
    straight[:, 1:] -= 4 * rise * along * (1 - along)
    curve: Points = straight
    return curve


def normals(path: Points) -> Points:
    """For each point of `path` the direction square to it, `[n, 2]`, one unit long."""
    ahead = np.gradient(path, axis=0)
    square: Points = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    return square


def _rgb(color: Color) -> tuple[int, int, int]:
    red, green, blue = (int(np.clip(round(value), 0, 255)) for value in color)
    return red, green, blue
