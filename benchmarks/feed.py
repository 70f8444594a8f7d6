"""How many faces a second reach the model: from our packs, from `ImageDataGenerator`, from tf.data.

    python -m benchmarks.feed                           # on data/sample, the built-in drawn faces
    python -m benchmarks.feed data/raw/faces            # on any folder, .zip or .tar of labelled photos
    python -m benchmarks.feed data/raw/faces --backend jax

Each trains a model that does next to nothing (one pixel of the face into one number) through Keras' `fit`, on the same
photos at `--image-size`, an epoch of each in turn, so that what else the machine does falls on all of them. The first
round, in which the engine compiles, is not counted. One table: faces a second in the epochs of all rounds, the median
and in brackets the least and the most, and the same of the ratio to the others within each round.

- `FaceFeed`: uint8 from the packs that `ingest` wrote, shuffled, as `train` uses it with `train.deterministic: false`.
- `ImageDataGenerator`: `flow_from_dataframe` on the photos, `rescale=1/255`, as the published notebooks use it, with
  the one thread that Keras gives it.
- `tf.data`: read, decode and resize the photos in parallel, batch, prefetch, in any order. Only with TensorFlow.
- one batch again and again: reads nothing, so it is the most that the engine takes in.

All files are in the page cache: the first round has read them. What a disk delivers is not measured here, and packs are
larger than JPEGs: at 224 x 224 a face is 150 kB.
"""

import argparse
import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ageline.errors import run
from ageline.faces.ingest import Outs, ingest
from ageline.faces.sources import open_source
from ageline.model.backend import use_backend
from ageline.overrides import with_values
from ageline.params import parse_params, read_sections
from ageline.store.faceset import FaceSet
from ageline.store.manifest import SPLITS

SAMPLE = Path("data/sample")
AGAIN = "one batch again and again"


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    with tempfile.TemporaryDirectory() as folder:
        facesets = _pack(flags.photos, Path(folder), flags)
        photos = _write_photos(flags.photos, Path(folder) / "photos", facesets)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        use_backend(flags.backend)
        feeds = _feeds(facesets, photos, flags)
        speeds = _measure(feeds, len(photos), flags)
    drawn = "; drawn faces of another size, so compare ratios with those of photos" if flags.photos == SAMPLE else ""
    print(
        f"{flags.photos}{drawn}: {len(photos):,} faces of {flags.image_size} x {flags.image_size}, batches of"
        f" {flags.batch_size}, {flags.backend}, {os.cpu_count()} cores, {flags.rounds} rounds"
    )
    print("| batches from | faces a second (least-most) | FaceFeed is as many times as fast |\n|---|---:|---:|")
    for name, of_feed in speeds.items():
        ratios = [ours / other for ours, other in zip(speeds["FaceFeed"], of_feed, strict=True)]
        print(f"| {name} | {_spread(of_feed, ',.0f')} | {_spread(ratios, '.2f')} |")


def _pack(source: Path, folder: Path, flags: argparse.Namespace) -> list[FaceSet]:
    """The photos as `ingest` packs them; all three folds, for nothing is learned here."""
    values: dict[str, Any] = {
        "data.layout": "auto",
        "data.pattern": None,
        "data.columns": None,
        "ingest.split.protocol": "random",
    }
    values |= {"ingest.image_size": flags.image_size, "ingest.max_faces": flags.faces, "ingest.max_rejected": 1.0}
    params = parse_params(with_values(read_sections(), values))
    folds = {split: folder / split for split in SPLITS}
    ingest(source, params.data, params.ingest, Outs(folds, folder / "report", folder / "figures"))
    return [faces for faces in map(FaceSet.open, folds.values()) if len(faces)]


def _write_photos(source: Path, folder: Path, facesets: Sequence[FaceSet]) -> pd.DataFrame:
    """The photos of `facesets` as files of a folder, which an archive has not: columns file and age."""
    opened = open_source(source)
    manifest = pd.concat([faces.manifest for faces in facesets], ignore_index=True)
    folder.mkdir()
    files = [folder / f"{number:07d}{Path(photo).suffix}" for number, photo in enumerate(manifest.source)]
    for file, photo in zip(files, manifest.source, strict=True):
        file.write_bytes(opened.read(photo))
    return pd.DataFrame({"file": [str(file) for file in files], "age": manifest.age.to_numpy(np.float32)})


