"""What a photo looks like in a few numbers, and how these change when it is cropped or stretched a little.

A fingerprint is the low frequencies of the photo's discrete cosine transform, weighted by frequency, as a unit vector.
A crop of a few percent moves it further than from one baby's photo to another's, so fingerprints are not compared as
they are: one is first moved along its tangents, the derivatives by shift and scale, as near to the other as it gets.
That is the tangent distance of Simard, LeCun and Denker (NIPS 1992, "Efficient pattern recognition using a new
transformation distance"). All of it is one product with a fixed matrix from each side.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Gray = npt.NDArray[np.uint8]

SIDE = 64  # pixels of a thumbnail
FREQUENCIES = 12  # per axis
COARSE_FREQUENCIES = 8
LEVELS = 127  # of a coarse fingerprint's numbers: sums of their products are whole numbers that float32 holds exactly
RIDGE = 0.05  # keeps a tangent that hardly changes anything from being followed far

_Basis = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of n photos.

    Attributes:
        fine: unit vectors `[n, 105]`.
        coarse: unit vectors of the lowest frequencies times `LEVELS`, rounded, `[n, 48]`.
    """

    fine: Floats
    coarse: Floats


def fingerprint(thumbnails: Gray) -> Fingerprints:
    """Take the fingerprints of thumbnails `[n, SIDE, SIDE]`."""
    spectra = _transform(thumbnails, _MATRIX[:FREQUENCIES])
    coarse = np.rint(LEVELS * _unit(spectra[:, _COARSE_BAND] * _COARSE_WEIGHTS))
    return Fingerprints(_unit(_fine(spectra)), coarse.astype(np.float32))


def similarity(thumbnails: Gray, first: npt.NDArray[np.intp], fine: Floats) -> Floats:
    """How alike photos are, whatever a small crop or stretch does.

    Args:
        thumbnails: `[n, SIDE, SIDE]`; their fingerprints are moved along their tangents.
        first: which of them is compared, `[pairs]`.
        fine: with which fingerprint, `[pairs, 105]`.

    Returns:
        Cosines, `[pairs]`: 1 for equal photos.
    """
    spectra = _transform(thumbnails, _MATRIX)
    own = _fine(spectra)
    tangents = np.stack([_fine(np.roll(spectra, (-rows, -columns), (1, 2))) for rows, columns in _TANGENT_BLOCKS], 1)
    length = np.maximum(np.linalg.norm(own, axis=1), 1e-6)
    own, tangents = own / length[:, None], tangents / length[:, None, None]
    products = tangents @ tangents.transpose(0, 2, 1)
    ridge = RIDGE * np.trace(products, axis1=1, axis2=2) / 4
    inverse = np.linalg.inv(products + np.maximum(ridge, 1e-9)[:, None, None] * np.eye(4, dtype=np.float32))
    projection = inverse @ tangents  # from a difference of fingerprints to the moves that explain it

    moves = (projection[first] @ (fine - own[first])[:, :, None])[:, :, 0]
    moved = own[first] + np.einsum("pm,pmd->pd", moves, tangents[first])
    cosines: Floats = np.einsum("pd,pd->p", _unit(moved), fine)
    return cosines


def _fine(spectra: Floats) -> Floats:
    return spectra[:, :FREQUENCIES, :FREQUENCIES][:, _FINE_BAND] * _FINE_WEIGHTS


def _transform(thumbnails: Gray, matrix: Floats) -> Floats:
    spectra: Floats = matrix @ thumbnails.astype(np.float32) @ matrix.T
    return spectra


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit


def _cosines() -> _Basis:
    """The first rows of the orthonormal DCT-II matrix of `SIDE` (constant row included)."""
    positions = (np.arange(SIDE) + 0.5) / SIDE
    basis: _Basis = np.cos(np.pi * np.outer(np.arange(FREQUENCIES), positions)) * np.sqrt(2 / SIDE)
    basis[0] /= np.sqrt(2)
    return basis


def _matrix() -> Floats:
    """Three blocks of rows: they transform a photo, its derivative, and its derivative times position."""
    position = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    derivative = np.gradient(np.eye(SIDE), 2 / SIDE, axis=0)
    cosines = _cosines()
    return np.concatenate([cosines, cosines @ derivative, cosines * position @ derivative]).astype(np.float32)


_MATRIX = _matrix()
# Shift and scale along x, shift and scale along y: where their blocks stand in a spectrum.
_TANGENT_BLOCKS = ((0, FREQUENCIES), (0, 2 * FREQUENCIES), (FREQUENCIES, 0), (2 * FREQUENCIES, 0))
_SUM = np.add.outer(np.arange(FREQUENCIES), np.arange(FREQUENCIES))
_FINE_BAND = (_SUM >= 2) & (_SUM <= 14)  # the lowest are light and shade, the highest move too much with a crop
_FINE_WEIGHTS = _SUM[_FINE_BAND].astype(np.float32)
_LOW = np.arange(FREQUENCIES) < COARSE_FREQUENCIES
_COARSE_BAND = (_SUM >= 1) & (_SUM <= 9) & _LOW & _LOW[:, None]
_COARSE_WEIGHTS = np.sqrt(_SUM[_COARSE_BAND]).astype(np.float32)
