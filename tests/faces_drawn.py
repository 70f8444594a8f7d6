"""Faces drawn by the sample's code, and copies of them such as collected sets hold."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance

from ageline.sample.camera import photograph
from ageline.sample.people import person_of

SIDE = 120  # pixels


def draw_face(seed: int) -> Image.Image:
    """A face like no other."""
    rng = np.random.default_rng(seed)
    return Image.fromarray(np.asarray(photograph(person_of(5 + 3 * seed % 70, rng), SIDE, rng)))


def encode(photo: Image.Image, quality: int = 95) -> bytes:
    file = BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return file.getvalue()


def encoded(photo: Image.Image, quality: int = 95) -> Image.Image:
    return Image.open(BytesIO(encode(photo, quality)))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "jpeg 50": lambda photo: encoded(photo, 50),
    "half size and back": lambda photo: photo.resize((SIDE // 2,) * 2).resize((SIDE,) * 2),
    "crop of 4%": lambda photo: photo.crop((1, 4, SIDE - 4, SIDE - 1)),
    "10% brighter": lambda photo: encoded(ImageEnhance.Brightness(photo).enhance(1.1)),
    "10% darker": lambda photo: encoded(ImageEnhance.Brightness(photo).enhance(0.9)),
}
