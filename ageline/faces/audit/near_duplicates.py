"""Photos that are one and the same after re-encoding, resizing, slight cropping or a change of brightness."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ageline.faces.audit.alignment import agreement
from ageline.faces.audit.fingerprint import Fingerprints, Gray, fingerprint, similarity
from ageline.faces.audit.neighbours import Pairs, find_neighbours

# Both were set on one half of the planted copies of benchmarks/duplicates.py; the other half was never looked at.
LEAST_SIMILARITY = 0.87  # of fingerprints; below it a pair is not looked at in detail
LEAST_AGREEMENT = 0.9  # in detail; below it a pair is not one photo
LEAST_CONTRAST = 4.0  # gray levels; a blank photo is like any other blank one
BATCH = 1024  # photos


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of photos that are one photo.

    Attributes:
        pairs: positions `[pairs, 2]`, the earlier photo first, sorted.
        agreement: see `alignment.agreement`, `[pairs]`, at least `LEAST_AGREEMENT`.
    """

    pairs: Pairs
    agreement: npt.NDArray[np.float64]


def find_near_duplicates(thumbnails: Gray) -> NearDuplicates:
    """Find near-duplicates among photos that differ in their pixels.

    Args:
        thumbnails: gray, `[n, SIDE, SIDE]`, in the order of their names; may be memory-mapped.
    """
    parts = [fingerprint(thumbnails[start : start + BATCH]) for start in range(0, len(thumbnails), BATCH)]
    if not parts:
        return NearDuplicates(np.empty((0, 2), np.intp), np.empty(0))
    prints = Fingerprints(
        np.concatenate([part.fine for part in parts]), np.concatenate([part.coarse for part in parts])
    )
    pairs = _similar(thumbnails, prints, find_neighbours(prints.coarse))
    agreed = agreement(thumbnails[pairs[:, 0]], thumbnails[pairs[:, 1]]).round(4).astype(np.float64)
    return NearDuplicates(pairs[agreed >= LEAST_AGREEMENT], agreed[agreed >= LEAST_AGREEMENT])


def _similar(thumbnails: Gray, prints: Fingerprints, pairs: Pairs) -> Pairs:
    """The pairs whose fingerprints are similar."""
    kept = []
    for start in range(0, len(thumbnails), BATCH):
        begin, end = np.searchsorted(pairs[:, 0], (start, start + BATCH))
        block = pairs[begin:end]
        alike = similarity(thumbnails[start : start + BATCH], block[:, 0] - start, prints.fine[block[:, 1]])
        kept.append(block[alike >= LEAST_SIMILARITY])
    return np.concatenate(kept)
