"""Whether two photos are one: laid over each other by shift and scale, and compared detail by detail.

Alignment is by the method of Lucas and Kanade (IJCAI 1981), from coarse to fine: a few steps of Gauss-Newton on
blurred copies whose brightness and contrast are made equal. What is then compared is fine detail alone: hair, wrinkles,
the edges of things, which differ between two shots of one person and agree between two copies of one shot.
"""

import cv2
import numpy as np
import numpy.typing as npt

from ageline.faces.audit.fingerprint import SIDE, Floats, Gray

BLURS = (2.5, 2.5, 1.2, 1.2, 1.2)  # standard deviations in pixels, a step of Gauss-Newton each
LARGEST_MOVE = 0.12  # of half the photo's side, in shift and in scale
MARGIN = 5  # pixels along the edges that an aligned photo may not cover
DETAIL = (0.6, 2.0)  # pixels: what is finer is noise of compression, what is coarser is light and shape
DAMPING = 50.0  # keeps a photo without gradients in its place
BATCH = 128  # pairs

_POSITION = ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1).astype(np.float32)
_INSIDE = (slice(None), slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))


def agreement(thumbnails: Gray, pairs: npt.NDArray[np.intp]) -> Floats:
    """How well pairs of photos agree in detail once they are aligned.

    Args:
        thumbnails: gray, `[n, SIDE, SIDE]`.
        pairs: their places, `[pairs, 2]`.

    Returns:
        Correlations `[pairs]`: near 1 for copies of one photo, below 0.87 for photos of one sitting.
    """
    agreed = [np.empty(0, np.float32)]
    for start in range(0, len(pairs), BATCH):
        first, second = (thumbnails[places].astype(np.float32) for places in pairs[start : start + BATCH].T)
        agreed.append(_agreement(first, second))
    return np.concatenate(agreed)


def _agreement(first: Floats, second: Floats) -> Floats:
    aligned = _warp(second, _align(first, second))
    details = [_standardise((_blur(photo, DETAIL[0]) - _blur(photo, DETAIL[1]))[_INSIDE]) for photo in (first, aligned)]
    correlation: Floats = np.einsum("pyx,pyx->p", *details) / (SIDE - 2 * MARGIN) ** 2
    return correlation


def _align(first: Floats, second: Floats) -> Floats:
    """The moves of the second photos onto the first, `[pairs, 4]`: shift and scale along x, then along y."""
    moves = np.zeros((len(first), 4), np.float32)
    blurred: dict[float, tuple[Floats, Floats]] = {}
    for blur in BLURS:
        if blur not in blurred:
            blurred[blur] = _standardise(_blur(first, blur)[_INSIDE]), _blur(second, blur)
        target, source = blurred[blur]
        moved = _standardise(_warp(source, moves), _INSIDE)
        moves += _step(target, moved)
        np.clip(moves, -LARGEST_MOVE, LARGEST_MOVE, out=moves)
    return moves


def _step(target: Floats, moved: Floats) -> Floats:
    """One step of Gauss-Newton: the moves that bring `moved` nearest to `target`, if gradients stay what they are."""
    down, right = np.gradient(moved, 2 / SIDE, axis=(1, 2))
    slopes = np.stack([right, right * _POSITION, down, down * _POSITION[:, None]], axis=1)
    slopes = slopes[:, *_INSIDE].reshape(len(moved), 4, -1)
    missing = (target - moved[_INSIDE]).reshape(len(moved), -1, 1)
    products = slopes @ slopes.transpose(0, 2, 1) + DAMPING * np.eye(4, dtype=np.float32)
    return np.linalg.solve(products, slopes @ missing)[:, :, 0].astype(np.float32)


def _warp(photos: Floats, moves: Floats) -> Floats:
    columns: Floats = photos @ _sampling(moves[:, :2]).transpose(0, 2, 1)
    warped: Floats = _sampling(moves[:, 2:]) @ columns
    return warped


def _sampling(moves: Floats) -> Floats:
    """Matrices `[pairs, SIDE, SIDE]` that sample a line of pixels anew, shifted and scaled, linearly between pixels."""
    shift, scale = moves[:, :1], 1 + moves[:, 1:]
    places = np.clip((scale * _POSITION + shift + 1) / 2 * SIDE - 0.5, 0, SIDE - 1)
    left = np.minimum(places.astype(np.intp), SIDE - 2)
    matrices = np.zeros((len(moves), SIDE, SIDE), np.float32)
    pair, pixel = np.ogrid[: len(moves), :SIDE]
    matrices[pair, pixel, left] = 1 - (places - left)
    matrices[pair, pixel, left + 1] = places - left
    return matrices


def _blur(photos: Floats, deviation: float) -> Floats:
    return np.stack([cv2.GaussianBlur(photo, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE) for photo in photos])


def _standardise(photos: Floats, by: tuple[slice, ...] = (slice(None),)) -> Floats:
    """Photos of mean 0 and standard deviation 1, both taken over the part `by`."""
    part = photos[by]
    mean, deviation = part.mean(axis=(1, 2), keepdims=True), part.std(axis=(1, 2), keepdims=True)
    standardised: Floats = (photos - mean) / np.maximum(deviation, 1e-3)
    return standardised
