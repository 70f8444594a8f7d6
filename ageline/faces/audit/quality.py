"""Measures of a photo that tell a useless one: computed where it is decoded, on its gray copy of 128 x 128.

The measures are plain on purpose, like those of CleanVision (https://github.com/cleanlab/cleanvision): a person looks
at what they point to, nothing is rejected by them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]

DARK = 24  # gray level: black after JPEG


@dataclass(frozen=True, slots=True)
class Quality:
    """How usable a photo looks.

    Attributes:
        contrast: standard deviation of its gray levels, 0 to 127; an empty wall has few.
        sharpness: mean absolute Laplacian over contrast: detail at the scale of a 128th of the photo.
        bars: share of its area in black rows and columns along its edges.
    """

    contrast: float
    sharpness: float
    bars: float


UNKNOWN = Quality(0.0, 0.0, 0.0)  # of what can't be decoded


def measure_quality(gray: Gray) -> Quality:
    """Measure a photo by its gray copy, uint8 `[side, side]`."""
    levels = gray.astype(np.int16)
    contrast = float(levels.std(dtype=np.float32))
    laplacian = levels[1:-1, 1:-1] << 2
    for neighbours in (levels[:-2, 1:-1], levels[2:, 1:-1], levels[1:-1, :-2], levels[1:-1, 2:]):
        laplacian -= neighbours
    sharpness = float(np.abs(laplacian, out=laplacian).mean(dtype=np.float32)) / max(contrast, 1.0)
    return Quality(round(contrast, 2), round(sharpness, 4), round(_bars(gray), 4))


def _bars(gray: Gray) -> float:
    height, width = (_lit(gray.max(axis=axis)) for axis in (1, 0))
    return 1 - height * width / gray.size


def _lit(brightest: Gray) -> int:
    """The length of a profile without its dark ends."""
    lit = np.flatnonzero(brightest > DARK)
    return int(lit[-1] - lit[0] + 1) if len(lit) else 0
