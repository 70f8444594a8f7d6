"""model.json: what the pipeline knows of its model, for those who predict with it."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ageline.errors import AgelineError
from ageline.figures import is_synthetic
from ageline.params import Evaluate, Params
from ageline.scoring.ages.evaluation import prepare
from ageline.scoring.predictions import Fold
from ageline.scoring.provenance import SECTIONS, made_by
from ageline.serving.model_card import Bfloat16, Interval, ModelCard, Photo, hash_of
from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS

HASHES = ("faces and labels", "params", "model")


def make_card(
    params: Params,
    metrics: Mapping[str, float | int],
    hashes: Mapping[str, str],
    height_width: tuple[int, int],
    interval: Interval | None,
    bfloat16: Bfloat16 | None,
) -> ModelCard:
    """All of model.json.

    Args:
        params: of the run.
        metrics: of metrics.json.
        hashes: of what made the model, and of model.onnx.
        height_width: of the faces, in pixels.
        interval: what `interval_of` says of ages.
        bfloat16: what 16 bits cost, where the processor has them.
    """
    height, width = height_width
    return ModelCard(
        made_by=version("ageline"),
        target=params.target,
        photo=Photo(height=height, width=width, face_crop=params.ingest.face_crop, detector=params.ingest.detector),
        classes=GENDERS if params.target == "gender" else None,
        interval=interval,
        threshold=_threshold(metrics),
        metrics=metrics,
        bfloat16=bfloat16,
        synthetic=is_synthetic(params.data.source),
        hashes=hashes,
    )


def interval_of(test: pd.DataFrame, validation: pd.DataFrame, evaluate: Evaluate) -> Interval | None:
    """How far the intervals of ages reach, as evaluation finds it; None where the validation faces are too few."""
    calibration = prepare(Fold(test), Fold(validation), None, evaluate).calibration
    if calibration is None or calibration.shortage(evaluate.interval):
        return None
    reach = calibration.reach(evaluate.interval)
    return Interval(
        level=reach.level,
        age_bins=tuple(reach.age_bins),
        reach_of_bins=tuple(reach.of_bins),
        scaled_by_std=reach.scaled,
    )


def hashes_of(facesets: Sequence[FaceSet], params: Params, model: Path, onnx: Path) -> dict[str, str]:
    """Of the faces and labels, the params and the model, as the report has them, and the SHA-256 of model.onnx."""
    made = made_by(facesets, params.model_dump(mode="json", include=set(SECTIONS)), model)
    return {name: made[name] for name in HASHES} | {"onnx": hash_of(onnx)}


def read_metrics(path: Path) -> dict[str, float | int]:
    """The numbers of metrics.json.

    Raises:
        AgelineError: the file is missing, or none of numbers.
    """
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AgelineError(f"{path} can't be read: {error}. Run `dvc repro evaluate` to write it anew.") from error
    if not isinstance(metrics, dict) or not all(type(value) in (int, float) for value in metrics.values()):
        raise AgelineError(
            f"{path} should hold a number for each metric, as evaluation writes it. Run `dvc repro evaluate` to write"
            " it anew."
        )
    return metrics


def _threshold(metrics: Mapping[str, float | int]) -> int | None:
    threshold = metrics.get("threshold")
    return None if threshold is None else int(threshold)
