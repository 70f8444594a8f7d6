"""Eyes, nose and mouth, and the glasses before them: smaller eyes, a larger nose and thinner lips with the years."""

import numpy as np

from ageline.sample.head import Layout
from ageline.sample.pen import Pen, bow, oval
from ageline.sample.people import BLACK, WHITE, Color, Generator, Person, mix

LIP: Color = (138, 56, 58)
IRISES: tuple[Color, ...] = ((55, 35, 22), (75, 55, 30), (48, 77, 58), (55, 88, 124))


def draw_features(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    """Draw eyes, nose and mouth."""
    iris = IRISES[int(rng.integers(len(IRISES)))]
    for side in (-1, 1):
        _eye(pen, person, at, side, iris)
    _nose(pen, person, at)
    _mouth(pen, person, at, rng)


def draw_glasses(pen: Pen, person: Person, at: Layout) -> None:
    """Draw glasses, which hide some of the lines around the eyes."""
    rim, down = mix(BLACK, person.clothes, 0.3), at.eyes + at.turn[1]
    for side in (-1, 1):
        ring = oval((side * at.eye_gap + at.turn[0], down + 0.02), (0.33, 0.27))
        for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            pen.stroke(np.linspace(start, end, 4), 0.07, rim)
    pen.stroke(bow((at.turn[0] - 0.14, down), (at.turn[0] + 0.14, down), 0.05), 0.07, rim)


def _eye(pen: Pen, person: Person, at: Layout, side: int, iris: Color) -> None:
    across, down = side * at.eye_gap + at.turn[0], at.eyes + at.turn[1]
    wide, tall = at.eye, at.eye * (0.88 - 0.24 * person.grown - 0.22 * person.sag)
    pen.oval((across, down), (wide, tall), WHITE)
    for share, color in ((0.60, iris), (0.28, BLACK)):
        pen.oval((across, down), (wide * share, min(tall, wide * share)), color)
    outer = (across + side * wide * 1.15, down + wide * 0.35 * person.sag)
    pen.stroke(bow((across - side * wide, down), outer, tall * 1.05), 0.07, mix(person.skin, BLACK, 0.75))


def _nose(pen: Pen, person: Person, at: Layout) -> None:
    across, wide = at.turn[0] * 1.5, 0.11 + 0.05 * person.grown + 0.04 * person.sag
    tip = bow((across - wide, at.nose), (across + wide, at.nose), -0.06)
    pen.stroke(tip, 0.07, mix(person.skin, BLACK, 0.35))
    bridge = bow((across + 0.06, at.eyes + 0.1), (across + wide, at.nose), 0)
    pen.stroke(bridge, 0.03 + 0.03 * person.grown, mix(person.skin, BLACK, 0.22))


def _mouth(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    across, down = at.turn[0] * 1.2, at.mouth + at.turn[1]
    wide, smile = 0.20 + 0.12 * person.grown, rng.uniform(-0.03, 0.14)
    parting = bow((across - wide, down), (across + wide, down), -smile)
    lips = mix(LIP, person.skin, 0.25 + 0.35 * person.sag)
    pen.stroke(parting + np.array([0, 0.02]), 0.21 - 0.11 * person.sag, lips)
    pen.stroke(parting, 0.05, mix(LIP, BLACK, 0.55))
