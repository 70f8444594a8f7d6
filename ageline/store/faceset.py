"""A folder of faces: `manifest.parquet` and the packs it points into."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.errors import AgelineError
from ageline.store.files import written_whole
from ageline.store.manifest import MANIFEST, read_manifest, write_manifest
from ageline.store.packs import Pixels, assign_packs, pack_name, write_pack


@dataclass(frozen=True)
class FaceSet:
    """Faces whose pixels stay on disk until asked for.

    Attributes:
        manifest: a row per face, see `ageline.store.manifest`.
        packs: memory-mapped uint8 RGB arrays `[n, height, width, 3]`.
    """

    manifest: pd.DataFrame
    packs: tuple[Pixels, ...]

    @classmethod
    def open(cls, folder: str | Path) -> "FaceSet":
        """Open a folder that `write_faceset` wrote.

        Raises:
            AgelineError: the folder is not whole.
        """
        manifest = read_manifest(folder)
        sizes = np.bincount(manifest.pack)
        return cls(manifest, tuple(_open_pack(Path(folder) / pack_name(pack), n) for pack, n in enumerate(sizes)))

    def __len__(self) -> int:
        return len(self.manifest)

    @property
    def ages(self) -> npt.NDArray[np.float32]:
        """Age in years of each face, `[n]`."""
        return self.manifest.age.to_numpy(np.float32)

    @property
    def height_width(self) -> tuple[int, int]:
        """The size of every face in pixels.

        Raises:
            AgelineError: there are no faces.
        """
        if not self.packs:
            raise AgelineError(
                "the fold holds no faces, expected at least one. See metrics/ingest for what became of them."
            )
        height, width = self.packs[0].shape[1:3]
        return height, width

    def pixels(self, positions: Sequence[int] | npt.NDArray[np.integer]) -> Pixels:
        """The faces at `positions` (rows of the manifest) as one uint8 array `[n, height, width, 3]`."""
        return np.stack([self.face(position) for position in positions])

    def face(self, position: int | np.integer) -> Pixels:
        """The face at `position` (row of the manifest), `[height, width, 3]`: a view of its pack, read when used."""
        packs, pack, row = self._located
        face: Pixels = packs[pack[position]][row[position]]
        return face

    @cached_property
    def _located(self) -> tuple[list[Pixels], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The packs as plain arrays, which are quicker to index than memmaps, and each face's pack and row."""
        packs = [np.asarray(pack) for pack in self.packs]
        return packs, self.manifest.pack.to_numpy(), self.manifest.row.to_numpy()


def write_faceset(
    folder: str | Path, manifest: pd.DataFrame, images: Iterable[Pixels], height_width: tuple[int, int]
) -> None:
    """Write a folder of faces, whole or not at all.

    Args:
        folder: replaced if it exists.
        manifest: a row per face in the order in which to store them; `pack` and `row` are filled in here.
        images: uint8 RGB `[height, width, 3]`, in the order of `manifest`; read once, never all in memory.
        height_width: the size of every image in pixels.

    Raises:
        ValueError: as many images as faces, all of that size and uint8, were expected and others received.
    """
    packs, rows = assign_packs(list(manifest.face_id))
    manifest = manifest.assign(pack=packs, row=rows)
    stream = iter(images)
    with written_whole(folder) as partial:
        partial.mkdir()
        for pack, count in enumerate(np.bincount(packs, minlength=0)):
            write_pack(partial / pack_name(pack), islice(stream, int(count)), int(count), height_width)
        if next(stream, None) is not None:
            raise ValueError(f"{folder}: more images than the {len(manifest)} faces of the manifest")
        write_manifest(partial / MANIFEST, manifest)


def _open_pack(path: Path, faces: int) -> Pixels:
    try:
        pack: Pixels = np.load(path, mmap_mode="r")
    except (OSError, EOFError, ValueError) as error:
        raise AgelineError(f"{path} is missing or broken ({error}). Run `dvc repro` to write it anew.") from error
    if len(pack) != faces:
        raise AgelineError(f"{path} holds {len(pack)} faces, its manifest {faces}. Run `dvc repro` to write it anew.")
    return pack
