"""Photos that keep Pillow busy for minutes, though their file is small or shows little: known by counting their parts.

`image` limits the pixels, and Pillow what the texts of a PNG unpack to. What neither limits is counted here, on the
bytes alone: a limit on time would reject a photo on a slow machine and take it on a fast one.
"""

import re
import struct
from io import BytesIO

MAX_READS = 1_000_000  # by Pillow, of one file: for each chunk of a PNG, block of a GIF, run of a BMP; a photo takes 20
MAX_PROFILES = 16  # of a PNG, which may have one; each unpacks to at most a megabyte
MAX_BLOCKS = 16  # of EXIF, of a JPEG: a longer one is in pieces of 64 KB, and Pillow copies all of them for each
MAX_VALUES = 200_000  # of one number of a TIFF, such as where each strip lies; the table of 65,536 colours has 196,608
MAX_SCANS = 1_000  # of a JPEG: a progressive one has about ten
MAX_SCANNED = 1_280_000_000  # pixels: 20 scans of 64 million

UNREAD_TYPES = {1, 2, 7}  # of a TIFF: bytes and text, which Pillow leaves as they are
START_OF_SCAN, END_OF_PICTURE = 0xDA, 0xD9
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # of a JPEG; all but the last of a picture have a length


class Bomb(Exception):  # noqa: N818, a kind of photo
    """A photo in far more parts than any camera or program makes."""


class CountedReads(BytesIO):
    """The bytes of a photo, for Pillow to read.

    Raises:
        Bomb: on a read past `MAX_READS`.
    """

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise Bomb(f"over {MAX_READS:,} chunks, blocks or runs")
        return BytesIO.read(self, size)


def check_parts(data: bytes) -> None:
    """Refuse what Pillow would spend its time on before it tells the size of the photo.

    Raises:
        Bomb: it is one.
    """
    if data.startswith(b"\x89PNG"):
        _check(data.count(b"iCCP"), MAX_PROFILES, "colour profiles")
    elif data.startswith(b"\xff\xd8"):
        _check(data.count(b"Exif\0\0"), MAX_BLOCKS, "blocks of EXIF")
    elif data.startswith((b"II", b"MM")):
        _check(_values(data), MAX_VALUES, "values of one kind")


def check_scans(data: bytes, pixels: int) -> None:
    """Refuse a JPEG that draws the whole photo again and again.

    Args:
        data: of a JPEG.
        pixels: of the photo that it shows.

    Raises:
        Bomb: it is one.
    """
    _check(_scans(data), min(MAX_SCANS, MAX_SCANNED // max(pixels, 1)), "scans")


def check_exif(block: object) -> None:
    """Refuse an EXIF block, which is a TIFF, of many values; what is no block says nothing.

    Raises:
        Bomb: it is one.
    """
    if isinstance(block, bytes):
        _check(_values(block.removeprefix(b"Exif\0\0")), MAX_VALUES, "values of one kind")


def _check(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise Bomb(f"{count:,} {what}, expected at most {limit:,}")


def _values(data: bytes) -> int:
    """The values of the longest number on the first page of a TIFF; 0 where its directory can't be read.

    A damaged one may claim more values than the file has bytes, which Pillow does not look for.
    """
    order, big = ">" if data.startswith(b"MM") else "<", data[2:3] == b"+"
    offset, count, entry = ("8xQ", "Q", "2xHQ8x") if big else ("4xL", "H", "2xHL4x")
    try:
        (start,) = struct.unpack_from(order + offset, data)
        (entries,) = struct.unpack_from(order + count, data, start)
    except struct.error:
        return 0
    directory = struct.Struct(order + entry)
    first = start + struct.calcsize(order + count)
    entries = min(entries, (len(data) - first) // directory.size)
    found = directory.iter_unpack(memoryview(data)[first : first + entries * directory.size])
    held = (values for kind, values in found if kind not in UNREAD_TYPES and values <= len(data))
    return max(held, default=0)


def _scans(data: bytes) -> int:
    """The scans of the first picture in a JPEG; a file may hold others, and a film, behind it."""
    scans = parts = 0
    marker = MARKER.search(data, 2)
    while marker and data[marker.end() - 1] != END_OF_PICTURE:
        parts += 1
        _check(parts, MAX_READS, "segments")
        scans += data[marker.end() - 1] == START_OF_SCAN
        length = int.from_bytes(data[marker.end() : marker.end() + 2], "big")
        marker = MARKER.search(data, marker.end() + length)
    return scans
