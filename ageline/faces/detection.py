"""Where the faces in a photo are: by OpenCV's cascades, which lie in its package, or by a YuNet file that is given.

Nothing is downloaded. OpenCV is imported when a detector is loaded, so that whoever looks for no face never needs it.
"""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.cropping import Box, crop_box

__all__ = ["Box", "Detector", "crop_box", "load_detector"]

LONGEST_SIDE = 640  # pixels of the copy that is searched: it bounds the time, and a face under a thirtieth is missed
CASCADE = "haarcascade_frontalface_alt2.xml"
BORDER = 0.2  # of its longer side, added around the copy: a cascade finds no face that fills the photo
SCALE_STEP = 1.1  # from one size of face that is looked for to the next
NEIGHBORS = 5  # boxes that agree on a face, at least
LEAST_FACE = 24  # pixels of the copy: a smaller one hardly tells an age
LEAST_SCORE = 0.7  # of YuNet, 0 to 1
OVERLAP = 0.4  # share of the smaller of two boxes that lies in the other, from which on they are one face


class Detector(Protocol):
    """Finds faces."""

    def find(self, photo: Image.Image) -> list[Box]:
        """The faces in an upright RGB photo, the largest first; the same for the same photo.

        The middle of each box is in the photo; one at the border may reach over it.
        """


class Cascades:
    """OpenCV's cascade of frontal faces."""

    def __init__(self) -> None:
        self._loaded = threading.local()  # a cascade keeps the picture it looks at: each thread has its own
        self._cascade()

    def find(self, photo: Image.Image) -> list[Box]:
        copy, scale = _bounded(photo)
        border = round(max(copy.size) * BORDER)
        boxes, votes = self._cascade().detectMultiScale2(
            np.pad(np.asarray(copy.convert("L")), border, mode="edge"),
            scaleFactor=SCALE_STEP,
            minNeighbors=NEIGHBORS,
            minSize=(LEAST_FACE, LEAST_FACE),
        )
        found = np.asarray(boxes, float).reshape(-1, 4) - (border, border, 0, 0)
        return _settle(found, np.asarray(votes, float), scale, photo)

    def _cascade(self) -> Any:
        if not hasattr(self._loaded, "cascade"):
            self._loaded.cascade = _load_cascade()
        return self._loaded.cascade


class YuNet:
    """A YuNet file, see `cv2.FaceDetectorYN`."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._loaded = threading.local()
        self._network()

    def find(self, photo: Image.Image) -> list[Box]:
        copy, scale = _bounded(photo)
        network = self._network()
        network.setInputSize(copy.size)
        _, faces = network.detect(np.ascontiguousarray(np.asarray(copy)[..., ::-1]))
        found = np.empty((0, 15)) if faces is None else np.asarray(faces, float)
        return _settle(found[:, :4], found[:, 14], scale, photo)

    def _network(self) -> Any:
        if not hasattr(self._loaded, "network"):
            self._loaded.network = _load_yunet(self._model)
        return self._loaded.network


def load_detector(model: Path | None = None) -> Detector:
    """A detector; it is loaded once in a process, and again where the file has changed.

    Args:
        model: a YuNet `.onnx` file; None takes OpenCV's cascades.

    Raises:
        AgelineError: OpenCV is not installed, has no cascades, or the file is missing or no YuNet model.
    """
    if model is None:
        return _cascades()
    try:
        state = model.stat()
    except OSError as error:
        raise AgelineError(
            f"The face detector {model} can't be read ({error.strerror}), expected a YuNet .onnx file. Put it there, or"
            " set ingest.detector: null for OpenCV's cascades."
        ) from None
    return _yunet(model.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _cascades() -> Detector:
    return Cascades()


@lru_cache(maxsize=4)
def _yunet(model: Path, _changed: int, _size: int) -> Detector:
    return YuNet(model)


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise AgelineError(
            f"Faces are found by OpenCV, which can't be imported ({error}). Install it: pip install 'ageline[serve]'."
        ) from error
    cv2.setNumThreads(0)  # the order of what its threads find may differ, and workers share the cores already
    return cv2


def _load_cascade() -> Any:
    cv2 = _opencv()
    file = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / CASCADE
    if not hasattr(cv2, "CascadeClassifier") or not file.is_file():
        raise AgelineError(
            f"OpenCV {cv2.__version__} comes without {CASCADE}, expected version 4. Install opencv-python-headless<5,"
            " or name a YuNet .onnx file as ingest.detector."
        )
    return cv2.CascadeClassifier(str(file))


def _load_yunet(model: Path) -> Any:
    cv2 = _opencv()
    try:
        network = cv2.FaceDetectorYN.create(str(model), "", (64, 64), LEAST_SCORE)
        network.detect(np.zeros((64, 64, 3), np.uint8))
    except (cv2.error, SystemError) as error:
        raise AgelineError(
            f"{model} is no face detector that OpenCV {cv2.__version__} can run, expected a YuNet .onnx file, such as"
            f" face_detection_yunet_2023mar.onnx: {str(error).strip()}"
        ) from None
    return network


def _bounded(photo: Image.Image) -> tuple[Image.Image, float]:
    """A copy of at most `LONGEST_SIDE`, and how many pixels of the photo one of its pixels is wide."""
    scale = max(photo.size) / LONGEST_SIDE
    if scale <= 1:
        return photo, 1.0
    size = max(1, round(photo.width / scale)), max(1, round(photo.height / scale))
    return photo.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), scale


def _settle(
    boxes: npt.NDArray[np.float64], scores: npt.NDArray[np.float64], scale: float, photo: Image.Image
) -> list[Box]:
    """One box for each face, in pixels of the photo, the largest first."""
    kept: list[Box] = []
    ranked = sorted(zip(scores.ravel().tolist(), boxes.tolist(), strict=True), key=lambda found: (-found[0], found[1]))
    for _, (left, top, width, height) in ranked:
        box = Box(left * scale, top * scale, width * scale, height * scale)
        if _is_in(photo, box) and all(_shared(box, other) < OVERLAP for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: (-box.width * box.height, box))


def _is_in(photo: Image.Image, box: Box) -> bool:
    across, down = box.left + box.width / 2, box.top + box.height / 2
    return 0 <= across < photo.width and 0 <= down < photo.height and min(box.width, box.height) >= 1


def _shared(box: Box, other: Box) -> float:
    """The share of the smaller box that lies in the other."""
    width = min(box.left + box.width, other.left + other.width) - max(box.left, other.left)
    height = min(box.top + box.height, other.top + other.height) - max(box.top, other.top)
    smaller = min(box.width * box.height, other.width * other.height)
    return max(0.0, width) * max(0.0, height) / smaller