def _feeds(facesets: Sequence[FaceSet], photos: pd.DataFrame, flags: argparse.Namespace) -> dict[str, Any]:
    """What `fit` is given, by the name in the table."""
    from ageline.training.feed import FaceFeed
    from ageline.training.labels import labels_of

    ours = FaceFeed(facesets, flags.batch_size, labels_of(facesets, "age"), seed=1)
    feeds = {"FaceFeed": ours, "ImageDataGenerator": _image_data_generator(photos, flags)}
    if flags.backend == "tensorflow":
        feeds["tf.data"] = _tf_data(photos, flags)
    return feeds | {AGAIN: _again(ours)}


def _image_data_generator(photos: pd.DataFrame, flags: argparse.Namespace) -> Any:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    with contextlib.redirect_stdout(io.StringIO()):  # it tells how many files it found
        return ImageDataGenerator(rescale=1 / 255).flow_from_dataframe(
            photos,
            x_col="file",
            y_col="age",
            target_size=(flags.image_size, flags.image_size),
            batch_size=flags.batch_size,
            class_mode="raw",
            seed=1,
        )


def _tf_data(photos: pd.DataFrame, flags: argparse.Namespace) -> Any:
    import tensorflow as tf

    def read(file: Any, age: Any) -> tuple[Any, Any]:
        face = tf.io.decode_jpeg(tf.io.read_file(file), channels=3)
        return tf.image.resize(face, (flags.image_size, flags.image_size)), age

    columns = (photos.file.to_numpy(str), photos.age.to_numpy()[:, None])
    return (
        tf.data.Dataset.from_tensor_slices(columns)
        .shuffle(len(photos), seed=1)
        .map(read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False)
        .batch(flags.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )


def _again(feed: Any) -> Any:
    import keras

    class Again(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.batches = [feed[0], feed[len(feed) - 1]]

        def __len__(self) -> int:
            return len(feed)

        def __getitem__(self, batch: int) -> Any:
            return self.batches[batch == len(feed) - 1]

    return Again()


def _measure(feeds: dict[str, Any], faces: int, flags: argparse.Namespace) -> dict[str, list[float]]:
    """Faces a second of each feed in each round."""
    models = {name: _idle_model(flags.image_size, name) for name in feeds}
    speeds: dict[str, list[float]] = {name: [] for name in feeds}
    for _ in range(1 + flags.rounds):
        for name, feed in feeds.items():
            speeds[name].append(faces / _epoch_seconds(models[name], feed))
    return {name: of_feed[1:] for name, of_feed in speeds.items()}


def _idle_model(image_size: int, feed: str) -> Any:
    """One pixel of the face into one number: anything less does not train."""
    import keras

    dtype = "uint8" if feed in {"FaceFeed", AGAIN} else "float32"
    face = keras.Input((image_size, image_size, 3), dtype=dtype)
    pixel = keras.layers.Lambda(lambda faces: keras.ops.cast(faces[:, 0, 0, :], "float32"))(face)
    model = keras.Model(face, keras.layers.Dense(1)(pixel))
    model.compile("sgd", "mae")
    return model


def _epoch_seconds(model: Any, feed: Any) -> float:
    """How long one epoch of `fit` lasts, without what `fit` prepares before and clears away after."""
    import keras

    moments = []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: moments.append(time.perf_counter()),
        on_epoch_end=lambda *_: moments.append(time.perf_counter()),
    )
    model.fit(feed, epochs=1, verbose=0, shuffle=False, callbacks=[clock])
    return moments[1] - moments[0]


def _spread(values: Sequence[float], form: str) -> str:
    return f"{statistics.median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Faces a second that reach the model.")
    parser.add_argument("photos", type=Path, nargs="?", default=SAMPLE, help="folder, .zip or .tar of labelled photos")
    parser.add_argument("--backend", choices=("tensorflow", "jax"), default="tensorflow")
    parser.add_argument("--image-size", type=int, default=224, help="pixels, square")
    parser.add_argument("--batch-size", type=int, default=32, help="faces")
    parser.add_argument("--faces", type=int, default=8000, help="photos at most")
    parser.add_argument("--rounds", type=int, default=5, help="that are counted")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
