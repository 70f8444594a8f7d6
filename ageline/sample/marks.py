"""The marks that the years leave in skin: lines, folds, bags and spots."""

import numpy as np

from ageline.sample.head import Layout
from ageline.sample.pen import Pen, Points, bow, normals
from ageline.sample.people import Color, Generator, Person, mix, shade

LINE = 0.065  # width of a line that shows in full, in units of the pen
FRECKLE: Color = (124, 64, 38)
SPOT: Color = (58, 38, 26)


def draw_marks(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    """Draw the marks that `person` has, and freckles, which say nothing."""
    _freckles(pen, person, at, rng)
    _spots(pen, person, at, rng)
    _forehead(pen, person, at, rng)
    _frown(pen, person, at)
    _neck(pen, person, rng)
    _lips(pen, person, at)
    for side in (-1, 1):
        _eye_corner(pen, person, at, side, rng)
        _eye_bag(pen, person, at, side)
        _folds(pen, person, at, side)
        _cheek(pen, person, at, side, rng)


def _crease(pen: Pen, person: Person, path: Points, shown: float, width: float = LINE) -> None:
    """A groove, and beside it the skin that it pushes up into the light.

    The edge is as much brighter as the groove is darker, so a face full of lines is no darker than a smooth one, and a
    model that sees only blurred colours sees little of them.
    """
    depth = 0.20 + 0.35 * shown
    beside = normals(path) * width
    lit = beside * np.sign(beside.sum(axis=0) @ (0.4, 1))  # from above and a little from the left
    pen.stroke(path + lit, width, shade(person.skin, 1 + depth))
    pen.stroke(path, width, shade(person.skin, 1 - depth))


def _forehead(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    shown = person.marks["forehead"]
    low, high = at.eyes - at.eye - 0.26, -at.crown * 0.80
    for line in range(round(shown * 4)):
        down = low + (high - low) * line / 3.2
        wide = at.width * (0.32 + 0.30 * shown) * rng.uniform(0.9, 1.1)
        across = at.turn[0] + rng.normal(0, 0.03)
        path = bow((across - wide, down), (across + wide, down), rng.uniform(0, 0.09))
        _crease(pen, person, path, shown, LINE * (0.6 + 0.4 * shown))


def _frown(pen: Pen, person: Person, at: Layout) -> None:
    shown = max(person.marks["forehead"] - 0.35, 0)
    for side in (-1, 1) if shown else ():
        across = at.turn[0] + side * 0.09
        _crease(pen, person, bow((across, at.eyes - 0.05), (across, at.eyes - 0.33), 0), shown)


def _eye_corner(pen: Pen, person: Person, at: Layout, side: int, rng: Generator) -> None:
    shown = person.marks["eye_corners"]
    across, down = at.turn[0] + side * (at.eye_gap + at.eye + 0.05), at.eyes + at.turn[1]
    rays, reach = round(shown * 4), 0.16 + 0.18 * shown
    for ray in range(rays):
        angle = (ray - (rays - 1) / 2) * 0.42 + rng.normal(0, 0.06)
        end = (across + side * reach * np.cos(angle), down + 1.5 * reach * np.sin(angle))
        _crease(pen, person, bow((across, down + 0.05 * (ray - 1.5)), end, 0), shown, LINE * 0.85)


def _eye_bag(pen: Pen, person: Person, at: Layout, side: int) -> None:
    shown = person.marks["eye_bags"]
    across, down = at.turn[0] + side * at.eye_gap, at.eyes + at.turn[1] + 0.75 * at.eye
    for fold in range(round(shown * 3)):
        below = down + 0.14 * fold
        path = bow((across - 0.22, below), (across + 0.22, below), -0.06 - 0.03 * fold)
        _crease(pen, person, path, shown * 0.8)


def _folds(pen: Pen, person: Person, at: Layout, side: int) -> None:
    """From the nose to the corners of the mouth, and from there down."""
    nose, mouth = person.marks["nose_folds"], person.marks["mouth_folds"]
    across = at.turn[0] * 1.3
    if nose > 0.05:
        reach = (at.mouth + 0.12 - at.nose) * (0.35 + 0.65 * nose)
        path = bow((across + side * 0.22, at.nose - 0.05), (across + side * 0.46, at.nose + reach), 0.03)
        _crease(pen, person, path, nose, LINE * (0.7 + 0.5 * nose))
    if mouth > 0.05:
        start, end = at.mouth + 0.06, at.mouth + 0.14 + 0.28 * mouth
        path = bow((across + side * 0.38, start), (across + side * 0.40, end), 0)
        _crease(pen, person, path, mouth, LINE * (0.7 + 0.5 * mouth))


def _cheek(pen: Pen, person: Person, at: Layout, side: int, rng: Generator) -> None:
    shown = person.marks["cheeks"]
    for line in range(round(shown * 3)):
        across, top = side * (0.50 + 0.11 * line), at.nose - 0.14 + rng.normal(0, 0.03)
        bend, end = (across + side * 0.03, top + 0.2), (across - side * 0.08, top + 0.42)
        _crease(pen, person, np.array([(across, top), bend, end]) * (at.width, 1), shown * 0.6, LINE * 0.8)


def _lips(pen: Pen, person: Person, at: Layout) -> None:
    shown = person.marks["lips"]
    count = round(shown * 4)
    for line in range(count):
        across = at.turn[0] * 1.2 + (line - (count - 1) / 2) * 0.14
        _crease(pen, person, bow((across, at.mouth - 0.10), (across, at.mouth - 0.22), 0), shown * 0.5, 0.05)


def _neck(pen: Pen, person: Person, rng: Generator) -> None:
    shown = person.marks["neck"]
    for line in range(round(shown * 4)):
        down = 1.36 + 0.14 * line + rng.normal(0, 0.02)
        _crease(pen, person, bow((-0.42, down), (0.42, down), -0.08), shown)


def _spots(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    for _ in range(round(person.marks["spots"] * 14)):
        place = (rng.uniform(-0.8, 0.8) * at.width, rng.uniform(-0.8, 0.7))
        size = rng.uniform(0.035, 0.075)
        pen.oval(place, (size, size), mix(person.skin, SPOT, rng.uniform(0.4, 0.7)))


def _freckles(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    for _ in range(person.freckles):
        place = (rng.normal(0, 0.4) * at.width, at.nose - 0.1 + rng.normal(0, 0.12))
        pen.oval(place, (0.03, 0.03), mix(person.skin, FRECKLE, 0.45))
