"""Memory for large photos: one of them at a time, whatever the number of threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image

from ageline.faces.image import FORMATS

LARGE = 16_000_000  # pixels: more than most phones take; a photo needs up to 12 bytes for each on its way
_LARGE_ONE = threading.Lock()


@contextmanager
def room_for(data: bytes) -> Iterator[None]:
    """Wait, with the bytes of a large photo, until no other is being worked on."""
    if _pixels(data) <= LARGE:
        yield
        return
    with _LARGE_ONE:
        yield


def _pixels(data: bytes) -> int:
    """As the photo's head tells; 0 of what is none, which `decode_photo` refuses with its reason."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as photo:
            return photo.width * photo.height
    except Exception:
        return 0
