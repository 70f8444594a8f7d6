"""Copies of photos on which the answer is drawn: upright, without the photo's metadata.

A copy lies below the folder that was asked for where its photo lies below the folder that was given. Of a JPEG it is a
JPEG, of all else a PNG. Where two photos would have one name, as those of two folders may, the later one's gets a
number: `face-2.jpg`. A photo too small for text is enlarged by a whole number.

The folder is new or empty before the first copy, so that no copy ever replaces a file that is not one.
"""

import errno
import os
from collections.abc import Collection, Iterable, Sequence
from math import ceil
from pathlib import Path, PurePath
from tempfile import TemporaryFile

from PIL import Image, ImageDraw, ImageFont

from ageline.errors import AgelineError
from ageline.faces.image import decode_photo
from ageline.serving.journal import Entry
from ageline.serving.photos import Listing, read_photo
from ageline.serving.room import room_for
from ageline.store.files import written_whole

JPEG = frozenset((".jpg", ".jpeg", ".jpe", ".jfif"))
QUALITY = 92  # of a JPEG
LEAST_WIDTH, LEAST_HEIGHT = 200, 24  # pixels: what a label of the smallest letters fits in
LONGEST_SIDE = 4000  # pixels, to which one is enlarged at most
LETTER = 12  # pixels: the height of the smallest letters
PARTS_OF_PHOTO, PARTS_OF_BOX = 120, 10  # of the longer side, of the shorter: one of so many is a letter's height
DARK, LIGHT = (16, 16, 16), (255, 255, 255)
LONGEST_NAME = 220  # bytes of the 255 that systems take: `written_whole` adds 18, a number a few


def copies_of(listing: Listing, folder: Path) -> list[str | None]:
    """Where the copy of each photo goes; None for what can't be looked at.

    Raises:
        AgelineError: copies would be found as photos the next time, or replace photos.
    """
    for given in listing.folders:
        if folder.resolve().is_relative_to(Path(given).resolve()):
            raise AgelineError(
                f"--annotate {folder} lies in {given}, whose photos are asked for: the next run would take the copies"
                " for photos. Name a folder elsewhere."
            )
    names = [None if photo.problem else _name(PurePath(photo.below)) for photo in listing.photos]
    taken = _folders_of(name for name in names if name)
    copies = [str(folder / _free(name, taken)) if name else None for name in names]
    for copy in copies:
        if copy and listing.is_original(copy):
            raise AgelineError(f"--annotate {folder} would replace the photo {copy} by its copy. Name another folder.")
    return copies


def make_ready(folder: Path, *, goes_on: bool, aside: Collection[Path]) -> None:
    """Make the folder, and see that copies can be written there, before any work.

    Args:
        folder: for the copies.
        goes_on: an earlier run began with it, so it may have copies.
        aside: what else may be in it: this run's own files.

    Raises:
        AgelineError: it has other files, or takes none.
    """
    ours = {path.resolve() for path in aside}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        other = None if goes_on else next((path for path in folder.resolve().iterdir() if path not in ours), None)
    except OSError as error:
        raise AgelineError(
            f"--annotate {folder} can't take copies: {error.strerror or error}. Name a new folder, or an empty one."
        ) from error
    if other:
        raise AgelineError(
            f"--annotate {folder} is not empty, and copies could replace what it has, such as {other.name}. Name a new"
            " folder, or an empty one; --resume goes on in the folder of a run that ended early."
        )


def remove_half_copies(folder: Path) -> None:
    """Remove what whoever was killed while drawing left; only for who knows that nobody is drawing there."""
    for left in list(folder.rglob(f".partial-{'[0-9a-f]' * 8}-*")):
        if left.is_file():
            left.unlink()


def annotate(file: str, entry: Entry, copy: Path) -> None:
    """Write a photo's copy with its answer.

    Raises:
        Unusable: the photo can't be decoded (again).
        OSError: the copy can't be written, or would replace a folder.
    """
    if copy.is_dir():  # which `written_whole` would replace with all that it holds
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(copy))
    data, _ = read_photo(file)
    with room_for(data):
        drawn = draw(decode_photo(data), entry)
        with written_whole(copy) as partial:
            if copy.suffix.lower() in JPEG:
                drawn.save(partial, "JPEG", quality=QUALITY)
            else:
                drawn.save(partial, "PNG")


