"""How many near-duplicates the audit finds, how many of those that it reports are right, and how its time grows.

    python -m benchmarks.duplicates                 # on data/sample
    python -m benchmarks.duplicates data/raw/faces  # on any folder, .zip or .tar of labelled photos

Plants copies of 500 photos behind the others: re-encoded as JPEG of quality 50, halved in size and enlarged again,
cropped to 96% of each side at a random place, 10% brighter, 10% darker; all but the first saved as JPEG of quality 95.
One half of them is for tuning the thresholds of `ageline.faces.audit.near_duplicates`, the other is only ever measured.
(They were set on another planting, of another seed.) A harder crop, 4% off every side, is planted and counted apart.

A reported pair that has a planted copy in it is right if both are of one photo, or of two that are reported without any
planting. Pairs among the source's own photos can only be judged by eye: `reports/ingest/duplicates.png`.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance

from ageline.errors import run
from ageline.faces.audit.groups import group_faces
from ageline.faces.audit.near_duplicates import LEAST_CONTRAST, NearDuplicates, find_near_duplicates
from ageline.faces.decoding import halve
from ageline.faces.image import ImageError, decode_face
from ageline.faces.layouts import find_layout
from ageline.faces.sources import open_source
from ageline.params import Data

PLANTED = 500
SEED = 11
CROP = 0.04

Thumbnails = npt.NDArray[np.uint8]


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    photos = _distinct_photos(flags.source)
    rng = np.random.default_rng(SEED)
    bases = rng.permutation(len(photos))[:PLANTED].tolist()
    own = np.stack([_thumbnail(photo) for photo in photos])
    # Kinds take turns, so that each half holds as many of each.
    kinds = [list(KINDS)[number // 2 % len(KINDS)] for number in range(len(bases))]
    copies = [KINDS[kind](_open(photos[base]), rng) for base, kind in zip(bases, kinds, strict=True)]
    harder = [_encode(_cut(_open(photos[base]), CROP, CROP, 2 * CROP)) for base in bases]
    print(f"{flags.source}: {len(own):,} different photos, {len(copies)} planted copies")
    _print_found(own, np.stack(list(map(_thumbnail, copies))), bases, kinds)
    print()
    _print_found(own, np.stack(list(map(_thumbnail, harder))), bases, ["crop, 4% off every side"] * len(bases))
    print()
    _print_growth(own)


def _print_found(own: Thumbnails, copies: Thumbnails, bases: Sequence[int], kinds: Sequence[str]) -> None:
    alone, together = _search(own), _search(np.concatenate([own, copies]))
    known, reported = set(_pairs(alone)), [pair for pair in _pairs(together) if pair[1] >= len(own)]
    origin = [*range(len(own)), *bases]
    right = [
        (earlier, later)
        for earlier, later in reported
        if origin[earlier] == origin[later] or tuple(sorted((origin[earlier], origin[later]))) in known
    ]
    found = [(base, len(own) + number) in right for number, base in enumerate(bases)]
    print("| copy | found, tuning half | found, held-out half | |\n|---|---:|---:|---:|")
    for kind in dict.fromkeys(kinds):
        print(f"| {kind} | {_row([hit for hit, of in zip(found, kinds, strict=True) if of == kind])}")
    print(f"| all | {_row(found)}\n")
    share = len(right) / max(1, len(reported))
    print(f"{len(right)} of {len(reported)} reported pairs with a planted copy are right, {share:.1%}")
    groups = np.bincount(group_faces(np.arange(len(own)), alone).leader)
    print(f"{len(known)} pairs among the source's own photos; the largest group has {groups.max()} of them")


def _row(found: Sequence[bool]) -> str:
    halves = (found[0::2], found[1::2])
    return " | ".join([*(f"{sum(half)} of {len(half)}" for half in halves), f"{sum(found) / len(found):.1%} |"])


def _print_growth(own: Thumbnails) -> None:
    print("| photos | seconds for all pairs | microseconds a photo |")
    print("|---:|---:|---:|")
    for part in (8, 4, 2, 1):
        some = own[np.linspace(0, len(own) - 1, len(own) // part).astype(int)]
        seconds = min(_time(some) for _ in range(3))
        print(f"| {len(some):,} | {seconds:.2f} | {1e6 * seconds / len(some):.0f} |")


def _time(thumbnails: Thumbnails) -> float:
    started = time.perf_counter()
    _search(thumbnails)
    return time.perf_counter() - started


def _search(thumbnails: Thumbnails) -> NearDuplicates:
    contrast = thumbnails.reshape(len(thumbnails), -1).std(axis=1)
    return find_near_duplicates(thumbnails, np.flatnonzero(contrast >= LEAST_CONTRAST))


def _pairs(near: NearDuplicates) -> list[tuple[int, int]]:
    return [(earlier, later) for earlier, later in near.pairs.tolist()]


def _distinct_photos(source: Path) -> list[bytes]:
    opened = open_source(source)
    data = Data(source=str(source), layout="auto", pattern=None, columns=None)
    distinct: dict[str, bytes] = {}
    for face in find_layout(opened, data).list_faces(opened):
        if face.problem_for("age") is None:
            photo = opened.read(face.source)
            try:
                distinct.setdefault(decode_face(photo, (8, 8), "whole").pixel_hash, photo)
            except ImageError:
                continue
    return list(distinct.values())


def _thumbnail(photo: bytes) -> Thumbnails:
    gray = decode_face(photo, (8, 8), "whole").gray
    return halve(gray)


def _open(photo: bytes) -> Image.Image:
    return Image.open(BytesIO(photo)).convert("RGB")


def _encode(photo: Image.Image, quality: int = 95) -> bytes:
    file = BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _halve(photo: Image.Image) -> bytes:
    return _encode(photo.resize((photo.width // 2, photo.height // 2)).resize(photo.size))


def _cut(photo: Image.Image, left: float, top: float, share: float) -> Image.Image:
    """The photo without `share` of each side, of which `left` and `top` are cut at its beginning."""
    width, height = photo.size
    start = round(left * width), round(top * height)
    return photo.crop((*start, start[0] + round((1 - share) * width), start[1] + round((1 - share) * height)))


def _crop(photo: Image.Image, rng: np.random.Generator) -> bytes:
    left, top = rng.uniform(0, CROP, 2)
    return _encode(_cut(photo, left, top, CROP))


def _light(factor: float) -> Callable[[Image.Image, np.random.Generator], bytes]:
    return lambda photo, _: _encode(ImageEnhance.Brightness(photo).enhance(factor))


KINDS: dict[str, Callable[[Image.Image, np.random.Generator], bytes]] = {
    "JPEG of quality 50": lambda photo, _: _encode(photo, 50),
    "half size and back": lambda photo, _: _halve(photo),
    "crop of 4%": _crop,
    "10% brighter": _light(1.1),
    "10% darker": _light(0.9),
}


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plant near-duplicates and look for them.")
    parser.add_argument("source", type=Path, nargs="?", default=Path("data/sample"))
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
