"""How many faces OpenCV's cascades find, what else they take for one, and how long it takes.

    python -m benchmarks.detection data/raw/faces  # a folder of close crops: one face each, in the middle of the photo

Of 400 crops as they are: how many have their face found. Of 150 scenes of 1280 x 960, with 1 to 3 other crops of 90 to
420 pixels pasted in: how many of the faces are found, how many boxes are none, and in how many scenes the largest box,
which is the one that counts, is none. Of 150 such scenes without a face: in how many one is found. The ground of a
scene is clouds of noise, shuffled pieces of the crops, or one of them turned and blurred. Times are of the processor,
without decoding.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from ageline.errors import run
from ageline.faces.cropping import Box
from ageline.faces.detection import Cascades, Detector
from ageline.faces.image import decode_photo

CROPS, SCENES, SEED = 400, 150, 11
SIZE = (1280, 960)
SETTINGS = {
    "as shipped: alt2, 5 boxes agree, a border around the photo": Cascades,
    "without the border": lambda: Cascades(border=0),
    "3 boxes agree": lambda: Cascades(neighbors=3),
    "alt, 4 boxes agree": lambda: Cascades("haarcascade_frontalface_alt.xml", neighbors=4),
}

Scene = tuple[Image.Image, list[Box]]


class Found(NamedTuple):
    """What was found in photos.

    Attributes:
        faces: of those that are there.
        false: boxes that are none.
        misled: photos of which the largest box is none.
        milliseconds: for each photo.
    """

    faces: int
    false: int
    misled: int
    milliseconds: float


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description="Faces found, and not.")
    parser.add_argument("folder", type=Path, help="folder of close crops of faces")
    files = sorted(path for path in parser.parse_args(argv).folder.iterdir() if path.is_file())
    rng = np.random.default_rng(SEED)
    faces = (decode_photo(files[place].read_bytes()) for place in rng.permutation(len(files)))
    crops = [(face, [Box(0, 0, *face.size)]) for _, face in zip(range(CROPS), faces, strict=False)]
    scenes = [_scene(rng, faces, int(rng.integers(1, 4)), crops) for _ in range(SCENES)]
    empty = [_scene(rng, faces, 0, crops) for _ in range(SCENES)]
    there = sum(len(truth) for _, truth in scenes)
    print(f"| | of {CROPS} crops | of {there} faces in {SCENES} scenes | false boxes | the largest is false", end="")
    print(f" | of {SCENES} scenes without a face | ms a crop | ms a scene |\n|---|" + "---:|" * 7)
    for name, make in SETTINGS.items():
        alone, pasted, none = (_look(make(), photos) for photos in (crops, scenes, empty))
        shares = f"{alone.faces / len(crops):.1%} | {pasted.faces / there:.1%}"
        times = f"{alone.milliseconds:.0f} | {pasted.milliseconds:.0f}"
        print(f"| {name} | {shares} | {pasted.false} | {pasted.misled} | {none.misled} | {times} |", flush=True)


def _look(detector: Detector, photos: Sequence[Scene]) -> Found:
    started = time.process_time()
    boxes = [detector.find(photo) for photo, _ in photos]
    milliseconds = (time.process_time() - started) * 1000 / len(photos)
    truths = [truth for _, truth in photos]
    pairs = list(zip(boxes, truths, strict=True))
    faces = sum(any(_fits(box, face) for box in found) for found, truth in pairs for face in truth)
    false = [[not any(_fits(box, face) for face in truth) for box in found] for found, truth in pairs]
    return Found(faces, sum(map(sum, false)), sum(found[:1] == [True] for found in false), milliseconds)


def _fits(box: Box, crop: Box) -> bool:
    """Whether a box is the face in the middle of a crop: that near to it, and about as large."""
    across = box.left + box.width / 2 - crop.left - crop.width / 2
    down = box.top + box.height / 2 - crop.top - crop.height / 2
    return max(abs(across), abs(down)) < 0.25 * crop.width and 0.4 < box.width / crop.width < 1.3


def _scene(rng: np.random.Generator, faces: Iterator[Image.Image], number: int, crops: Sequence[Scene]) -> Scene:
    """A ground with `number` faces that don't touch; fewer where there is no room."""
    scene, truth = _ground(rng, [crop for crop, _ in crops]), []
    for _ in range(number):
        side = int(np.exp(rng.uniform(np.log(90), np.log(420))))
        for _ in range(50):
            left, top = int(rng.integers(SIZE[0] - side)), int(rng.integers(SIZE[1] - side))
            if all(_are_apart(left, top, side, other) for other in truth):
                scene.paste(next(faces).resize((side, side)), (left, top), _soft_edge(side))
                truth.append(Box(left, top, side, side))
                break
    return scene, truth


def _are_apart(left: int, top: int, side: int, other: Box) -> bool:
    reach = (side + other.width) / 2
    across, down = left + side / 2 - other.left - other.width / 2, top + side / 2 - other.top - other.height / 2
    return max(abs(across), abs(down)) > reach


def _soft_edge(side: int) -> Image.Image:
    edge = max(1, side // 20)
    mask = Image.new("L", (side, side))
    mask.paste(255, (edge, edge, side - edge, side - edge))
    return mask.filter(ImageFilter.GaussianBlur(edge / 2))


def _ground(rng: np.random.Generator, crops: Sequence[Image.Image]) -> Image.Image:
    kind = rng.integers(3)
    if kind == 0:
        return _pieces(rng, crops)
    if kind == 1:
        return _noise(rng)
    crop = crops[rng.integers(len(crops))].rotate(90).resize(SIZE)
    return crop.filter(ImageFilter.GaussianBlur(SIZE[0] / 8))


def _pieces(rng: np.random.Generator, crops: Sequence[Image.Image]) -> Image.Image:
    ground, side = Image.new("RGB", SIZE), int(rng.integers(16, 40))
    for left in range(0, SIZE[0], side):
        for top in range(0, SIZE[1], side):
            crop = crops[rng.integers(len(crops))]
            across, down = rng.integers(crop.width - side), rng.integers(crop.height - side)
            ground.paste(crop.crop((across, down, across + side, down + side)), (left, top))
    return ground


def _noise(rng: np.random.Generator) -> Image.Image:
    """Clouds: noise of eight sizes, the coarser the stronger."""
    clouds = np.zeros((SIZE[1], SIZE[0], 3))
    for octave in range(1, 9):
        grains = rng.integers(0, 256, (max(2, 2**octave * 3 // 4), 2**octave, 3), np.uint8)
        clouds += np.asarray(Image.fromarray(grains).resize(SIZE), float) / 2 ** (0.6 * octave)
    clouds -= clouds.min()
    return Image.fromarray((clouds / clouds.max() * 255).astype(np.uint8))


if __name__ == "__main__":
    run(main)
