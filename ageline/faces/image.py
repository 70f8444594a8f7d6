"""The one decode of the project: the bytes of a photo -> an upright RGB face of a given size.

`ingest`, the command line and the web page all call `decode_face`, so that a photo is seen at prediction exactly as it
was in training. What a photo may be:

| photo | becomes |
|---|---|
| turned by EXIF | upright; an EXIF block that can't be read is ignored |
| grayscale, palette, CMYK | RGB by Pillow's conversion; colour profiles are not applied |
| 16 bits a channel | the upper 8 bits |
| transparent | laid over white |
| animated, or several pages | the first frame |
| truncated, broken, no image, 32 bits a channel | an `ImageError` with the reason |
| over `MAX_PIXELS`, under `MIN_SIDE`, a bomb (see `bombs`) | an `ImageError` with the reason |
"""

import hashlib
import re
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from ageline.faces.bombs import Bomb, CountedReads, check_exif, check_parts, check_scans
from ageline.faces.cropping import CROPS, MARGIN, PlainCrop
from ageline.faces.detection import Detector, crop_box, load_detector
from ageline.faces.problems import Unusable

FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "BMP",
    "TIFF",
    "AVIF",
)  # with JPEG comes MPO, of which the first picture counts
SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"),
        *(".heic", ".heif", ".jxl", ".jp2"),  # which can't be decoded here, and have to be listed as rejected
    )
)
MAX_PIXELS = 64_000_000  # the largest a phone takes by default is 50 million; each needs about 12 bytes on the way
MIN_SIDE = 8  # pixels: no face shows in fewer
GRAY_SIDE = 128  # pixels
NO_FACE = "no face found"  # the reason where `detect` finds none

ORIENTATION = 0x0112  # the EXIF tag
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

FaceCrop = PlainCrop | Literal["detect"]


class ImageError(Unusable):
    """The bytes can't be used as a photo."""


