"""From a person to a picture: the pose, the light and the flaws of a photo."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ageline.sample.features import draw_features, draw_glasses
from ageline.sample.hair import draw_beard, draw_hair, draw_hair_behind
from ageline.sample.head import draw_head, lay_out
from ageline.sample.marks import draw_marks
from ageline.sample.pen import Pen
from ageline.sample.people import Generator, Person

SUPERSAMPLING = 3  # drawn larger and shrunk, since Pillow's polygons have hard edges
QUALITY = 90  # of the JPEG


def photograph(person: Person, image_size: int, rng: Generator) -> Image.Image:
    """A square RGB picture of `person`, `image_size` pixels wide."""
    picture = _background(image_size * SUPERSAMPLING, rng)
    _sit(_aim(picture, rng), person, rng)
    small = picture.resize((image_size, image_size), Image.Resampling.BOX)
    return _flaws(_light(small, rng), rng)


def jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _aim(picture: Image.Image, rng: Generator) -> Pen:
    """Where in the picture the head is, how large and how tilted: thumbnails of faces that move align badly."""
    size = picture.width
    return Pen(
        picture,
        middle=(size * rng.uniform(0.41, 0.59), size * rng.uniform(0.43, 0.58)),
        scale=size * rng.uniform(0.31, 0.36),
        tilt=float(rng.normal(0, 0.10)),
    )


def _sit(pen: Pen, person: Person, rng: Generator) -> None:
    """Draw from back to front: what comes later may hide marks of age."""
    layout = lay_out(person, rng)
    draw_hair_behind(pen, person, layout)
    draw_head(pen, person, layout)
    draw_marks(pen, person, layout, rng)
    draw_beard(pen, person, layout, rng)
    draw_features(pen, person, layout, rng)
    draw_hair(pen, person, layout, rng)
    if person.glasses:
        draw_glasses(pen, person, layout)


def _background(size: int, rng: Generator) -> Image.Image:
    """One colour running into another."""
    corners = (rng.uniform(15, 180, (2, 2, 1)) + rng.normal(0, 27, (2, 2, 3))).clip(0, 255).astype(np.uint8)
    return Image.fromarray(corners).resize((size, size), Image.Resampling.BILINEAR)


def _light(picture: Image.Image, rng: Generator) -> Image.Image:
    """Light from one side, of some strength and tint."""
    across, down = np.meshgrid(*2 * [np.linspace(-1, 1, picture.width)])
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.5)
    light = rng.uniform(0.75, 1.5) * (1 + strength * (across * np.cos(angle) + down * np.sin(angle)))
    tint = 1 + rng.uniform(-0.08, 0.08, 3)
    return _picture(np.asarray(picture, np.float64) * light[..., None] * tint)


def _flaws(picture: Image.Image, rng: Generator) -> Image.Image:
    """Blur, at most a pixel's worth at 64 pixels, and a sensor's noise."""
    blurred = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.6) * picture.width / 64))
    grain = rng.uniform(1, 5)
    return _picture(np.asarray(blurred, np.float64) + rng.normal(0, grain, (*picture.size, 3)))


def _picture(values: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
