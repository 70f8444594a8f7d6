"""How faces are taken from photos and judged: as asked for, and else as the model was trained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.cropping import Box, crop_box
from ageline.faces.detection import Detector, load_detector
from ageline.faces.image import NO_FACE, FaceCrop, crop_face
from ageline.faces.problems import Unusable
from ageline.serving.model_card import ModelCard, hash_of

OF_MODEL: Literal["model"] = "model"  # the threshold of its card


@dataclass(frozen=True)
class Way:
    """How faces are taken from photos, and what is said of them.

    Attributes:
        height_width: of a face for the model, pixels.
        face_crop: see `ageline.faces.image.decode_face`.
        every: with `detect`, all faces of a photo and not the largest alone.
        detector: with `detect`.
        found_by: `cascades`, or the hash of the detector's file; None without one.
        threshold: in years, from which predicted age a face passes; None says nothing of it.
    """

    height_width: tuple[int, int]
    face_crop: FaceCrop
    every: bool = False
    detector: Detector | None = None
    found_by: str | None = None
    threshold: float | None = None

    def as_json(self) -> dict[str, Any]:
        """What an answer depends on."""
        faces = "every" if self.every else self.face_crop
        return {"faces": faces, "detector": self.found_by, "threshold": self.threshold}

    def take_faces(self, photo: Image.Image) -> tuple[list[npt.NDArray[np.uint8]], list[Box]]:
        """The faces in an upright RGB photo, uint8 `[height, width, 3]`, and their boxes, which only `detect` has.

        Raises:
            Unusable: none is found.
        """
        if self.face_crop != "detect":
            return [crop_face(photo, self.height_width, self.face_crop)], []
        boxes = (self.detector or load_detector()).find(photo)
        if not boxes:
            raise Unusable(NO_FACE, f"in {photo.width}x{photo.height}")
        boxes = boxes if self.every else boxes[:1]
        return [crop_box(photo, box, self.height_width) for box in boxes], boxes


def choose_way(
    card: ModelCard, faces: FaceCrop | None, detector: Path | None, threshold: float | Literal["model"] | None
) -> Way:
    """How to take faces for a model.

    Args:
        card: of the model.
        faces: as asked for; `detect` takes all faces of a photo. None takes them as in training, of which `detect` took
            the largest.
        detector: a YuNet file; None takes OpenCV's cascades.
        threshold: in years; or the model's own.

    Raises:
        AgelineError: what is asked for does not go together, or with this model.
    """
    crop = faces or card.photo.face_crop
    size, years = (card.photo.height, card.photo.width), _threshold(threshold, card)
    if crop != "detect":
        if detector is not None:
            raise AgelineError(f"--detector finds faces, which are taken as {crop} here. Add --faces detect.")
        return Way(size, crop, threshold=years)
    if detector is None and card.photo.face_crop == "detect" and card.photo.detector is not None:
        raise AgelineError(
            f"The model learned from faces that {card.photo.detector} found, and no file is named that finds them here."
            f" Add --detector with the path of {card.photo.detector}."
        )
    loaded = load_detector() if detector is None else _load(detector)
    found_by = "cascades" if detector is None else hash_of(detector)
    return Way(size, crop, faces == "detect", loaded, found_by, years)


def _load(detector: Path) -> Detector:
    try:
        detector.open("rb").close()
    except OSError as error:
        raise AgelineError(
            f"--detector {detector} can't be read ({error.strerror}), expected a YuNet .onnx file. Name another, or"
            " leave it out for OpenCV's cascades."
        ) from None
    try:
        import cv2
    except ImportError:
        return load_detector(detector)  # which says how to install it
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it would say ten lines about a bad one
    try:
        return load_detector(detector)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _threshold(asked: float | Literal["model"] | None, card: ModelCard) -> float | None:
    if asked is None:
        return None
    if card.target != "age":
        raise AgelineError(f"--threshold is an age, and what this model tells is {card.target}. Leave it out.")
    if asked != OF_MODEL:
        return asked
    if card.threshold is None:
        raise AgelineError(
            "--threshold model: this model has none, for its validation faces support none. Name an age, such as"
            " --threshold 25."
        )
    return float(card.threshold)
