"""Photos to entries: decoded in threads ahead of the model, answered in batches across photos, in their order.

An entry is what JSON says of a photo:

| key | of |
|---|---|
| `file` | its path as given or found |
| `age`, `low`, `high` | years, and the ends of the interval where the model has one |
| `gender`, `probability` | the other target |
| `decision` | `pass`, `too young` or `ask`, with a threshold |
| `box` | `[left, top, width, height]` of the largest face in pixels of the upright photo, of a model trained on such |
| `faces` | with every face asked for: a list, the largest first, each with `box` and the keys of an answer |
| `error` | why there is no answer, in place of it |
"""

import os
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.faces.cropping import Box
from ageline.faces.image import decode_photo
from ageline.faces.problems import Problem, Unusable
from ageline.serving.answers import Age, Answer
from ageline.serving.decision import decide
from ageline.serving.journal import Entry
from ageline.serving.photos import Photo, Stamp, read_photo
from ageline.serving.room import room_for
from ageline.serving.way import Way

if TYPE_CHECKING:
    from ageline.serving.predictor import Predictor

BATCH = 32  # faces
AHEAD = 2 * BATCH  # photos decoded before they are needed, of a face each
AHEAD_OF_MANY = 8  # the same where a photo may have a hundred faces
MOST_THREADS = 4  # that decode: more than a model on this machine keeps up with


class Done(NamedTuple):
    """A photo with its entry.

    Attributes:
        number: of the photo in its list.
        photo: the photo.
        entry: what is said of it.
        stamp: of its file when it was read; None where it was not.
    """

    number: int
    photo: Photo
    entry: Entry
    stamp: Stamp | None


class _Looked(NamedTuple):
    number: int
    photo: Photo
    stamp: Stamp | None
    faces: list[npt.NDArray[np.uint8]]
    boxes: list[Box]
    problem: Problem | None


def predict_photos(photos: Iterable[tuple[int, Photo]], predictor: "Predictor", way: Way) -> Iterator[list[Done]]:
    """Answer photos, some at a time, in their order.

    Args:
        photos: with the number of each.
        predictor: of the model.
        way: how faces are taken.
    """
    pending: list[_Looked] = []
    faces = 0
    for looked in _look_ahead(photos, way):
        pending.append(looked)
        faces += len(looked.faces)
        if faces >= BATCH or len(pending) >= AHEAD:
            yield _answer(pending, predictor, way)
            pending, faces = [], 0
    if pending:
        yield _answer(pending, predictor, way)


def threads() -> int:
    """How many decode."""
    return min(MOST_THREADS, os.cpu_count() or 1)


def _look_ahead(photos: Iterable[tuple[int, Photo]], way: Way) -> Iterator[_Looked]:
    """Look at photos in threads, at a bounded number before they are asked for; they come in their order."""
    waiting: deque[Future[_Looked]] = deque()
    pool = ThreadPoolExecutor(threads(), "decode")
    with warnings.catch_warnings():
        # `decode_photo` sets this for itself, which threads would undo for each other: a process has one such list.
        warnings.filterwarnings("ignore", module="PIL")
        try:
            for number, photo in photos:
                waiting.append(pool.submit(_look, number, photo, way))
                if len(waiting) >= (AHEAD_OF_MANY if way.every else AHEAD):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _look(number: int, photo: Photo, way: Way) -> _Looked:
    stamp = None
    try:
        if photo.problem:
            return _Looked(number, photo, None, [], [], photo.problem)
        data, stamp = read_photo(photo.file)
        with room_for(data):
            faces, boxes = way.take_faces(decode_photo(data))
    except Unusable as error:
        return _Looked(number, photo, stamp, [], [], error.problem)
    except AgelineError:  # nothing of this photo's
        raise
    except Exception as error:  # one photo never stops the rest
        return _Looked(number, photo, stamp, [], [], Problem("broken photo", f"{error}" or type(error).__name__))
    return _Looked(number, photo, stamp, faces, boxes, None)


def _answer(pending: Sequence[_Looked], predictor: "Predictor", way: Way) -> list[Done]:
    faces = [face for looked in pending for face in looked.faces]
    answers = iter(predictor.predict(np.stack(faces)) if faces else [])
    return [
        Done(looked.number, looked.photo, _entry(looked, [next(answers) for _ in looked.faces], way), looked.stamp)
        for looked in pending
    ]


def _entry(looked: _Looked, answers: list[Answer], way: Way) -> Entry:
    entry: Entry = {"file": looked.photo.file}
    if looked.problem:
        return entry | {"error": str(looked.problem)}
    said = [said_of(answer, way.threshold) for answer in answers]
    if not looked.boxes:
        return entry | said[0]
    boxed = [{"box": [round(side, 1) for side in box]} | of for box, of in zip(looked.boxes, said, strict=True)]
    return entry | ({"faces": boxed} if way.every else boxed[0])


def said_of(answer: Answer, threshold: float | None) -> Entry:
    """The keys of an answer, without what it does not have."""
    said = {key: value for key, value in answer._asdict().items() if value is not None}
    if threshold is not None and isinstance(answer, Age):
        said["decision"] = decide(answer, threshold)
    return said
