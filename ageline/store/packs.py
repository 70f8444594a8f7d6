"""Packs: shards of decoded faces, uint8 RGB `[n, height, width, 3]` in `.npy`, memory-mapped when read.

Where one pack ends is decided by the faces themselves (a hash of the face's id), not by their number, so a batch of
photos whose names sort last changes the last pack and adds new ones: DVC stores the others once.
"""

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

MEAN_FACES = 256
MAX_FACES = 512

Pixels = npt.NDArray[np.uint8]


def pack_name(pack: int) -> str:
    return f"pack-{pack:05d}.npy"


def assign_packs(face_ids: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The pack of each face and its row there, for faces in the order in which they are stored."""
    packs, rows = np.zeros(len(face_ids), np.int32), np.zeros(len(face_ids), np.int32)
    pack, row = 0, 0
    for position, face_id in enumerate(face_ids):
        packs[position], rows[position] = pack, row
        row += 1
        if row == MAX_FACES or _ends_pack(face_id):
            pack, row = pack + 1, 0
    return packs, rows


def write_pack(path: Path, images: Iterable[Pixels], count: int, height_width: tuple[int, int]) -> None:
    """Write `count` images one after the other: a pack never stands in memory as a whole.

    Raises:
        ValueError: an image of another shape or type, or another number of images than `count`.
    """
    shape = (*height_width, 3)
    written = 0
    with path.open("xb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, *shape)}
        np.lib.format.write_array_header_1_0(file, header)
        for image in images:
            if image.shape != shape or image.dtype != np.uint8:
                raise ValueError(f"a pack takes uint8 {shape}, received {image.dtype} {image.shape}")
            file.write(np.ascontiguousarray(image).data)
            written += 1
    if written != count:
        raise ValueError(f"{path}: expected {count} images, received {written}")


def _ends_pack(face_id: str) -> bool:
    return zlib.crc32(face_id.encode()) % MEAN_FACES == 0
