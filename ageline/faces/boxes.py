"""Boxes around faces: of those that a detector gives for one face, one is kept."""

import numpy as np
import numpy.typing as npt

from ageline.faces.cropping import Box

OVERLAP = 0.4  # share of the smaller of two boxes that lies in the other, from which on they are one face


def one_for_each_face(
    found: npt.NDArray[np.float64], scores: npt.NDArray[np.float64], scale: float, size: tuple[int, int]
) -> list[Box]:
    """One box for each face, the largest first; of those that overlap the one of the highest score.

    Args:
        found: left, top, width and height in pixels of a copy, `[n, 4]`.
        scores: how sure each is, `[n]`.
        scale: pixels of the photo for each of the copy.
        size: of the photo, width and height; a box whose middle is outside of it is dropped.
    """
    kept: list[Box] = []
    ranked = sorted(zip(scores.tolist(), found.tolist(), strict=True), key=lambda box: (-box[0], box[1]))
    for _, (left, top, width, height) in ranked:
        box = Box(left * scale, top * scale, width * scale, height * scale)
        if _is_in(size, box) and all(_shared(box, other) < OVERLAP for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: (-box.width * box.height, box))


def _is_in(size: tuple[int, int], box: Box) -> bool:
    across, down = box.left + box.width / 2, box.top + box.height / 2
    return 0 <= across < size[0] and 0 <= down < size[1] and min(box.width, box.height) >= 1


def _shared(box: Box, other: Box) -> float:
    """The share of the smaller box that lies in the other."""
    width = min(box.left + box.width, other.left + other.width) - max(box.left, other.left)
    height = min(box.top + box.height, other.top + other.height) - max(box.top, other.top)
    smaller = min(box.width * box.height, other.width * other.height)
    return max(0.0, width) * max(0.0, height) / smaller
