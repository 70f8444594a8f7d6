"""All photos of a source, decoded in parallel: small rows to keep, pixels to a scratch folder.

A chunk of photos is one task: what comes out depends on the photos alone, so the number of workers and who does which
chunk can't change a byte. Pixels never pass between processes, and no more than one photo stands in memory in each.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
from joblib.externals.loky.process_executor import BrokenProcessPool
from tqdm import tqdm

from ageline.errors import AgelineError
from ageline.faces.audit.fingerprint import SIDE
from ageline.faces.audit.quality import UNKNOWN, Quality, measure_quality
from ageline.faces.image import FaceCrop, decode_face
from ageline.faces.problems import Problem, Unusable
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
        quality: see `audit.quality`.
        chunk: the scratch file that holds its pixels.
        row: its place there.
        problem: why it can't be used; then the rest counts for nothing.
    """

    file_hash: str = ""
    pixel_hash: str = ""
    width: int = 0
    height: int = 0
    quality: Quality = UNKNOWN
    chunk: int = 0
    row: int = 0
    problem: Problem | None = None


@dataclass(frozen=True)
class Scratch:
    """A folder of decoded faces, two raw files for each chunk: RGB faces one after the other, and their thumbnails.

    Attributes:
        folder: has to exist.
        height_width: of each face in pixels.
        keeps_faces: False leaves the files of faces empty, where only the thumbnails are of use.
    """

    folder: Path
    height_width: tuple[int, int]
    keeps_faces: bool = True

    def file(self, chunk: int) -> Path:
        return self.folder / f"{chunk:07d}.rgb"

    def thumbnail_file(self, chunk: int) -> Path:
        return self.folder / f"{chunk:07d}.gray"

    def thumbnails(self, photos: int) -> npt.NDArray[np.uint8]:
        """The thumbnails of all faces of `photos` photos, in order: uint8 `[n, SIDE, SIDE]`, memory-mapped."""
        together = self.folder / "thumbnails.gray"
        with together.open("wb") as file:
            for chunk in range(-(-photos // CHUNK)):
                file.write(self.thumbnail_file(chunk).read_bytes())
        if not together.stat().st_size:
            return np.empty((0, SIDE, SIDE), np.uint8)
        return np.memmap(together, np.uint8, "r").reshape(-1, SIDE, SIDE)

    def faces(self, chunks: Sequence[int], rows: Sequence[int]) -> Iterator[npt.NDArray[np.uint8]]:
        """The faces at `rows` of `chunks`, each `[height, width, 3]`; one chunk is open at a time."""
        opened, pixels = -1, np.empty((0, *self.height_width, 3), np.uint8)
        for chunk, row in zip(chunks, rows, strict=True):
            if chunk != opened:
                opened = chunk
                pixels = np.memmap(self.file(chunk), np.uint8, "r").reshape(-1, *self.height_width, 3)
            yield pixels[row]


def decode_photos(files: Sequence[File], face_crop: FaceCrop, scratch: Scratch, workers: int = -1) -> list[Decoded]:
    """Decode photos into `scratch`.

    Args:
        files: where the photos are.
        face_crop: see `image.decode_face`.
        scratch: takes the pixels.
        workers: processes; -1 is one for each core.

    Returns:
        A row for each file, in that order.

    Raises:
        AgelineError: a worker process was killed.
    """
    starts = range(0, len(files), CHUNK)
    tasks = (
        joblib.delayed(_decode_chunk)(start // CHUNK, files[start : start + CHUNK], face_crop, scratch)
        for start in starts
    )
    parallel = joblib.Parallel(workers if len(starts) > 1 else 1, return_as="generator", batch_size=1)
    decoded: list[Decoded] = []
    with closing(parallel(tasks)) as chunks, tqdm(total=len(files), unit=" photos", disable=None) as progress:
        for rows in _or_advice(chunks):
            decoded += rows
            progress.update(len(rows))
    return decoded


def _or_advice(chunks: Iterator[list[Decoded]]) -> Iterator[list[Decoded]]:
    try:
        yield from chunks
    except BrokenProcessPool as error:
        raise AgelineError(
            "A process that decoded photos was killed, as a rule for want of memory. Free some, and run again."
        ) from error


def _decode_chunk(chunk: int, files: Sequence[File], face_crop: FaceCrop, scratch: Scratch) -> list[Decoded]:
    decoded, row = [], 0
    with scratch.file(chunk).open("xb") as pixels, scratch.thumbnail_file(chunk).open("xb") as thumbnails:
        for file in files:
            try:
                data = file.read()
                face = decode_face(data, scratch.height_width, face_crop)
            except Unusable as unusable:
                decoded.append(Decoded(problem=unusable.problem))
                continue
            if scratch.keeps_faces:
                pixels.write(face.pixels.data)
            thumbnails.write(_halved(face.gray).data)
            file_hash = hashlib.blake2b(data, digest_size=8).hexdigest()
            quality = measure_quality(face.gray)
            decoded.append(Decoded(file_hash, face.pixel_hash, face.width, face.height, quality, chunk, row))
            row += 1
    return decoded


def _halved(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The mean of each block of 2 x 2 pixels: a thumbnail."""
    sums = gray.reshape(SIDE, 2, SIDE, 2).sum((1, 3), np.uint16)
    means: npt.NDArray[np.uint8] = ((sums + 2) >> 2).astype(np.uint8)
    return means
