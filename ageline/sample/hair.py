"""What grows on a head, and the hat over it: grey hair and a bare scalp hint at age, and both may be hidden."""

import numpy as np

from ageline.sample.head import Layout
from ageline.sample.pen import Pen, Points, bow, oval
from ageline.sample.people import BLACK, GREY, WHITE, Color, Generator, Person, mix


def draw_hair_behind(pen: Pen, person: Person, at: Layout) -> None:
    """Draw what long hair shows on both sides of the neck."""
    if person.hair != "long":
        return
    edge = oval((0, -0.25), (at.width * 1.22, at.crown * 0.95))
    crown = edge[edge[:, 1] <= -0.2]
    tips = [[at.width * 1.25, 1.5], [-at.width * 1.25, 1.5]]
    pen.fill(np.concatenate([crown[np.argsort(crown[:, 0])], tips]), _color(person))


def draw_beard(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    """Draw a beard as single hairs, which look a little like lines."""
    color = mix(_color(person), person.skin, 0.25)
    for _ in range(round(person.beard * 130)):
        turn, reach = rng.uniform(0.05, 0.95) * np.pi, rng.uniform(0.72, 0.97)
        across, down = np.cos(turn) * at.width * at.jaw * reach, np.sin(turn) * at.chin * reach
        pen.stroke(bow((across, down), (across * 1.02, down + 0.12 * person.beard), 0), 0.05, color)


def draw_hair(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    """Draw brows, and a hat or the hair on the scalp."""
    for side in (-1, 1):
        _brow(pen, person, at, side)
    if person.hair == "hat":
        _hat(pen, person, at)
    elif person.hair != "shaved":
        pen.fill(_cap(person, at, rng), _color(person))
        _locks(pen, person, at, rng)


def _color(person: Person) -> Color:
    return mix(person.hair_color, GREY, person.grey)


def _brow(pen: Pen, person: Person, at: Layout, side: int) -> None:
    across, down = side * at.eye_gap + at.turn[0], at.eyes - at.eye - 0.10 + at.turn[1]
    path = bow((across - side * 0.2, down), (across + side * 0.25, down + 0.04 + 0.08 * person.sag), 0.07)
    pen.stroke(path, 0.04 + 0.07 * person.grown, mix(_color(person), BLACK, 0.25))


def _cap(person: Person, at: Layout, rng: Generator) -> Points:
    """Hair on the scalp: along the top of the head, and back along the hairline."""
    turn = np.linspace(np.pi, 2 * np.pi, 25)
    edge = np.stack([np.cos(turn) * at.width * 1.08, np.sin(turn) * at.crown * 1.10], axis=1)
    across = np.linspace(1, -1, 25)
    bare = person.recession * (1.2 - 0.5 * np.abs(across))
    depth = (0.62 - 0.2 * person.grown + rng.normal(0, 0.04)) * (1 - bare) - 0.25 * person.recession
    down = depth - at.crown * np.sqrt(1 - 0.98 * across**2)
    down[np.abs(across) > 0.93] = min(at.eyes, 0) + 0.1  # in front of the ears
    return np.concatenate([edge, np.stack([across * at.width * 1.02, down], axis=1)])


def _locks(pen: Pen, person: Person, at: Layout, rng: Generator) -> None:
    """Curls or strands: detail on the scalp that is no sign of age."""
    curly = person.hair == "curly"
    for _ in range(int((16 if curly else 10) * (1 - person.recession))):
        turn = rng.uniform(1.1, 1.9) * np.pi
        across, down = np.cos(turn) * at.width, np.sin(turn) * at.crown
        color = mix(_color(person), BLACK, rng.uniform(0, 0.2) if curly else rng.uniform(0.1, 0.4))
        if curly:
            pen.oval((across * 1.04, down * 1.02), (0.2, 0.2), color)
        else:
            pen.stroke(bow((across, down), (across * 0.85, down * 0.8), 0.05), 0.05, color)


def _hat(pen: Pen, person: Person, at: Layout) -> None:
    color = mix(person.clothes, WHITE, 0.2)
    turn = np.linspace(np.pi, 2 * np.pi, 25)
    dome = np.stack([np.cos(turn) * at.width * 1.1, np.sin(turn) * at.crown * 0.75 - 0.5], axis=1)
    pen.fill(dome, color)
    brim = at.width * 1.2
    pen.stroke(bow((-brim, -0.5), (brim, -0.5), 0.1), 0.25, mix(color, BLACK, 0.3))
