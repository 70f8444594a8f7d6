"""Trains a small model that has everything a state must hold, to the end or until it is killed at a chosen moment.

    python tests/crashes.py NAME                  # in a folder with a params.yaml, and faces in `train` and `val`
    python tests/crashes.py NAME "MOMENT" LATER   # killed so many moments after the first of this kind
    python tests/crashes.py NAME "MOMENT" LATER parent   # its parent is killed then, and it goes on

Moments are batches read, and files opened to write, renamed, linked or removed, such as `open state.json`, or `any`. A
training of the same name goes on in the same scratch.
"""

import os
import re
import signal
import sys
from itertools import count
from pathlib import Path

import keras
from tiny_model import Run, TinyHead

from ageline.model.archive import save_model
from ageline.model.face_model import finished_model
from ageline.params import load_params
from ageline.store.faceset import FaceSet
from ageline.training.determinism import prepare_engine
from ageline.training.feed import FaceFeed
from ageline.training.fingerprint import fingerprint
from ageline.training.scratch import scratch_of

WATCHED = {"open", "os.rename", "os.link", "os.remove", "os.rmdir", "batch"}


def restless_model(head: TinyHead) -> keras.Model:
    """Random in each step (flip, dropout), and with statistics that move (BatchNorm)."""
    pixels = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, name="conv1_conv")(pixels)
    x = keras.layers.BatchNormalization(momentum=0.5, name="conv1_bn")(x)
    backbone = keras.Model(pixels, keras.layers.Conv2D(4, 3, activation="relu", name="conv2_conv")(x), name="backbone")
    photo = keras.Input((8, 8, 3), dtype="uint8", name="photo")
    x = keras.layers.RandomFlip("horizontal", seed=5, name="flip")(keras.layers.Rescaling(1 / 255)(photo))
    x = keras.layers.GlobalAveragePooling2D()(backbone(x))
    return keras.Model(photo, head.output(keras.layers.Dropout(0.3, seed=6)(x)))


def learn(name: str) -> None:
    params = load_params()
    prepare_engine(params.train)
    train, val = FaceSet.open("train"), FaceSet.open("val")
    with scratch_of(Path(name, "scratch"), fingerprint(params, [Path("train"), Path("val")])) as scratch:
        run = Run(Path(name), params, train, val, scratch=scratch.folder)
        run.model = restless_model(run.head)
        run.learn()
        save_model(finished_model(run.model, run.head), Path(name, "model.keras"))
        scratch.finish()


def die_at(kind: str, later: int, who: str = "itself") -> None:
    """End this process, or its parent, without warning, so many moments after the first of this kind."""
    batch_of, waited = FaceFeed.__getitem__, count()

    def read(self, batch):
        sys.audit("batch", "")
        return batch_of(self, batch)

    def hook(event, arguments):
        if event not in WATCHED or (event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)):
            return
        names = [re.sub(r"\.partial-\w+-", "*", Path(str(name)).name) for name in arguments[:2] if "/" in str(name)]
        if (seen or kind in ("any", " ".join([event, *names]))) and (seen.append(event) or next(waited) == later):
            os.kill(os.getppid() if who == "parent" else os.getpid(), signal.SIGKILL)

    seen: list[str] = []
    FaceFeed.__getitem__ = read
    sys.addaudithook(hook)


if __name__ == "__main__":
    name, *moment = sys.argv[1:]
    if moment:
        die_at(moment[0], int(moment[1]), *moment[2:])
    learn(name)