def draw(photo: Image.Image, entry: Entry) -> Image.Image:
    """A copy of an upright RGB photo with the boxes and answers of its entry."""
    needed = max(ceil(LEAST_WIDTH / photo.width), ceil(LEAST_HEIGHT / photo.height))
    times = max(1, min(needed, LONGEST_SIDE // max(photo.size)))
    copy = photo.resize((photo.width * times, photo.height * times), Image.Resampling.NEAREST)
    faces: Sequence[Entry] = entry.get("faces", [entry])
    boxes = [[side * times for side in face.get("box", (0, 0, *photo.size))] for face in faces]
    pen = ImageDraw.Draw(copy)
    if "faces" in entry or "box" in entry:
        for box in boxes:
            _frame(pen, box)
    for face, box in reversed(list(zip(faces, boxes, strict=True))):  # the largest face's label on top
        _label(pen, label_of(face), box, copy.size)
    return copy


def label_of(answer: Entry) -> str:
    """An answer in a few letters: `42 (36-48)`, or `female 98%`."""
    if "gender" in answer:
        return f"{answer['gender']} {answer['probability']:.0%}"
    interval = f" ({answer['low']:.0f}-{answer['high']:.0f})" if "low" in answer else ""
    return f"{answer['age']:.0f}{interval}"


def _frame(pen: ImageDraw.ImageDraw, box: Sequence[float]) -> None:
    """A light line within a dark one, of which one shows on any photo."""
    left, top, width, height = box
    line = max(1, round(width / 100))
    corners = (left, top, left + width - 1, top + height - 1)
    pen.rectangle([corners[0] - line, corners[1] - line, corners[2] + line, corners[3] + line], None, DARK, 3 * line)
    pen.rectangle(corners, None, LIGHT, line)


def _label(pen: ImageDraw.ImageDraw, text: str, box: Sequence[float], size: tuple[int, int]) -> None:
    """Light letters on dark ground: above the box where there is room, else below, else inside along its lower edge."""
    left, top, width, height = box
    letters = max(LETTER, max(size) / PARTS_OF_PHOTO, min(width, height) / PARTS_OF_BOX)
    font = ImageFont.load_default(letters)
    pad = letters / 4
    _, _, right, bottom = pen.textbbox((0, 0), text, font)  # Pillow's own font, which has no dash but "-"
    wide, high = right + 2 * pad, bottom + 2 * pad
    x = max(0.0, min(left, size[0] - wide))
    places = (top - high, top + height, size[1] - high)
    y = next((place for place in places if 0 <= place <= size[1] - high), 0.0)
    pen.rectangle((x, y, x + wide, y + high), DARK)
    pen.text((x + pad, y + pad), text, LIGHT, font)


def _name(below: PurePath) -> PurePath:
    suffix, stem = below.suffix if below.suffix.lower() in JPEG else ".png", below.stem
    while len(os.fsencode(stem + suffix)) > LONGEST_NAME:
        stem = stem[:-1]
    return below.with_name(stem + suffix)


def _folders_of(names: Iterable[PurePath]) -> dict[str, int]:
    """The folders that names lie in, as names that are taken: a copy there would be in their way."""
    return {
        str(folder).lower(): 1 for parent in {name.parent for name in names} for folder in (parent, *parent.parents)
    }


def _free(name: PurePath, taken: dict[str, int]) -> PurePath:
    """The name, with a number where an earlier photo has it; letters count as the same in both cases, as on a Mac.

    Args:
        name: wanted.
        taken: by name in small letters, the last number given to it.
    """
    free, wanted = name, str(name).lower()
    while str(free).lower() in taken:
        taken[wanted] = taken.get(wanted, 1) + 1
        free = name.with_name(f"{name.stem}-{taken[wanted]}{name.suffix}")
    taken[str(free).lower()] = 1
    return free
