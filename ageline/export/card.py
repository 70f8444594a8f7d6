"""model.json: what the pipeline knows of its model, for those who predict with it."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from math import isfinite
from pathlib import Path

import pandas as pd

from ageline.errors import AgelineError
from ageline.figures import is_synthetic
from ageline.params import Evaluate, Params, Target
from ageline.scoring.ages.evaluation import prepare
from ageline.scoring.predictions import Fold
from ageline.scoring.provenance import SECTIONS, made_by
from ageline.serving.model_card import Bfloat16, Interval, ModelCard, Photo, hash_of
from ageline.store.faceset import FaceSet
from ageline.store.manifest import GENDERS

ANEW = "Run `dvc repro evaluate` to write it anew."
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


def read_metrics(path: Path, target: Target) -> dict[str, float | int]:
    """The numbers of metrics.json.

    Raises:
        AgelineError: the file is missing, none of numbers, or of another target.
    """
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AgelineError(f"{path} can't be read: {error}. {ANEW}") from error
    if not isinstance(metrics, dict) or not all(map(_is_number, metrics.values())):
        raise AgelineError(f"{path} should hold a number for each metric, as evaluation writes it. {ANEW}")
    needed = {"age": "mae", "gender": "accuracy"}[target]
    if needed not in metrics or not isinstance(metrics.get("threshold", 0), int):
        raise AgelineError(
            f"{path} is not of target {target}: expected {needed}, and a threshold in whole years if any, received"
            f" {json.dumps(metrics)[:200]}. {ANEW}"
        )
    return metrics


def _threshold(metrics: Mapping[str, float | int]) -> int | None:
    return int(metrics["threshold"]) if "threshold" in metrics else None


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]
