"""The bare head and how its parts lie.

Children have a round head with large eyes low in it; with the years the chin, nose and ears grow and the jowls sag.
"""

from dataclasses import dataclass

import numpy as np

from ageline.sample.pen import Pen, Points, bow
from ageline.sample.people import BLACK, Generator, Person, mix


@dataclass(frozen=True)
class Layout:
    """Where the parts of one head are, in units of the pen.

    Attributes:
        turn: how far the parts are shifted because the head looks aside, `(right, down)`.
        width: half the width of the head.
        crown, chin: how far the head reaches up and down.
        jaw: its width near the chin, as a share of `width`.
        eyes, nose, mouth: how far down each is.
        eye_gap: from the middle to each eye.
        eye: half the width of an eye.
    """

    turn: tuple[float, float]
    width: float
    crown: float
    chin: float
    jaw: float
    eyes: float
    nose: float
    mouth: float
    eye_gap: float
    eye: float


def lay_out(person: Person, rng: Generator) -> Layout:
    """The layout of the head of `person`, turned a little to any side."""
    grown, sag = person.grown, person.sag
    eyes = 0.26 - 0.36 * grown + rng.normal(0, 0.03)
    return Layout(
        turn=(rng.uniform(-0.14, 0.14), rng.uniform(-0.05, 0.05)),
        width=1.04 - 0.10 * grown + rng.normal(0, 0.03),
        crown=1.22 + rng.normal(0, 0.03),
        chin=0.94 + 0.38 * grown + rng.normal(0, 0.03),
        jaw=0.92 - 0.18 * grown + 0.14 * sag + rng.normal(0, 0.03),
        eyes=eyes,
        nose=eyes + 0.28 + 0.18 * grown + 0.06 * sag,
        mouth=eyes + 0.46 + 0.34 * grown + 0.04 * sag,
        eye_gap=0.43 - 0.02 * grown,
        eye=0.30 - 0.11 * grown - 0.03 * sag + rng.normal(0, 0.01),
    )


def draw_head(pen: Pen, person: Person, at: Layout) -> None:
    """Draw shoulders, neck, ears and the bare face."""
    _shoulders(pen, person)
    for side in (-1, 1):
        _ear(pen, person, at, side)
    pen.fill(outline(at), person.skin)


def outline(at: Layout) -> Points:
    """The edge of the face, clockwise from the right, `[48, 2]`."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    right, down = np.cos(turn), np.sin(turn)
    lower = np.clip(down, 0, None)
    # An oval has the jaw of nobody: below its middle the sides run in, the more so the narrower the jaw is.
    width = at.width * (1 - (1 - at.jaw) * 1.5 * lower * (1 - 0.45 * lower))
    height = np.where(down > 0, at.chin, at.crown)
    return np.stack([right * width, down * height], axis=1)


def _shoulders(pen: Pen, person: Person) -> None:
    shade = mix(person.skin, BLACK, 0.22)
    wide, neck = 0.95 + 0.85 * person.grown, 0.32 + 0.24 * person.grown
    pen.fill(np.array([[-neck, 0.6], [neck, 0.6], [neck * 1.1, 2.2], [-neck * 1.1, 2.2]]), shade)
    pen.fill(np.concatenate([bow((-wide, 2.3), (wide, 2.3), 0.75), [[wide, 4], [-wide, 4]]]), person.clothes)
    pen.oval((0, 1.55), (neck * 1.05, 0.22), shade)


def _ear(pen: Pen, person: Person, at: Layout, side: int) -> None:
    tall = 0.20 + 0.05 * person.grown + 0.06 * person.sag
    # What is at the side of a head goes the other way when the front of it turns.
    across = side * at.width - 0.4 * at.turn[0]
    pen.oval((across, at.eyes + 0.22), (0.15, tall), mix(person.skin, BLACK, 0.22))
