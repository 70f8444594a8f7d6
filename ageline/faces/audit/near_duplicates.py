"""Photos that are one and the same after re-encoding, resizing, slight cropping or a change of brightness."""

from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from ageline.faces.audit.alignment import QUICK, agreement
from ageline.faces.audit.fingerprint import Fingerprints, Gray, fingerprint, similarity
from ageline.faces.audit.neighbours import Pairs, find_neighbours

# Set on planted copies of real faces; benchmarks/duplicates.py measures them on others.
LEAST_SIMILARITY = 0.89  # of fingerprints; below it a pair is not looked at in detail
LEAST_QUICK_AGREEMENT = 0.8  # at a quick look; below it a close one is spared
LEAST_AGREEMENT = 0.9  # in detail; below it a pair is not one photo
LEAST_CONTRAST = 4.0  # gray levels; a blank photo is like any other blank one
BATCH = 4096  # photos, or pairs of them

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of photos that are one photo.

    Attributes:
        pairs: places of photos `[pairs, 2]`, the earlier first, sorted.
        agreement: see `alignment.agreement`, `[pairs]`, at least `LEAST_AGREEMENT`.
    """

    pairs: Pairs
    agreement: npt.NDArray[np.float64]


def find_near_duplicates(thumbnails: Gray, among: Places) -> NearDuplicates:
    """Find near-duplicates.

    Args:
        thumbnails: gray, `[n, SIDE, SIDE]`, in the order of their names; may be memory-mapped.
        among: the places of those to compare, ascending: they should differ in their pixels, and not be blank.
    """
    prints = _fingerprints(thumbnails, among)
    pairs = _similar(thumbnails, among, prints, find_neighbours(prints.coarse))
    pairs = pairs[agreement(thumbnails, pairs, QUICK) >= LEAST_QUICK_AGREEMENT]
    agreed = agreement(thumbnails, pairs).round(4).astype(np.float64)
    found = agreed >= LEAST_AGREEMENT
    return NearDuplicates(pairs[found], agreed[found])


def _fingerprints(thumbnails: Gray, among: Places) -> Fingerprints:
    starts = range(0, max(len(among), 1), BATCH)
    parts = [fingerprint(thumbnails[among[start : start + BATCH]]) for start in starts]
    return Fingerprints(*(np.concatenate(values) for values in zip(*map(astuple, parts), strict=True)))


def _similar(thumbnails: Gray, among: Places, prints: Fingerprints, pairs: Pairs) -> Pairs:
    """Of pairs of positions in `among`, the places of those whose fingerprints are similar."""
    kept = [np.empty((0, 2), np.intp)]
    for start in range(0, len(pairs), BATCH):
        block = pairs[start : start + BATCH]
        photos, first = np.unique(block[:, 0], return_inverse=True)
        alike = similarity(thumbnails[among[photos]], first, prints.fine[block[:, 1]])
        kept.append(among[block[alike >= LEAST_SIMILARITY]])
    return np.concatenate(kept)
