"""Where the faces in a photo are: by OpenCV's cascades, which lie in its package, or by a YuNet file that is given.

Nothing is downloaded. OpenCV is imported when a detector is loaded, so that whoever looks for no face never needs it.
The cascade and its numbers were chosen by `benchmarks/detection.py`; docs/data.md has what was measured.
"""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ageline.errors import AgelineError
from ageline.faces.boxes import one_for_each_face
from ageline.faces.cropping import Box, crop_box

__all__ = ["Box", "Detector", "crop_box", "load_detector"]

LONGEST_SIDE = 640  # pixels of the copy that is searched: it bounds the time, and a face under a thirtieth is missed
CASCADE = "haarcascade_frontalface_alt2.xml"
BORDER = 0.2  # of its longer side, added around the copy: a cascade finds no face that fills the photo
SCALE_STEP = 1.1  # from one size of face that is looked for to the next
NEIGHBORS = 5  # boxes that agree on a face, at least
LEAST_FACE = 24  # pixels of the copy: a smaller one hardly tells an age
LEAST_SCORE = 0.7  # of YuNet, 0 to 1


class Detector(Protocol):
    """Finds faces."""

    def find(self, photo: Image.Image) -> list[Box]:
        """The faces in an upright RGB photo, the largest first; the same for the same photo.

        The middle of each box is in the photo; one at the border may reach over it.
        """


class Cascades:
    """One of OpenCV's cascades of frontal faces.

    Args:
        name: of its file in OpenCV's package.
        neighbors: boxes that have to agree on a face.
        border: share of the longer side that is added all around.

    Raises:
        AgelineError: see `load_detector`.
    """

    def __init__(self, name: str = CASCADE, neighbors: int = NEIGHBORS, border: float = BORDER) -> None:
        self._name, self._neighbors, self._border = name, neighbors, border
        self._loaded = threading.local()  # a cascade keeps the picture it looks at: each thread has its own
        self._cascade()

    def find(self, photo: Image.Image) -> list[Box]:
        copy, scale = _bounded(photo)
        border = round(max(copy.size) * self._border)
        boxes, votes = self._cascade().detectMultiScale2(
            np.pad(np.asarray(copy.convert("L")), border, mode="edge"),
            scaleFactor=SCALE_STEP,
            minNeighbors=self._neighbors,
            minSize=(LEAST_FACE, LEAST_FACE),
        )
        found = np.asarray(boxes, float).reshape(-1, 4) - (border, border, 0, 0)
        return one_for_each_face(found, np.ravel(votes), scale, photo.size)

    def _cascade(self) -> Any:
        if not hasattr(self._loaded, "cascade"):
            self._loaded.cascade = _load_cascade(self._name)
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
        return one_for_each_face(found[:, :4], found[:, 14], scale, photo.size)

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


def _load_cascade(name: str) -> Any:
    cv2 = _opencv()
    file = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / name
    if not hasattr(cv2, "CascadeClassifier") or not file.is_file():
        raise AgelineError(
            f"OpenCV {cv2.__version__} comes without {name}, expected version 4. Install opencv-python-headless<5,"
            " or name a YuNet .onnx file as ingest.detector."
        )
    return cv2.CascadeClassifier(str(file))


def _load_yunet(model: Path) -> Any:
    cv2 = _opencv()
    try:
        network = cv2.FaceDetectorYN.create(str(model), "", (64, 64), LEAST_SCORE)
        network.setInputSize((96, 32))
        network.detect(np.zeros((32, 96, 3), np.uint8))
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
