"""Tiny photos for tests: drawn here, never files."""

from io import BytesIO

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def encode(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(color=RED, size=(8, 8), kind: str = "PNG", mode: str = "RGB", **options) -> bytes:
    """A photo of one colour; `size` is width and height in pixels."""
    return encode(Image.new(mode, size, color), kind, **options)


def noise(seed: int, size=(16, 16), kind: str = "PNG", **options) -> bytes:
    """A photo like no other."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return encode(Image.fromarray(pixels), kind, **options)
