"""Whether two photos are one: laid over each other by shift and scale, and compared detail by detail.

Alignment is by the method of Lucas and Kanade (IJCAI 1981), from coarse to fine: a few steps of Gauss-Newton on
blurred copies whose brightness and contrast are made equal. What is then compared is fine detail alone: hair, wrinkles,
the edges of things, which differ between two shots of one person and agree between two copies of one shot.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ageline.faces.audit.fingerprint import Floats, Gray

LARGEST_MOVE = 0.12  # of half the photo's side, in shift and in scale
BATCH = 128  # pairs


@dataclass(frozen=True)
class Look:
    """How closely two photos are looked at.

    Attributes:
        reduced: how many pixels of a thumbnail, along each side, are averaged to one.
        blurs: standard deviations in pixels, a step of Gauss-Newton each.
        margin: pixels along the edges that an aligned photo may not cover.
        detail: pixels: what is finer is noise of compression, what is coarser is light and shape.
        damping: keeps a photo without gradients in its place.
    """

    reduced: int
    blurs: tuple[float, ...]
    margin: int
    detail: tuple[float, float]
    damping: float

    @property
    def inside(self) -> tuple[slice, slice, slice]:
        return slice(None), slice(self.margin, -self.margin), slice(self.margin, -self.margin)


CLOSE = Look(reduced=1, blurs=(2.5, 2.5, 1.2, 1.2, 1.2), margin=5, detail=(0.6, 2.0), damping=50.0)
QUICK = Look(reduced=2, blurs=(1.3, 1.3, 0.8), margin=3, detail=(0.4, 1.4), damping=12.0)


def agreement(thumbnails: Gray, pairs: npt.NDArray[np.intp], look: Look = CLOSE) -> Floats:
    """How well pairs of photos agree in detail once they are aligned.

    Args:
        thumbnails: gray, `[n, SIDE, SIDE]`.
        pairs: their places, `[pairs, 2]`.
        look: a quick one takes a fifth of the time of a close one.

    Returns:
        Correlations `[pairs]`: at a close look near 1 for copies of one photo, below 0.87 for photos of one sitting.
    """
    agreed = [np.empty(0, np.float32)]
    for start in range(0, len(pairs), BATCH):
        first, second = (_reduced(thumbnails[places], look.reduced) for places in pairs[start : start + BATCH].T)
        agreed.append(_agreement(first, second, look))
    return np.concatenate(agreed)


def _reduced(thumbnails: Gray, factor: int) -> Floats:
    photos = thumbnails.astype(np.float32)
    if factor == 1:
        return photos
    count, height, width = photos.shape
    means: Floats = photos.reshape(count, height // factor, factor, width // factor, factor).mean((2, 4))
    return means


def _agreement(first: Floats, second: Floats, look: Look) -> Floats:
    aligned = _warp(second, _align(first, second, look))
    fine, coarse = look.detail
    details = [_standardise((_blur(photo, fine) - _blur(photo, coarse))[look.inside]) for photo in (first, aligned)]
    correlation: Floats = (details[0] * details[1]).mean(axis=(1, 2))
    return correlation


def _align(first: Floats, second: Floats, look: Look) -> Floats:
    """The moves of the second photos onto the first, `[pairs, 4]`: shift and scale along x, then along y."""
    moves = np.zeros((len(first), 4), np.float32)
    blurred: dict[float, tuple[Floats, Floats]] = {}
    for blur in look.blurs:
        if blur not in blurred:
            blurred[blur] = _standardise(_blur(first, blur)[look.inside]), _blur(second, blur)
        target, source = blurred[blur]
        moves += _step(target, _standardise(_warp(source, moves), look.inside), look)
        np.clip(moves, -LARGEST_MOVE, LARGEST_MOVE, out=moves)
    return moves


def _step(target: Floats, moved: Floats, look: Look) -> Floats:
    """One step of Gauss-Newton: the moves that bring `moved` nearest to `target`, if gradients stay what they are."""
    side = moved.shape[1]
    position = _positions(side)
    down, right = np.gradient(moved, 2 / side, axis=(1, 2))
    slopes = np.stack([right, right * position, down, down * position[:, None]], axis=1)
    slopes = slopes[:, *look.inside].reshape(len(moved), 4, -1)
    missing = (target - moved[look.inside]).reshape(len(moved), -1, 1)
    products = slopes @ slopes.transpose(0, 2, 1) + look.damping * np.eye(4, dtype=np.float32)
    return np.linalg.solve(products, slopes @ missing)[:, :, 0].astype(np.float32)


def _warp(photos: Floats, moves: Floats) -> Floats:
    side = photos.shape[1]
    columns: Floats = photos @ _sampling(moves[:, :2], side).transpose(0, 2, 1)
    warped: Floats = _sampling(moves[:, 2:], side) @ columns
    return warped


def _sampling(moves: Floats, side: int) -> Floats:
    """Matrices `[pairs, side, side]` that sample a line of pixels anew, shifted and scaled, linearly between pixels."""
    shift, scale = moves[:, :1], 1 + moves[:, 1:]
    places = np.clip((scale * _positions(side) + shift + 1) / 2 * side - 0.5, 0, side - 1)
    left = np.minimum(places.astype(np.intp), side - 2)
    matrices = np.zeros((len(moves), side, side), np.float32)
    pair, pixel = np.ogrid[: len(moves), :side]
    matrices[pair, pixel, left] = 1 - (places - left)
    matrices[pair, pixel, left + 1] = places - left
    return matrices


def _positions(side: int) -> Floats:
    """Of the pixels of a line, from -1 to 1."""
    return ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)


def _blur(photos: Floats, deviation: float) -> Floats:
    return np.stack([cv2.GaussianBlur(photo, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE) for photo in photos])


def _standardise(photos: Floats, by: tuple[slice, ...] = (slice(None),)) -> Floats:
    """Photos of mean 0 and standard deviation 1, both taken over the part `by`."""
    part = photos[by]
    mean, deviation = part.mean(axis=(1, 2), keepdims=True), part.std(axis=(1, 2), keepdims=True)
    standardised: Floats = (photos - mean) / np.maximum(deviation, 1e-3)
    return standardised
