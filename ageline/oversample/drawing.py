"""How a copy is drawn: albumentations, seeded for each copy by what it is a copy of.

albumentations is pinned to its last release under MIT and used in this module alone, so that it can be replaced. Its
transforms keep what tells an age: none blurs or sharpens skin strongly, none bends a face.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b

import albumentations as A  # noqa: N812, the name all its users know
import cv2
import numpy as np
import pandas as pd

from ageline.store.faceset import FaceSet
from ageline.store.packs import Pixels

TRANSFORMS: dict[str, Callable[[], A.BasicTransform]] = {
    "flip": lambda: A.HorizontalFlip(p=0.5),
    "affine": lambda: A.Affine(
        rotate=(-15, 15),  # degrees
        scale=(0.9, 1.1),
        translate_percent=(-0.05, 0.05),
        border_mode=cv2.BORDER_REPLICATE,
        p=1.0,
    ),
    "light": lambda: A.RandomBrightnessContrast(brightness_limit=0.2, contrast_limit=0.2, p=0.8),
    "color": lambda: A.HueSaturationValue(hue_shift_limit=5, sat_shift_limit=20, val_shift_limit=0, p=0.5),
    "compression": lambda: A.ImageCompression(quality_range=(60, 95), p=0.5),
    "blur": lambda: A.GaussianBlur(blur_limit=(3, 3), sigma_limit=(0.3, 0.8), p=0.3),
    "noise": lambda: A.GaussNoise(std_range=(0.01, 0.05), p=0.5),
    "erase": lambda: A.CoarseDropout(
        num_holes_range=(1, 2), hole_height_range=(0.08, 0.2), hole_width_range=(0.08, 0.2), p=0.5
    ),
}


class Copier:
    """Draws copies of faces; the same (seed, face_id, copy) gives the same pixels in any order, on any worker."""

    def __init__(self, transforms: Sequence[str], seed: int) -> None:
        cv2.setNumThreads(0)  # its threads cost more than they bring on images this small
        self._compose = A.Compose([TRANSFORMS[name]() for name in transforms])
        self._seed = seed

    def draw(self, face: Pixels, face_id: str, copy: int) -> Pixels:
        """A copy of `face`, uint8 RGB `[height, width, 3]` like the face itself."""
        key = blake2b(f"{self._seed}|{face_id}|{copy}".encode(), digest_size=4).digest()
        self._compose.set_random_seed(int.from_bytes(key))
        drawn: Pixels = self._compose(image=np.ascontiguousarray(face))["image"]
        return drawn


def draw_copies(faces: FaceSet, plan: pd.DataFrame, copier: Copier) -> Iterator[Pixels]:
    """The copies that `plan` (see `ageline.oversample.rarity.plan_copies`) names, one after the other."""
    for position, copy in zip(plan.position, plan["copy"], strict=True):
        yield copier.draw(faces.pixels([position])[0], faces.manifest.face_id.iloc[position], copy)


def copies_manifest(faces: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The manifest of the copies: each is its original under a face_id of its own, such as `3f9c0a1b2d4e5f60+1`."""
    originals = faces.iloc[plan.position].reset_index(drop=True)
    copy = plan["copy"].reset_index(drop=True)
    return originals.assign(copy_of=originals.face_id, copy=copy, face_id=originals.face_id + "+" + copy.astype(str))
