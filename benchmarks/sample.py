"""Is the sample worth learning from? What is learned, against two predictors that understand nothing of faces.

    dvc repro && python -m benchmarks.sample

Prints the mean absolute error in years on the test fold, and its ratio to the errors of the predictors above it, of

- mean: the mean age of the training faces, for every face;
- ridge: ridge regression on 8 x 8 thumbnails, which see skin, hair and light but no line (alpha chosen on val);
- resnet50: the model that `dvc repro` trained, from metrics/metrics.json.

Works on any faces in data/faces. Takes a few seconds.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from ageline.errors import AgelineError, run
from ageline.store.faceset import FaceSet

SIDE = 8  # pixels
ALPHAS = 10.0 ** np.arange(-3, 3.5, 0.5)  # the colours run from 0 to 1

Values = npt.NDArray[np.float64]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", default="data/faces", help="folder that `ingest` wrote")
    parser.add_argument("--metrics", default="metrics/metrics.json", help="file that `evaluate` wrote")
    flags = parser.parse_args(argv)
    folds = [FaceSet.open(Path(flags.faces) / fold) for fold in ("train", "val", "test")]
    errors = table(mean_error(*folds), ridge_error(*folds), read_mae(Path(flags.metrics)))
    print(errors.to_string(index=False, na_rep="-"))


def table(mean: float, ridge: float, resnet50: float) -> pd.DataFrame:
    """The errors in years and their ratios, a row per predictor."""
    rows = [("mean", mean, 1.0, None), ("ridge", ridge, ridge / mean, 1.0)]
    rows.append(("resnet50", resnet50, resnet50 / mean, resnet50 / ridge))
    return pd.DataFrame(rows, columns=["predictor", "mae", "to_mean", "to_ridge"]).round(3)


def mean_error(train: FaceSet, _val: FaceSet, test: FaceSet) -> float:
    return _mae(np.full(len(test), train.ages.mean()), test)


def ridge_error(train: FaceSet, val: FaceSet, test: FaceSet) -> float:
    """The test error of the ridge regression that does best on `val`."""
    inputs = {fold: thumbnails(faces) for fold, faces in (("train", train), ("val", val), ("test", test))}
    fits = [_fit(inputs["train"], train.ages.astype(np.float64), alpha) for alpha in ALPHAS]
    best = min(fits, key=lambda fit: _mae(_predict(fit, inputs["val"]), val))
    return _mae(_predict(best, inputs["test"]), test)


def thumbnails(faces: FaceSet) -> Values:
    """Each face averaged down to `SIDE` x `SIDE` pixels, `[n, SIDE * SIDE * 3]`."""
    small = [_thumbnail(faces, position) for position in range(len(faces))]
    return np.stack(small).reshape(len(small), -1) / 255


def read_mae(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["mae"])
    except (FileNotFoundError, KeyError) as error:
        raise AgelineError(f"{path} holds no mae ({error!r}). Run `dvc repro` with `target: age` first.") from error


def _thumbnail(faces: FaceSet, position: int) -> npt.NDArray[np.uint8]:
    face = Image.fromarray(faces.pixels([position])[0])
    return np.asarray(face.resize((SIDE, SIDE), Image.Resampling.BOX))


def _fit(inputs: Values, ages: Values, alpha: float) -> tuple[Values, Values, float]:
    """Weights, the middle of the inputs and the mean age: the intercept is not shrunk."""
    middle, mean = inputs.mean(axis=0), float(ages.mean())
    centred = inputs - middle
    normal = centred.T @ centred + alpha * np.eye(centred.shape[1])
    return np.linalg.solve(normal, centred.T @ (ages - mean)), middle, mean


def _predict(fit: tuple[Values, Values, float], inputs: Values) -> Values:
    weights, middle, mean = fit
    predicted: Values = (inputs - middle) @ weights + mean
    return predicted


def _mae(predicted: Values, faces: FaceSet) -> float:
    return float(np.abs(predicted - faces.ages).mean())


if __name__ == "__main__":
    run(main)
