"""A zip: listed once, then each photo is read at its own place in it.

`zipfile` would read the list of all members again in every process, which grows with their number.
"""

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ageline.errors import AgelineError
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.sources.source import Source, check_size, without_waiting

LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, then the lengths of the name and the extra field before the data
ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class ZipFile:
    """A member of a zip.

    Attributes:
        archive: path of the zip.
        offset: of the member's local header in it.
        stored: bytes of the member in the archive.
        size: bytes of the member, unpacked.
        deflated: whether it is compressed.
        crc: of the bytes unpacked.
    """

    archive: str
    offset: int
    stored: int
    size: int
    deflated: bool
    crc: int

    def read(self) -> bytes:
        check_size(max(self.size, self.stored))
        try:
            data = self._unpack(self._raw())
        except OSError as error:
            raise Unusable(NOT_READABLE, error.strerror or str(error)) from error
        except (zlib.error, struct.error, ValueError) as error:
            raise Unusable("archive member damaged", str(error)) from error
        if len(data) != self.size or zlib.crc32(data) != self.crc:
            raise Unusable("archive member damaged", f"{len(data):,} of {self.size:,} bytes, or another checksum")
        return data

    def _raw(self) -> bytes:
        with open(self.archive, "rb", opener=without_waiting) as archive:
            archive.seek(self.offset)
            signature, name, extra = LOCAL_HEADER.unpack(archive.read(LOCAL_HEADER.size))
            if signature != b"PK\3\4":
                raise Unusable("archive member damaged", "no local header where the list says")
            archive.seek(name + extra, 1)
            return archive.read(self.stored)

    def _unpack(self, raw: bytes) -> bytes:
        if not self.deflated:
            return raw
        # One byte over what is declared shows a member that is larger than it says, and unpacks no more of it.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, self.size + 1)


def list_zip(path: Path) -> Source:
    """List the plain files of a zip; links, encrypted members and names that lead out of it are refused.

    Raises:
        AgelineError: it is no zip, or damaged.
    """
    source = Source(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _add(source, member, str(path.absolute()))
    except Exception as error:  # a damaged list of members can raise anything
        raise AgelineError(f"{path} is not a readable zip: {error}. Make it anew.") from error
    return source


def _add(source: Source, member: zipfile.ZipInfo, archive: str) -> None:
    if member.is_dir():
        return
    name = member.filename.replace("\\", "/")  # some Windows programs write them so
    problem = _problem(member)
    if problem:
        source.refuse(name, problem)
        return
    deflated = member.compress_type == zipfile.ZIP_DEFLATED
    source.add(
        name,
        ZipFile(archive, member.header_offset, member.compress_size, member.file_size, deflated, member.CRC),
    )


def _problem(member: zipfile.ZipInfo) -> Problem | None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Problem("link in an archive")
    if kind not in {0, stat.S_IFREG}:
        return Problem("not a plain file")
    if member.flag_bits & ENCRYPTED:
        return Problem("archive member encrypted")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return Problem("archive member compressed in an unknown way", "expected stored or deflated")
    return None
