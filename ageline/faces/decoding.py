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
from ageline.faces.audit.fingerprint import SIDE
from ageline.faces.audit.quality import UNKNOWN, Quality, measure_quality
from ageline.faces.detection import load_detector
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
        quality: see `audit.quality`.
        chunk: the scratch file that holds its pixels.
        row: its place there.
        shorter: side in pixels, see `image.DecodedFace`.
        found: faces in the photo, see `image.DecodedFace`.
        problem: why it can't be used; then the rest counts for nothing.
    """

    file_hash: str = ""
    pixel_hash: str = ""
    width: int = 0
    height: int = 0
    quality: Quality = UNKNOWN
    chunk: int = 0
    row: int = 0
    shorter: int = 0
    found: int = 0
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


def decode_photos(
    files: Sequence[File],
    face_crop: FaceCrop,
    scratch: Scratch,
    scheduler: Scheduler = ALL_CORES,
    detector: Path | None = None,
) -> list[Decoded]:
    """Decode photos into `scratch`.

    Args:
        files: where the photos are.
        face_crop: see `image.decode_face`.
        scratch: takes the pixels.
        scheduler: where it is done.
        detector: with `detect`, see `detection.load_detector`; each process loads its own.

    Returns:
        A row for each file, in that order.

    Raises:
        AgelineError: a process was killed, or does not see the files that this one sees; see also `Scheduler.map`.
    """
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    tasks = [(chunk, photos, face_crop, scratch, detector) for chunk, photos in enumerate(chunks)]
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


def _decode_chunk(
    chunk: int, files: Sequence[File], face_crop: FaceCrop, scratch: Scratch, detector_file: Path | None
) -> list[Decoded]:
    if not scratch.folder.is_dir():
        raise AgelineError(
            f"{scratch.folder} does not exist on {gethostname()}. On a cluster, the faces have to be written to storage"
            " that every worker sees under the same absolute path."
        )
    detector = load_detector(detector_file) if face_crop == "detect" else None
    decoded, row = [], 0
    files_of_chunk = scratch.file(chunk), scratch.thumbnail_file(chunk)
    # A cluster may run a task twice, even at once.
    partials = [path.with_suffix(f".{uuid.uuid4().hex}") for path in files_of_chunk]
    with partials[0].open("xb") as pixels, partials[1].open("xb") as thumbnails:
        for file in files:
            try:
                data = file.read()
                face = decode_face(data, scratch.height_width, face_crop, detector)
            except Unusable as unusable:
                decoded.append(Decoded(problem=unusable.problem))
                continue
            if scratch.keeps_faces:
                pixels.write(face.pixels.data)
            thumbnails.write(halve(face.gray).data)
            file_hash = hashlib.blake2b(data, digest_size=8).hexdigest()
            known = face.pixel_hash, face.width, face.height, measure_quality(face.gray)
            decoded.append(Decoded(file_hash, *known, chunk, row, face.shorter, face.found))
            row += 1
    for partial, path in zip(partials, files_of_chunk, strict=True):
        partial.replace(path)
    return decoded


def halve(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The mean of each block of 2 x 2 pixels: a thumbnail."""
    levels = gray.astype(np.uint16)
    rows = levels[0::2] + levels[1::2]
    means: npt.NDArray[np.uint8] = ((rows[:, 0::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)
    return means
