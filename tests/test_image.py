"""Any bytes are a face used correctly, or an ImageError with the reason."""

import struct
import warnings
import zlib

import numpy as np
import pytest
from photos import BLACK, BLUE, GREEN, RED, WHITE, encode, noise, photo
from PIL import Image

from ageline.faces.image import MAX_PIXELS, ImageError, decode_face


def decode(data, height_width=(8, 8), face_crop="whole"):
    return decode_face(data, height_width, face_crop)


def from_array(values, kind="PNG", **options):
    return encode(Image.fromarray(np.asarray(values)), kind, **options)


def palette(transparent=None):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([*BLUE, *GREEN])
    options = {} if transparent is None else {"transparency": transparent}
    return encode(image, "PNG", **options)


def declared(width, height):
    """A PNG that is nothing but a header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(b""), b"IEND"]
    body = b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


USED = {
    "RGB PNG": (photo(RED), RED),
    "BMP": (photo(RED, kind="BMP"), RED),
    "TIFF": (photo(RED, kind="TIFF"), RED),
    "WebP": (photo(RED, kind="WEBP", lossless=True), RED),
    "grayscale": (photo(100, mode="L"), (100, 100, 100)),
    "grayscale JPEG": (photo(100, mode="L", kind="JPEG"), (100, 100, 100)),
    "black and white": (photo(1, mode="1"), WHITE),
    "palette": (palette(), GREEN),
    "palette with a transparent colour": (palette(transparent=1), WHITE),
    "GIF": (photo(GREEN, kind="GIF"), GREEN),
    "CMYK JPEG": (photo((0, 255, 255, 0), mode="CMYK", kind="JPEG", quality=100), (255, 0, 0)),
    "the two pictures of a 3D camera": (
        photo(100, mode="L", kind="MPO", save_all=True, append_images=[Image.new("L", (8, 8), 0)]),
        (100, 100, 100),
    ),
    "16-bit grayscale PNG": (from_array(np.full((8, 8), 0x80FF, np.uint16)), (128, 128, 128)),
    "16-bit grayscale TIFF": (from_array(np.full((8, 8), 0x0300, np.uint16), "TIFF"), (3, 3, 3)),
    "wholly transparent": (photo((*RED, 0), mode="RGBA"), WHITE),
    "half transparent": (photo((*BLACK, 128), mode="RGBA"), (127, 127, 127)),
    "gray with alpha": (photo((0, 0), mode="LA"), WHITE),
    "animated GIF": (
        photo(RED, kind="GIF", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
        RED,
    ),
    "animated WebP": (
        photo(RED, kind="WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
        RED,
    ),
    "TIFF of two pages": (
        photo(RED, kind="TIFF", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
        RED,
    ),
    "JPEG with a broken EXIF block": (
        photo(100, mode="L", kind="JPEG", exif=b"Exif\0\0MM\0*\xff\xff"),
        (100, 100, 100),
    ),
}


@pytest.mark.parametrize("kind", USED)
def test_a_photo_of_any_usual_kind_is_used(kind):
    data, color = USED[kind]
    face = decode(data)
    assert face.pixels.dtype == np.uint8
    assert face.pixels.shape == (8, 8, 3)
    assert tuple(face.pixels[3, 3].tolist()) == color
    assert (face.pixels == face.pixels[0, 0]).all()


def test_an_avif_photo_is_used():
    assert np.abs(decode(photo(RED, (16, 16), "AVIF", quality=100)).pixels[4, 4].astype(int) - RED).max() <= 4


REJECTED = {
    "zero bytes": (b"", "empty file"),
    "text": (b"<html>404 Not Found</html>", "not a photo: expected one of JPEG"),
    "a format that no one takes photos in": (photo(kind="ICO", size=(16, 16)), "not a photo"),
    "truncated JPEG": (noise(1, (64, 64), "JPEG")[:2000], "broken photo: image file is truncated"),
    "truncated PNG": (noise(1, (64, 64))[:2000], "broken photo"),
    "truncated WebP": (noise(1, (64, 64), "WEBP")[:1000], "not a photo|broken photo"),
    "JPEG header alone": (photo(kind="JPEG")[:160], "not a photo|broken photo"),
    "a wrong checksum": (photo()[:-20] + b"\0" * 20, "broken photo"),
    "80 million pixels": (declared(10_000, 8_000), "too many pixels: 10000x8000, expected at most 64,000,000"),
    "150 million pixels, of which Pillow warns": (declared(15_000, 10_000), "too many pixels: 15000x10000"),
    "a decompression bomb": (declared(2_000_000, 2_000_000), "too many pixels"),
    "a tracking pixel": (photo(size=(1, 1)), "too few pixels: 1x1, expected at least 8 a side"),
    "32-bit integers": (from_array(np.zeros((8, 8), np.int32), "TIFF"), "unknown range of colours: Pillow's mode I"),
    "floats": (from_array(np.zeros((8, 8), np.float32), "TIFF"), "unknown range of colours: Pillow's mode F"),
}


@pytest.mark.parametrize("kind", REJECTED)
def test_a_photo_that_is_none_is_rejected_with_the_reason(kind):
    data, reason = REJECTED[kind]
    with pytest.raises(ImageError, match=f"^({reason})"):
        decode(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_anywhere_gives_a_face_or_an_image_error(kind):
    data = noise(2, (16, 16), kind)
    rng = np.random.default_rng(3)
    for at in rng.integers(0, len(data), 60):
        damaged = bytearray(data)
        damaged[at] ^= int(rng.integers(1, 256))
        for broken in (bytes(damaged), data[:at]):
            try:
                assert decode(broken).pixels.shape == (8, 8, 3)
            except ImageError as error:
                assert error.problem.reason  # noqa: PT017, either outcome is right


QUADRANTS = np.zeros((16, 32, 3), np.uint8)
QUADRANTS[:8, :16], QUADRANTS[:8, 16:], QUADRANTS[8:, :16], QUADRANTS[8:, 16:] = RED, GREEN, BLUE, WHITE
STORED = {  # how a camera stores an upright photo under each EXIF orientation
    1: QUADRANTS,
    2: QUADRANTS[:, ::-1],
    3: QUADRANTS[::-1, ::-1],
    4: QUADRANTS[::-1],
    5: QUADRANTS.transpose(1, 0, 2),
    6: np.rot90(QUADRANTS),
    7: np.rot90(QUADRANTS, 2).transpose(1, 0, 2),
    8: np.rot90(QUADRANTS, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_turned_by_exif_is_upright(orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    face = decode(from_array(STORED[orientation].copy(), kind, exif=exif, **options), (16, 32))
    assert (face.width, face.height) == (32, 16)
    assert face.pixels.tolist() == QUADRANTS.tolist()


def test_an_unknown_orientation_leaves_the_photo_as_it_is():
    exif = Image.Exif()
    exif[0x0112] = 9
    assert decode(from_array(QUADRANTS, exif=exif), (16, 32)).pixels.tolist() == QUADRANTS.tolist()


def test_whole_keeps_all_of_the_photo_between_black_bars():
    column = decode(photo(RED, (16, 8)), (8, 8), "whole").pixels[:, 4].tolist()
    assert column == [[0, 0, 0]] * 2 + [[255, 0, 0]] * 4 + [[0, 0, 0]] * 2


def test_center_keeps_the_largest_middle_part():
    thirds = np.zeros((8, 24, 3), np.uint8)
    thirds[:, :8], thirds[:, 8:16], thirds[:, 16:] = RED, GREEN, BLUE
    assert (decode(from_array(thirds), (8, 8), "center").pixels == GREEN).all()


def test_stretch_keeps_all_of_the_photo_and_changes_its_shape():
    face = decode(from_array(QUADRANTS), (16, 8), "stretch").pixels
    assert face.shape == (16, 8, 3)
    quadrants = [face[:7, :3], face[:7, 5:], face[9:, :3], face[9:, 5:]]  # but for the seams, where two colours meet
    for quadrant, color in zip(quadrants, (RED, GREEN, BLUE, WHITE), strict=True):
        assert (quadrant == color).all()


def test_stretch_averages_a_large_photo_in_each_direction_as_far_as_it_shrinks():
    wide = np.repeat([[[0, 0, 0], [254, 254, 254]] * 512], 16, axis=0).astype(np.uint8)
    face = decode(from_array(wide), (16, 8), "stretch").pixels
    assert (face == 127).all()


@pytest.mark.parametrize("face_crop", ["whole", "center", "stretch"])
@pytest.mark.parametrize("size", [(8, 8), (9, 31), (31, 9), (8, 3000), (3000, 8), (333, 77)])
def test_any_shape_becomes_the_shape_asked_for(size, face_crop):
    face = decode(photo(WHITE, size), (12, 10), face_crop)
    assert face.pixels.shape == (12, 10, 3)
    assert (face.width, face.height) == size
    assert face.pixels.max() == 255


def test_a_large_photo_is_averaged_not_sampled():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(decode(from_array(stripes)).pixels.astype(int) - 128).max() <= 2


def test_the_pixel_hash_is_that_of_the_upright_photo_whatever_its_file_and_the_size_asked_for():
    exif = Image.Exif()
    exif[0x0112] = 6
    same = [
        decode(from_array(QUADRANTS)),
        decode(from_array(QUADRANTS, "BMP")),
        decode(from_array(QUADRANTS), (24, 24), "center"),
        decode(from_array(np.rot90(QUADRANTS).copy(), exif=exif)),
    ]
    assert len({face.pixel_hash for face in same}) == 1
    assert len(same[0].pixel_hash) == 32


def test_the_pixel_hash_knows_the_shape():
    assert decode(photo(RED, (8, 16))).pixel_hash != decode(photo(RED, (16, 8))).pixel_hash


def test_decoding_leaves_the_warnings_of_others_alone():
    before = list(warnings.filters)
    decode(photo())
    assert warnings.filters == before


def test_the_largest_photo_of_a_phone_is_used():
    assert MAX_PIXELS > 8160 * 6120
