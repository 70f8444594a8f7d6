"""What of a file of predictions was not used, and what in it looks odd: sentences for whoever reads the metrics."""

from collections.abc import Iterator

import pandas as pd

from ageline.scoring.systems.splits import TRAINING, count_faces, count_failures, faces_of, list_splits
from ageline.scoring.systems.values import OLDEST


def remarks_on(
    system: pd.DataFrame, scored: pd.DataFrame, validation: pd.DataFrame | None, name: str, calibrating: str | None
) -> Iterator[str]:
    """Sentences about a file with splits.

    Args:
        system: of `ageline.scoring.systems.read_system`.
        scored: the faces that are scored, of split `name`.
        validation: those that calibrate, of split `calibrating`; None where there are none.
        name: of the split that is scored.
        calibrating: the split that calibrates; None where there is none.
    """
    if validation is not None:
        yield from _on_spreads(scored, validation, name, str(calibrating))
    for used in (name, calibrating):
        if used is not None:
            yield from remarks_on_ages(faces_of(system, used), f"split {used}")
    yield from _on_calibration(system, calibrating)
    yield from _on_the_rest(system, {name, calibrating, TRAINING})


def remarks_on_ages(faces: pd.DataFrame, called: str) -> Iterator[str]:
    """A sentence where ages are predicted that nobody has; `faces` have the index of the file, from 0."""
    odd = faces.index[(faces.predicted < 0) | (faces.predicted > OLDEST)]
    if len(odd):
        are = "prediction is" if len(odd) == 1 else "predictions are"
        yield (
            f"{len(odd):,} {are} below 0 or above {OLDEST} years in {called}, the first in row {odd[0] + 1}, and"
            " measured as any other. Where that is a mark for no answer, leave the cell empty."
        )


def _on_spreads(scored: pd.DataFrame, validation: pd.DataFrame, name: str, calibrating: str) -> Iterator[str]:
    if "std" in validation and "std" not in scored:
        yield f"Faces of split {calibrating} have a std and those of split {name} none, so it is not used."
    if "std" in scored and "std" not in validation and "low" not in scored:
        yield (
            f"Faces of split {name} have a std and those of split {calibrating} none, so intervals are made without it."
        )


def _on_calibration(system: pd.DataFrame, calibrating: str | None) -> Iterator[str]:
    splits = count_faces(system)
    if calibrating is None and len(splits) > 1:
        yield f"No split calibrates: {list_splits(splits)}. Name one with --calibrate."
    failures = 0 if calibrating is None else count_failures(faces_of(system, calibrating))
    if failures:
        calibrate = "calibrates" if failures == 1 else "calibrate"
        yield f"{_faces(failures)} of split {calibrating} without a prediction {calibrate} nothing."


def _on_the_rest(system: pd.DataFrame, used: set[str | None]) -> Iterator[str]:
    unused = [f"{_faces(faces)} of split {name}" for name, faces in count_faces(system).items() if name not in used]
    nameless = int(system["split"].isna().sum())
    listed = [*unused, f"{_faces(nameless)} without a split"] if nameless else unused
    if listed:
        yield f"Not looked at: {', '.join(listed)}."


def _faces(number: int) -> str:
    return f"{number:,} face{'' if number == 1 else 's'}"
