"""A corpus of bad photos, made by code: nothing here is a file, and nothing is random from one run to the next."""

import resource
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from photos import encode, noise, photo
from PIL import Image

from ageline.faces.image import NO_FACE, ImageError, decode_face

EXIF = Image.Exif()
EXIF[0x0112], EXIF[0x010F] = 1, "A camera"


def outcome(data: bytes) -> str:
    """What becomes of a photo: `face`, or the reason. Any other error is not caught."""
    try:
        face = decode_face(data, (8, 8), "whole")
    except ImageError as error:
        return str(error)
    assert (face.pixels.shape, face.pixels.dtype) == ((8, 8, 3), np.uint8)
    return "face"


def outcome_of_detect(data: bytes) -> str:
    """What becomes of a photo in which a face is looked for: as `outcome`; what is a face there mostly shows none."""
    try:
        face = decode_face(data, (8, 8), "detect")
    except ImageError as error:
        return "face" if error.problem.reason == NO_FACE else str(error)
    assert (face.pixels.shape, face.pixels.dtype) == ((8, 8, 3), np.uint8)
    return "face"


def peak() -> float:
    """The most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def truncations(data: bytes, step: int) -> Iterator[bytes]:
    """The photo cut short after every `step` bytes, from nothing to all but the last byte."""
    return (data[:end] for end in range(0, len(data), step))


def flips(data: bytes, step: int) -> Iterator[bytes]:
    """The photo with one bit wrong, for every `step`-th bit."""
    for bit in range(0, 8 * len(data), step):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


PHOTOS = {  # of every kind, 16 x 16 and like no other, so that no byte is idle
    "JPEG": noise(1, kind="JPEG", exif=EXIF),
    "progressive JPEG": noise(1, kind="JPEG", progressive=True),
    "MPO": noise(1, kind="MPO", save_all=True, append_images=[Image.new("RGB", (16, 16))]),
    "PNG": noise(1, exif=EXIF),
    "WebP": noise(1, kind="WEBP", exif=EXIF),
    "lossless WebP": noise(1, kind="WEBP", lossless=True),
    "GIF": noise(1, kind="GIF"),
    "animated GIF": noise(1, kind="GIF", save_all=True, append_images=[Image.new("RGB", (16, 16))]),
    "BMP": noise(1, kind="BMP"),
    "TIFF": noise(1, kind="TIFF"),
    "LZW TIFF": noise(1, kind="TIFF", compression="tiff_lzw"),
    "JPEG TIFF": noise(1, kind="TIFF", compression="jpeg"),
    "AVIF": noise(1, kind="AVIF"),
}

STRANGERS = {  # what turns up under the name of a photo
    "nothing": b"",
    "a byte": b"\xff",
    "text": b"a.jpg,31\n",
    "an error page": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "a vector image": b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
    "a page": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n",
    "an archive": b"PK\3\4" + bytes(60),
    "an icon": photo(kind="ICO", size=(16, 16)),
    "JPEG 2000": photo(kind="JPEG2000"),
    "a film": b"\0\0\0\x18ftypmp42" + bytes(64),
    "a disk that lost it": bytes(4096),
    "an erased disk": b"\xff" * 4096,
    "the first bytes of a JPEG": b"\xff\xd8\xff\xe0",
    "the first bytes of a PNG": b"\x89PNG\r\n\x1a\n",
    "the first bytes of a TIFF": b"II*\0",
    "the first bytes of a GIF": b"GIF89a",
    "the first bytes of a BMP": b"BM",
    "the first bytes of an AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
}


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(before: bytes = b"", size=(8, 8), pixels: bytes | None = None) -> bytes:
    """A grey PNG with chunks before its pixels; `pixels` is the compressed stream, and wrong if need be."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes((size[0] + 1) * size[1])) if pixels is None else pixels
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiff(*fields: tuple[int, int, int, object], size=(8, 8), behind: bytes = b"") -> bytes:
    """A black TIFF with fields (tag, type, count, value) on top of its own; a value of None points at `behind`."""
    width, height = size
    usual = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, None),
        278: (4, 1, height),
        279: (4, 1, width * height),
    }
    usual |= {tag: (kind, count, value) for tag, kind, count, value in fields}
    end = 8 + 2 + 12 * len(usual) + 4
    rows = [struct.pack("<HHII", tag, *usual[tag][:2], usual[tag][2] or end) for tag in sorted(usual)]
    return b"II*\0" + struct.pack("<IH", 8, len(rows)) + b"".join(rows) + bytes(4) + (behind or bytes(width * height))


