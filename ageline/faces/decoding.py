"""All photos of a source, decoded in parallel: small rows to keep, pixels to a scratch folder.

A chunk of photos is one task: what comes out depends on the photos alone, so the number of workers and who does which
chunk can't change a byte. Pixels never pass between processes, and no more than one photo stands in memory in each.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ageline.errors import AgelineError
from ageline.faces.image import FaceCrop, decode_face
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.scheduling import ALL_CORES, Scheduler
from ageline.faces.sources import File

CHUNK = 128  # photos: some tenths of a second of work, and a scratch file of 19 MB at 224 x 224


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a photo.

    Attributes:
        file_hash: of its bytes, 16 hex digits.
        pixel_hash: see `image.DecodedFace`.
        width: of the photo, upright, in pixels.
        height: of the photo, upright, in pixels.
        chunk: the scratch file that holds its pixels.
        row: its place there.
        problem: why it can't be used; then the rest counts for nothing.
    """

    file_hash: str = ""
    pixel_hash: str = ""
    width: int = 0
    height: int = 0
    chunk: int = 0
    row: int = 0
    problem: Problem | None = None


@dataclass(frozen=True)
class Scratch:
    """A folder of decoded faces, a raw file for each chunk: uint8 RGB faces one after the other.

    Attributes:
        folder: has to exist.
        height_width: of each face in pixels.
    """

    folder: Path
    height_width: tuple[int, int]

    def file(self, chunk: int) -> Path:
        return self.folder / f"{chunk:07d}.rgb"

    def faces(self, chunks: Sequence[int], rows: Sequence[int]) -> Iterator[npt.NDArray[np.uint8]]:
        """The faces at `rows` of `chunks`, each `[height, width, 3]`; one chunk is open at a time."""
        opened, pixels = -1, np.empty((0, *self.height_width, 3), np.uint8)
        for chunk, row in zip(chunks, rows, strict=True):
            if chunk != opened:
                opened = chunk
                pixels = np.memmap(self.file(chunk), np.uint8, "r").reshape(-1, *self.height_width, 3)
            yield pixels[row]


def decode_photos(
    files: Sequence[File], face_crop: FaceCrop, scratch: Scratch, scheduler: Scheduler = ALL_CORES
) -> list[Decoded]:
    """Decode photos into `scratch`.

    Args:
        files: where the photos are.
        face_crop: see `image.decode_face`.
        scratch: takes the pixels.
        scheduler: where it is done.

    Returns:
        A row for each file, in that order.

    Raises:
        AgelineError: a process was killed, or does not see the files that this one sees; see also `Scheduler.map`.
    """
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    tasks = [(chunk, photos, face_crop, scratch) for chunk, photos in enumerate(chunks)]
    decoded: list[Decoded] = []
    with (
        closing(scheduler.map(_decode_chunk, tasks)) as results,
        tqdm(total=len(files), unit=" photos", disable=None) as progress,
    ):
        for photos, rows in zip(chunks, results, strict=True):
            _check_seen(photos, rows)
            decoded += rows
            progress.update(len(rows))
    return decoded


def _check_seen(files: Sequence[File], rows: Sequence[Decoded]) -> None:
    """Raise where a photo is rejected as not readable that this process can read."""
    for file, row in zip(files, rows, strict=True):
        if row.problem and row.problem.reason == NOT_READABLE and _is_readable(file):
            raise AgelineError(
                f"{file} can be read here, but not where it was to be decoded ({row.problem.detail}). On a cluster,"
                " the source has to be on storage that every worker sees under the same absolute path."
            )


def _is_readable(file: File) -> bool:
    try:
        file.read()
    except Unusable as unusable:
        return unusable.problem.reason != NOT_READABLE
    return True


def _decode_chunk(chunk: int, files: Sequence[File], face_crop: FaceCrop, scratch: Scratch) -> list[Decoded]:
    if not scratch.folder.is_dir():
        raise AgelineError(
            f"{scratch.folder} does not exist on {gethostname()}. On a cluster, the faces have to be written to storage"
            " that every worker sees under the same absolute path."
        )
    decoded, row = [], 0
    partial = scratch.file(chunk).with_suffix(f".{uuid.uuid4().hex}")  # a cluster may run a task twice, even at once
    with partial.open("xb") as pixels:
        for file in files:
            try:
                data = file.read()
                face = decode_face(data, scratch.height_width, face_crop)
            except Unusable as unusable:
                decoded.append(Decoded(problem=unusable.problem))
                continue
            pixels.write(face.pixels.data)
            file_hash = hashlib.blake2b(data, digest_size=8).hexdigest()
            decoded.append(Decoded(file_hash, face.pixel_hash, face.width, face.height, chunk, row))
            row += 1
    partial.replace(scratch.file(chunk))
    return decoded