@dataclass(frozen=True, eq=False)
class DecodedFace:
    """A face and what is known of the photo it came from.

    Attributes:
        pixels: uint8 RGB `[height, width, 3]`, of the size asked for.
        width: of the photo, upright, in pixels.
        height: of the photo, upright, in pixels.
        pixel_hash: of the upright RGB photo in full size, 32 hex digits: equal for photos that look the same to the
            last pixel, whatever their format, metadata or the size asked for.
        gray: of the whole photo, squeezed into a square, uint8 `[GRAY_SIDE, GRAY_SIDE]`: what the audit looks at.
        shorter: side in pixels: of the photo, or with `detect` of the part that was cut out of it.
        found: how many faces were found in the photo; 0 where none were looked for.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int
    pixel_hash: str
    gray: npt.NDArray[np.uint8]
    shorter: int
    found: int = 0


def decode_face(
    data: bytes, height_width: tuple[int, int], face_crop: FaceCrop, detector: Detector | None = None
) -> DecodedFace:
    """Decode a photo, and bring it or the face in it to a size.

    Args:
        data: the photo's file.
        height_width: of the face in pixels.
        face_crop: `whole` keeps all of the photo and adds black bars, `center` cuts the largest middle part, `stretch`
            brings all of the photo to that size and changes its shape, `detect` cuts the largest face found in it.
        detector: of `detect`; None takes OpenCV's cascades.

    Raises:
        ImageError: the bytes can't be used, or no face is found in the photo, with the reason.
        AgelineError: OpenCV or its cascades are not there.
    """
    photo = decode_photo(data)
    if face_crop == "detect":
        face, shorter, found = _largest_face(photo, height_width, detector or load_detector())
    else:
        face, shorter, found = crop_face(photo, height_width, face_crop), min(photo.size), 0
    return DecodedFace(face, photo.width, photo.height, _pixel_hash(photo), _gray(photo), shorter, found)


def _largest_face(
    photo: Image.Image, height_width: tuple[int, int], detector: Detector
) -> tuple[npt.NDArray[np.uint8], int, int]:
    boxes = detector.find(photo)
    if not boxes:
        raise ImageError(NO_FACE, f"in a photo of {photo.width} x {photo.height}")
    shorter = round(min(boxes[0].width, boxes[0].height) * (1 + 2 * MARGIN))
    return crop_box(photo, boxes[0], height_width), shorter, len(boxes)


def crop_face(photo: Image.Image, height_width: tuple[int, int], face_crop: PlainCrop) -> npt.NDArray[np.uint8]:
    """All of a photo, or its middle, in the size asked for: uint8 `[height, width, 3]`; see `decode_face`."""
    return np.array(CROPS[face_crop](photo, height_width))


def decode_photo(data: bytes) -> Image.Image:
    """The upright RGB photo in full size.

    Raises:
        ImageError: the bytes can't be used, with the reason: whatever Pillow raises on broken ones becomes one.
    """
    if not data:
        raise ImageError("empty file")
    try:
        with warnings.catch_warnings():
            # Pillow warns of metadata that does no harm, and of large photos, which are rejected below.
            warnings.filterwarnings("ignore", module="PIL")
            return _upright_rgb(data)
    except ImageError:
        raise
    except Bomb as bomb:
        raise ImageError("too many parts", str(bomb)) from None
    except UnidentifiedImageError:
        raise _unidentified(data) from None
    except Image.DecompressionBombError as error:  # of which the limit is another
        pixels = re.search("[0-9]+", f"{error}")
        received = f"{int(pixels[0]):,}, " if pixels else ""
        raise ImageError("too many pixels", f"{received}expected at most {MAX_PIXELS:,}") from None
    except Exception as error:  # a broken file can raise anything, from struct.error to IndexError
        raise ImageError("broken photo", f"{error}" or type(error).__name__) from error


def _unidentified(data: bytes) -> ImageError:
    for kind in FORMATS:
        accepts = Image.OPEN[kind][1]
        if accepts and accepts(data[:16]) is True:
            return ImageError("broken photo", f"begins as {kind} does, and can't be read on")
    return ImageError("not a photo", f"expected one of {', '.join(FORMATS)}")


def _upright_rgb(data: bytes) -> Image.Image:
    check_parts(data)
    with Image.open(CountedReads(data), formats=FORMATS) as photo:
        _check_size(*photo.size)
        if photo.format in {"JPEG", "MPO"}:
            check_scans(data, photo.width * photo.height)
        check_exif(photo.info.get("exif"))
        photo.load()
        turn = _turn(photo)
        rgb = _rgb(photo)
    return rgb if turn is None else rgb.transpose(turn)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError("too many pixels", f"{width}x{height}, expected at most {MAX_PIXELS:,}")
    if min(width, height) < MIN_SIDE:
        raise ImageError("too few pixels", f"{width}x{height}, expected at least {MIN_SIDE} a side")


def _turn(photo: Image.Image) -> Image.Transpose | None:
    """The turn that EXIF asks for.

    `ImageOps.exif_transpose` would also rewrite the EXIF block, and fails where another tag of it is broken.
    """
    try:
        return TURNS.get(photo.getexif().get(ORIENTATION, 1))
    except Exception:  # metadata that can't be read is no reason to lose a face
        return None


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode in {"I", "F", "LAB"}:
        raise ImageError("unknown range of colours", f"Pillow's mode {photo.mode}, expected 8 or 16 bits a channel")
    if photo.mode.startswith("I;16"):  # Pillow's own conversion clips at 255 and leaves a white square
        return Image.fromarray((np.asarray(photo) >> 8).astype(np.uint8)).convert("RGB")
    if photo.has_transparency_data:
        white = Image.new("RGBA", photo.size, "white")
        white.alpha_composite(photo.convert("RGBA"))
        return white.convert("RGB")
    return photo.convert("RGB")


def _gray(photo: Image.Image) -> npt.NDArray[np.uint8]:
    # Whole blocks first: turning twelve million pixels gray costs more than decoding them.
    blocks = photo.reduce((max(1, photo.width // (2 * GRAY_SIDE)), max(1, photo.height // (2 * GRAY_SIDE))))
    return np.asarray(blocks.convert("L").resize((GRAY_SIDE, GRAY_SIDE), Image.Resampling.BOX))


def _pixel_hash(photo: Image.Image) -> str:
    digest = hashlib.blake2b(f"{photo.width}x{photo.height}".encode(), digest_size=16)
    digest.update(photo.tobytes())
    return digest.hexdigest()
