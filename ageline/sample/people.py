"""Who is drawn: an age, and the traits that come with it or in spite of it.

No trait tells the age by itself. Each line has its own onset, which differs from person to person; grey hair may be
dyed or under a hat; and skin, hair, clothes and glasses are there to mislead a model that looks at colours only.
"""

from dataclasses import dataclass

import numpy as np

Generator = np.random.Generator
Color = tuple[float, float, float]

AGES = range(1, 91)
# The shape of collected sets: most faces between 20 and 40, few children, few past 65, hardly any near 90.
DENSITY_AGES = (1, 4, 10, 17, 23, 30, 40, 50, 62, 75, 90)
DENSITY = (0.55, 0.35, 0.30, 0.55, 1.00, 1.00, 0.72, 0.56, 0.46, 0.26, 0.06)

# Age in years at which a mark shows first in most people, and the years that it takes to show in full.
ONSETS = {
    "forehead": (24, 42),
    "eye_corners": (28, 40),
    "eye_bags": (30, 45),
    "nose_folds": (26, 44),
    "mouth_folds": (42, 36),
    "cheeks": (50, 34),
    "neck": (36, 40),
    "lips": (52, 30),
    "spots": (44, 42),
}
ONSET_SPREAD = 4.0  # years, between the marks of one person
LOOKS_SPREAD = 2.5  # years by which a whole person looks older or younger than they are

# Colours in dim light: what `camera` adds leaves room for the bright edge of a line.
SKINS: tuple[Color, ...] = ((188, 160, 140), (172, 140, 115), (154, 115, 87), (123, 84, 59), (87, 58, 41))
HAIRS: tuple[Color, ...] = ((26, 22, 22), (48, 33, 24), (80, 54, 33), (116, 58, 30), (158, 132, 85), (174, 158, 124))
GREY: Color = (164, 164, 162)
BLACK: Color = (18, 15, 15)
WHITE: Color = (196, 194, 190)


@dataclass(frozen=True)
class Person:
    """What the drawing needs to know; shares run from 0 to 1.

    Attributes:
        age: years, the label.
        grown: share of the way from an infant's proportions to an adult's.
        sag: share of the way from a firm face to a slack one.
        marks: share to which each of `ONSETS` shows.
        grey: share of grey in hair, brows and beard.
        recession: share of the scalp that is bare.
        hair: short, long, curly, hat or shaved.
        beard: 0 for none, up to 1 for a full one.
        freckles: number of small reddish dots, which have nothing to do with age.
    """

    age: int
    grown: float
    sag: float
    marks: dict[str, float]
    skin: Color
    hair_color: Color
    clothes: Color
    grey: float
    recession: float
    hair: str
    beard: float
    glasses: bool
    freckles: int


def draw_age(rng: Generator) -> int:
    """An age in years, as rare or frequent as in collected sets."""
    density = np.interp(AGES, DENSITY_AGES, DENSITY)
    return int(rng.choice(AGES, p=density / density.sum()))


def person_of(age: int, rng: Generator) -> Person:
    """Someone of `age` years."""
    looks = age + rng.normal(0, LOOKS_SPREAD)
    bearded = bool(rng.random() < 0.5)
    return Person(
        age=age,
        grown=_grown(age * rng.normal(1, 0.08)),
        sag=float(np.clip((looks - 35 + rng.normal(0, 4)) / 50, 0, 1)),
        marks=_marks(looks, rng),
        skin=_between(SKINS, rng),
        hair_color=_between(HAIRS, rng),
        clothes=_any_color(rng),
        grey=_grey(age, rng),
        recession=_recession(age, rng) if bearded else 0.0,
        hair=_hair(age, bearded, rng),
        beard=_beard(age, rng) if bearded else 0.0,
        glasses=bool(rng.random() < np.interp(age, (5, 20, 45, 75), (0.02, 0.15, 0.25, 0.55))),
        freckles=int(rng.integers(8, 22)) if rng.random() < 0.25 else 0,
    )


def mix(first: Color, second: Color, share: float) -> Color:
    """`first` with `share` of `second` in it."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def shade(color: Color, light: float) -> Color:
    """`color` where `light` times as much light falls on it."""
    red, green, blue = (value * light for value in color)
    return red, green, blue


def _grown(years: float) -> float:
    return float((1 - np.exp(-min(years, 22) / 9)) / (1 - np.exp(-22 / 9)))


def _marks(looks: float, rng: Generator) -> dict[str, float]:
    shown = {mark: (looks - rng.normal(onset, ONSET_SPREAD)) / span for mark, (onset, span) in ONSETS.items()}
    return {mark: float(np.clip(share, 0, 1)) for mark, share in shown.items()}


def _between(colors: tuple[Color, ...], rng: Generator) -> Color:
    place = rng.uniform(0, len(colors) - 1)
    return mix(colors[int(place)], colors[int(place) + 1], place % 1)


def _any_color(rng: Generator) -> Color:
    red, green, blue = rng.uniform(15, 180, 3)
    return red, green, blue


def _grey(age: int, rng: Generator) -> float:
    shown = float(np.clip((age - rng.normal(48, 9)) / 18, 0, 1))
    dyed = rng.random() < 0.35
    return 0.0 if dyed else shown


def _recession(age: int, rng: Generator) -> float:
    return float(np.clip((age - 22) / 60 * rng.uniform(-0.2, 1.4), 0, 1))


def _beard(age: int, rng: Generator) -> float:
    return float(rng.uniform(0.2, 1)) if age >= 18 and rng.random() < 0.5 else 0.0


def _hair(age: int, bearded: bool, rng: Generator) -> str:
    if rng.random() < 0.12:
        return "hat"
    if bearded:
        return "shaved" if age > 18 and rng.random() < 0.1 else str(rng.choice(["short", "short", "curly"]))
    return str(rng.choice(["long", "long", "curly", "short"]))
