"""A plain tar: listed once, then each photo is read at its own place in it."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

from ageline.errors import AgelineError
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.sources.source import Source, check_size, printable, without_waiting


@dataclass(frozen=True, slots=True)
class TarFile:
    """A member of a tar.

    Attributes:
        archive: path of the tar.
        offset: of the member's first byte in it.
        size: of the member in bytes.
    """

    archive: str
    offset: int
    size: int

    def read(self) -> bytes:
        check_size(self.size)
        try:
            with open(self.archive, "rb", opener=without_waiting) as archive:
                archive.seek(self.offset)
                data = archive.read(self.size)
        except OSError as error:
            raise Unusable(NOT_READABLE, error.strerror or str(error)) from error
        if len(data) != self.size:
            raise Unusable("archive member cut short", f"{len(data):,} of {self.size:,} bytes")
        return data


def list_tar(path: Path) -> Source:
    """List the plain files of a tar; links, devices and names that lead out of it are refused.

    Raises:
        AgelineError: it is no plain tar, or damaged.
    """
    source = Source(path)
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if member.size < 0:  # the next header would be looked for further back, for ever
                    raise tarfile.ReadError(f"{member.name} has a size of {member.size:,}")
                _add(source, member, str(path.absolute()))
                archive.members.clear()  # type: ignore[attr-defined]  # a kilobyte each, and all kept
            end = archive.offset
        _check_end(path, end)
    except Exception as error:  # damaged headers can raise anything, from IndexError to RecursionError
        raise AgelineError(
            f"{path} is not a readable tar: {printable(str(error))}. Make it anew, without compression."
        ) from error
    return source


def _add(source: Source, member: tarfile.TarInfo, archive: str) -> None:
    if member.isdir():
        return
    if member.issym() or member.islnk():
        source.refuse(member.name, Problem("link in an archive", f"to {printable(member.linkname)}"))
    elif not member.isreg() or member.issparse():
        source.refuse(member.name, Problem("not a plain file"))
    else:
        source.add(member.name, TarFile(archive, member.offset_data, member.size))


def _check_end(path: Path, end: int) -> None:
    """Raise where Python takes a damaged header for the end of the archive, and would lose all that follows it."""
    with path.open("rb") as archive:
        archive.seek(end)
        if any(archive.read(tarfile.BLOCKSIZE)):
            raise tarfile.ReadError(f"damaged at byte {end:,}")