def gif(before: bytes = b"", size=(8, 8), frame=(8, 8)) -> bytes:
    """A GIF of two colours with blocks before its frame, which may be of another size than it says."""
    screen = b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return screen + before + struct.pack("<cHHHHB", b",", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\0;"


def bmp(runs: bytes, size=(8, 8)) -> bytes:
    """A BMP of 8-bit run-length coding."""
    header = struct.pack("<IIIIiiHHIIiiII", 0, 0, 54 + 1024, 40, *size, 1, 8, 1, 0, 0, 0, 0, 0)
    return b"BM" + header + bytes(1024) + runs


def jpeg(behind_start: bytes = b"") -> bytes:
    """A grey JPEG with segments at its start."""
    plain = photo(100, mode="L", kind="JPEG")
    return plain[:2] + behind_start + plain[2:]


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def scans(count: int, side: int) -> bytes:
    """A progressive JPEG that says it is `side` x `side`, and draws its last scan `count` times."""
    plain = photo(100, mode="L", kind="JPEG", progressive=True)
    frame, last = plain.index(b"\xff\xc2") + 5, plain.rindex(b"\xff\xda")
    large = plain[:frame] + struct.pack(">HH", side, side) + plain[frame + 4 : -2]
    return large + plain[last:-2] * (count - 1) + plain[-2:]


def exif(*fields: tuple[int, int, int, object], behind: bytes = b"") -> bytes:
    """An EXIF block: a TIFF of fields alone."""
    return b"Exif\0\0" + tiff(*fields, behind=behind)


ZEROS = zlib.compress(bytes(1 << 26), 9)  # 64 MiB in 64 KiB
MEGABYTE = zlib.compress(bytes((1 << 20) - 64), 9)
MANY = 250_000

BOMBS = {  # and what is said of each; none takes noteworthy time or memory
    "PNG, 4 terapixels": (
        png(size=(2_000_000, 2_000_000), pixels=b""),
        "too many pixels: 4,000,000,000,000, expected at most 64,000,000",
    ),
    "PNG, 30,000 x 30,000": (png(size=(30_000, 30_000), pixels=b""), "too many pixels: 900,000,000, expected at most"),
    "PNG, 1 x 30,000": (png(size=(1, 30_000)), "too few pixels: 1x30000, expected at least 8 a side"),
    "PNG, more pixels than it says": (png(pixels=ZEROS), "face"),
    "PNG, a text of 64 MiB": (png(chunk(b"zTXt", b"a\0\0" + ZEROS)), "broken photo: Decompressed data too large"),
    "PNG, an international text of 64 MiB": (
        png(chunk(b"iTXt", b"a\0\1\0\0\0" + ZEROS)),
        "broken photo: Decompressed data too large",
    ),
    "PNG, 100 texts of a megabyte": (
        png(chunk(b"zTXt", b"a\0\0" + MEGABYTE) * 100),
        "broken photo: Too much memory used in text chunks",
    ),
    "PNG, a colour profile of 64 MiB": (
        png(chunk(b"iCCP", b"a\0\0" + ZEROS)),
        "broken photo: Decompressed data too large",
    ),
    "PNG, 5,000 colour profiles of a megabyte": (
        png(chunk(b"iCCP", b"a\0\0" + MEGABYTE) * 5_000),
        "too many parts: 5,000 colour profiles, expected at most 16",
    ),
    "PNG, many texts": (
        png(chunk(b"tEXt", b"a\0") * 2 * MANY),
        "too many parts: over 1,000,000 chunks, blocks or runs",
    ),
    "PNG, EXIF of many orientations": (
        png(chunk(b"eXIf", exif((0x0112, 3, MANY, None), behind=bytes(2 * MANY))[6:])),
        "too many parts: 250,000 values of one kind, expected at most 200,000",
    ),
    "GIF, 65,535 x 65,535": (gif(size=(65_535, 65_535)), "too many pixels"),
    "GIF, a frame larger than its screen": (gif(frame=(65_535, 65_535)), "too many pixels"),
    "GIF, less in it than it says": (gif(size=(8_000, 8_000)), "broken photo: image file is truncated"),
    "GIF, many comments": (gif(b"!\xfe\1a\0" * 2 * MANY), "too many parts: over 1,000,000 chunks"),
    "GIF, a comment in many pieces": (gif(b"!\xfe" + b"\1a" * 4 * MANY + b"\0"), "too many parts: over 1,000,000"),
    "TIFF, 65,535 x 65,535": (tiff(size=(65_535, 65_535), behind=b"\0"), "too many pixels"),
    "TIFF, less in it than it says": (
        tiff(size=(8_000, 8_000), behind=b"\0" * 64),
        "broken photo: image file is truncated",
    ),
    "TIFF, a strip that unpacks to more than it says": (
        tiff((259, 3, 1, 8), (279, 4, 1, len(ZEROS)), behind=ZEROS),
        "face",
    ),
    "TIFF, a description longer than the file": (tiff((270, 2, 0xFFFFFFF0, 8)), "face"),
    "TIFF, many strips": (
        tiff((273, 4, MANY, None), (278, 4, 1, 1), (279, 4, MANY, None), size=(8, MANY), behind=bytes(4 * MANY)),
        "too many parts: 250,000 values of one kind, expected at most 200,000",
    ),
    "TIFF, many sample formats": (
        tiff((339, 3, MANY, None), behind=bytes(2 * MANY)),
        "too many parts: 250,000 values of one kind",
    ),
    "TIFF, pages in a circle": (tiff()[:106] + struct.pack("<I", 8) + tiff()[110:], "face"),
    "TIFF, its EXIF is itself": (tiff((0x8769, 4, 1, 8)), "face"),
    "BMP, 30,000 x 30,000": (bmp(b"", (30_000, 30_000)), "too many pixels"),
    "BMP, less in it than it says": (bmp(b"\0\0", (8_000, 8_000)), "broken photo: not enough image data"),
    "BMP, runs of nothing": (bmp(b"\0\0" * 4 * MANY), "too many parts: over 1,000,000 chunks, blocks or runs"),
    "WebP, 16,384 x 16,384 of which one frame is there": (
        b"RIFF\x60\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\xff\x3f\0\xff\x3f\0ANIM\x06\0\0\0" + bytes(6) + bytes(60),
        "too many pixels",
    ),
    "JPEG, 40 scans of 64 million pixels": (scans(40, 8_000), "too many parts: 4. scans, expected at most 20"),
    "JPEG, 100,000 scans of 64 pixels": (
        scans(100_000, 8),
        "too many parts: 100,00. scans, expected at most 1,000",
    ),
    "JPEG, many segments at its start": (jpeg(b"\xff\xe1\0\2" * 2 * MANY), "too many parts: over 1,000,000 chunks"),
    "JPEG, many segments at its end": (
        jpeg()[:-2] + b"\xff\xfe\0\2" * 5 * MANY + jpeg()[-2:],
        "too many parts: 1,000,001 segments",
    ),
    "JPEG, fill bytes": (jpeg(b"\xff" * 5 * MANY), "too many parts: over 1,000,000 chunks, blocks or runs"),
    "JPEG, EXIF in 200 pieces": (
        jpeg(segment(0xE1, b"Exif\0\0" + bytes(10_000)) * 200),
        "too many parts: 200 blocks of EXIF, expected at most 16",
    ),
}

TURNED = tiff((0x0112, 3, 1, 3))  # an EXIF block that is whole: upside down
BAD_EXIF = (
    {  # none is a reason to lose a face
        "no block": b"",
        "its name alone": b"Exif\0\0",
        "noise": b"Exif\0\0" + bytes(range(256)),
        "an endless directory": b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(12),
        "a directory behind the end": b"Exif\0\0II*\0\xff\xff\xff\x7f",
        "a directory within its own header": b"Exif\0\0II*\0\0\0\0\0" + bytes(64),
        "an orientation in words": exif((0x0112, 2, 4, 0x70696C66)),
        "an orientation of no value": exif((0x0112, 3, 0, 8)),
        "an orientation of a value and a half": exif((0x0112, 5, 1, None), behind=struct.pack("<II", 3, 2)),
        "an orientation divided by zero": exif((0x0112, 5, 1, None), behind=bytes(8)),
        "a thousand orientations": exif((0x0112, 3, 1000, None), behind=bytes(2000)),
        "an orientation of an unknown type": exif((0x0112, 99, 1, 3)),
        "a resolution divided by zero": exif((0x011A, 5, 1, None), (0x0128, 3, 1, 2), behind=bytes(8)),
        "a million values that are not there": exif((0x9214, 3, 1_000_000, 8)),
        "GPS that points at itself": exif((0x8825, 4, 1, 8)),
        "a maker's note behind the end": exif((0x927C, 7, 0x7FFFFFFF, 0x7FFFFFFF)),
    }
    | {f"cut after {end} bytes": b"Exif\0\0" + TURNED[:end] for end in range(0, 40, 3)}
)

MODES = ("1", "L", "LA", "La", "P", "PA", "I", "I;16", "I;16L", "I;16B", "F", "RGB", "RGBA", "RGBX", "RGBa", "CMYK")
MODES += ("YCbCr", "LAB", "HSV")


def in_mode(mode: str, kind: str) -> bytes | None:
    """A photo of this mode of Pillow's; None where the format can't hold it."""
    file = BytesIO()
    try:
        Image.new(mode, (8, 8)).save(file, kind)
    except (OSError, KeyError, ValueError):
        return None
    return file.getvalue()


def thin(kind: str, side: int) -> dict[str, bytes]:
    """Photos of which one side is `side` pixels long, and the other one pixel or eight."""
    sizes = [(side, 1), (1, side), (side, 8), (8, side)]
    return {f"{width} x {height}": encode(Image.new("RGB", (width, height), "red"), kind) for width, height in sizes}
