"""Which photos to compare: the most alike of each, found without comparing all with all.

Photos are dealt into cells around some of them, the pivots; each stands in the cells of its three nearest, and is
compared with the photos of its cells alone (an inverted file, as in Sivic and Zisserman, ICCV 2003, "Video Google").
There are about sqrt(n) / 2 pivots, so the work grows as n ** 1.5, unless most photos are alike.

A photo is compared only with those that stand before it. Photos 2 ** k to 2 ** (k + 1) are looked up among pivots that
are taken from the first 2 ** k. So whatever is added behind a photo, its neighbours stay the same.
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
Positions = npt.NDArray[np.intp]


def find_neighbours(coarse: Floats) -> Pairs:
    """Pairs of photos that may be the same.

    Args:
        coarse: see `fingerprint.Fingerprints`, `[n, d]`.

    Returns:
        Positions `[pairs, 2]`, the earlier photo first, sorted, each pair once.
    """
    found = [np.empty((0, 2), np.intp)]
    settled = 1
    while settled < len(coarse):
        known = coarse[: 2 * settled]
        found += [pairs for cell in _cells(known, settled) for pairs in _alike(known, cell, settled)]
        settled *= 2
    earlier, later = np.concatenate(found).T
    keys = np.unique(earlier * len(coarse) + later)
    return np.stack(np.divmod(keys, max(len(coarse), 1)), axis=1)


def _cells(coarse: Floats, settled: int) -> Iterator[Positions]:
    """The members of each cell, ascending, around pivots among the first `settled` photos."""
    pivots = np.linspace(0, settled - 1, max(1, round(settled**0.5 / 2))).astype(np.intp)
    dealt = [_nearest(coarse[start : start + ROWS], coarse[pivots]) for start in range(0, len(coarse), ROWS)]
    photos = np.concatenate([photos + block * ROWS for block, (photos, _) in enumerate(dealt)])
    cells = np.concatenate([cells for _, cells in dealt])
    order = np.lexsort((photos, cells))
    yield from np.split(photos[order], np.flatnonzero(np.diff(cells[order])) + 1)


def _nearest(coarse: Floats, pivots: Floats) -> tuple[Positions, Positions]:
    """Photos and the cells that they stand in, a pair of positions for each."""
    nearness = coarse @ pivots.T
    kept = min(CELLS_OF_A_PHOTO, len(pivots))
    photos, cells = np.nonzero(_largest(nearness, kept))
    return photos, cells


def _alike(coarse: Floats, cell: Positions, settled: int) -> Iterator[Pairs]:
    """The pairs of each photo of a cell from `settled` on and its nearest before it."""
    for start in range(int(np.searchsorted(cell, settled)), len(cell), ROWS):
        stop = min(start + ROWS, len(cell))
        nearness = coarse[cell[start:stop]] @ coarse[cell[:stop]].T
        nearness[np.arange(stop) >= np.arange(start, stop)[:, None]] = -1
        chosen = _largest(nearness, min(NEIGHBOURS, stop)) & (nearness >= LEAST * LEVELS**2)
        later, earlier = np.nonzero(chosen)
        yield np.stack([cell[earlier], cell[start + later]], axis=1)


def _largest(values: Floats, count: int) -> npt.NDArray[np.bool_]:
    """Where the `count` largest values of each row are; of equal ones the first, in whatever order numpy sorts."""
    least = np.partition(values, -count, axis=1)[:, [-count]]
    chosen: npt.NDArray[np.bool_] = values >= least
    tied = np.flatnonzero(chosen.sum(axis=1) > count)
    above, equal = values[tied] > least[tied], values[tied] == least[tied]
    room = count - above.sum(axis=1, keepdims=True)
    chosen[tied] = above | (equal & (equal.cumsum(axis=1) <= room))
    return chosen
