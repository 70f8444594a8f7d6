"""Which photos to compare: the most alike of each, found without comparing all with all.

Photos are dealt into cells around some of them, the pivots; each stands in the cells of its three nearest, and is
compared with the photos of its cells alone (an inverted file, as in Sivic and Zisserman, ICCV 2003, "Video Google").
There are about sqrt(n) / 2 pivots, so the work grows as n ** 1.5.

Only photos that stand before it are neighbours of a photo, and pivots are taken from the first 2 ** k photos. So the
neighbours of a photo stay the same when others are added behind it, until their number has doubled.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ageline.faces.audit.fingerprint import LEVELS, Floats

CELLS_OF_A_PHOTO = 3
NEIGHBOURS = 8  # in each cell
LEAST = 0.6  # cosine of coarse fingerprints below which nothing is compared
ROWS = 512  # photos compared with their cell at a time

Pairs = npt.NDArray[np.intp]


def find_neighbours(coarse: Floats) -> Pairs:
    """Pairs of photos that may be the same.

    Args:
        coarse: see `fingerprint.Fingerprints`, `[n, d]`.

    Returns:
        Positions `[pairs, 2]`, the earlier photo first, sorted, each pair once.
    """
    found = [pairs for cell in _cells(coarse) for pairs in _alike(coarse[cell], cell)]
    if not found:
        return np.empty((0, 2), np.intp)
    earlier, later = np.concatenate(found).T
    keys = np.unique(earlier * len(coarse) + later)
    return np.stack(np.divmod(keys, len(coarse)), axis=1)


def _cells(coarse: Floats) -> Iterator[npt.NDArray[np.intp]]:
    """The members of each cell, ascending."""
    if len(coarse) < 2:
        return
    settled = 1 << (len(coarse).bit_length() - 1)
    pivots = np.linspace(0, settled - 1, max(1, round(settled**0.5 / 2))).astype(np.intp)
    nearness = coarse @ coarse[pivots].T
    kept = min(CELLS_OF_A_PHOTO, len(pivots))
    # By value, so that equally near pivots are all taken and the order in which numpy sorts doesn't matter.
    least = np.partition(nearness, -kept, axis=1)[:, [-kept]]
    inside = nearness >= least
    for cell in range(len(pivots)):
        yield np.flatnonzero(inside[:, cell])


def _alike(coarse: Floats, cell: npt.NDArray[np.intp]) -> Iterator[Pairs]:
    """The pairs of each photo of a cell and its nearest before it."""
    for start in range(0, len(cell), ROWS):
        stop = min(start + ROWS, len(cell))
        nearness = coarse[start:stop] @ coarse[:stop].T
        nearness[np.arange(stop) >= np.arange(start, stop)[:, None]] = -1
        least = np.full((stop - start, 1), LEAST * LEVELS**2, np.float32)
        if stop > NEIGHBOURS:
            least = np.maximum(least, np.partition(nearness, -NEIGHBOURS, axis=1)[:, [-NEIGHBOURS]])
        later, earlier = np.nonzero(nearness >= least)
        yield np.stack([cell[earlier], cell[start + later]], axis=1)
