"""Weights by which a face counts the more the rarer its age: label distribution smoothing.

Yang et al., Delving into Deep Imbalanced Regression, ICML 2021 (arXiv 2102.09554), as in the authors' code
(imbalanced-regression, imdb-wiki-dir/datasets.py) with `reweight sqrt_inv`: the square roots of the counts per year are
smoothed, not the counts, and a face weighs the inverse.
"""

import numpy as np
import numpy.typing as npt

# gaussian_filter1d of scipy with sigma 2 over an impulse amid 5 years, its highest value 1. It mirrors at the edges,
# which is why it is flatter than a Gaussian of sigma 2.
KERNEL = (0.85828524, 0.94582765, 1.0, 0.94582765, 0.85828524)


def density_weights(ages: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A weight for each age, by how many others there are around it; their mean is 1.

    Args:
        ages: in years, of all training faces with their copies; part years belong to the year begun.

    Returns:
        As many weights as ages, float32, all above 0.
    """
    years = ages.astype(np.int64).ravel()
    # As long as the kernel at least: of a shorter histogram `same` would return the kernel's length.
    density = np.convolve(np.sqrt(np.bincount(years, minlength=len(KERNEL))), KERNEL, mode="same")
    weights: npt.NDArray[np.float64] = 1 / density[years]
    return np.asarray(weights / weights.mean(), dtype=np.float32)
