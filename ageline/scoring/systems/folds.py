"""Which of a system's predictions are scored, which its intervals and threshold rest on, and which are neither."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.layouts.words import FOLDS
from ageline.scoring.systems.values import OLDEST

TEST, VALIDATION, TRAINING = "test", "val", "train"
_BEYOND = ("low", "high", "std")


class Chosen(NamedTuple):
    """The folds of a system's predictions; but for training, without the faces on which the system failed.

    Attributes:
        name: of the split that is scored, or "all" where the file has no splits.
        test: the predictions that are scored.
        validation: those that calibrate; None where there are none.
        training: faces whose true ages say which ages are many and which few, whatever was predicted of them; None
            where there are none, or train is one of the other two.
        failed: faces of the split that is scored on which the system failed.
        notes: what is not used, in sentences.
    """

    name: str
    test: pd.DataFrame
    validation: pd.DataFrame | None
    training: pd.DataFrame | None
    failed: int
    notes: tuple[str, ...]


def choose_folds(system: pd.DataFrame, test: str | None, calibrate: str | None, path: str | Path) -> Chosen:
    """The folds of what `read_system` read.

    Args:
        system: of `ageline.scoring.systems.read_system`.
        test: the split to score; None is test, or all faces where the file has no splits.
        calibrate: the split to calibrate on; None is val where there is one and it is not the one that is scored.
        path: of the file, for errors.

    Raises:
        AgelineError: a split that is named, or test where none is, is not there; one is named for both; the system
            failed on every face to be scored; or an interval or spread is known of some faces of a fold only.
    """
    if "split" not in system:
        if test or calibrate:
            raise AgelineError(
                f"{path} has no column that is known for splits, so it has no split {test or calibrate}. Name the"
                " column with --split, or leave out --test and --calibrate to score all rows."
            )
        scored = _succeeded(system, "the file", path)
        return Chosen("all", scored, None, None, _failures(system), _describe_odd(system, "the file"))
    name, calibrating = _names(system, test, calibrate, path)
    scored = _succeeded(_of(system, name), f"split {name}", path)
    validation = _others(system.drop(columns=["low", "high"], errors="ignore"), calibrating, path)
    notes = (
        *(note for used in (name, calibrating) if used for note in _describe_odd(_of(system, used), f"split {used}")),
        *_describe_calibration(system, calibrating),
        *_describe_unused(system, {name, calibrating, TRAINING}),
    )
    if validation is not None and "std" in validation and "std" not in scored:
        validation = validation.drop(columns="std")
        notes = (f"Faces of split {calibrating} have a std and those of split {name} none, so it is not used.", *notes)
    training = None if TRAINING in (name, calibrating) else _training(system)
    return Chosen(name, scored, validation, training, _failures(_of(system, name)), notes)


def _names(system: pd.DataFrame, test: str | None, calibrate: str | None, path: str | Path) -> tuple[str, str | None]:
    """The splits to score and to calibrate on."""
    splits = _counts(system)
    name = _spelled(test) if test else TEST
    calibrating = _spelled(calibrate) if calibrate else VALIDATION if name != VALIDATION else None
    for wanted, named, flag in ((name, True, "--test"), (calibrating, calibrate, "--calibrate")):
        if named and wanted not in splits:
            raise AgelineError(f"{path} has no faces of split {wanted}; {_listed(splits)}. Name one with {flag}.")
    if name == calibrating:
        raise AgelineError(
            f"--test and --calibrate both name split {name}. Intervals calibrated on the faces that are scored would"
            f" cover them by construction; name another, or leave out --calibrate; {_listed(splits)}."
        )
    return name, calibrating if calibrating in splits else None


def _spelled(name: str) -> str:
    return FOLDS.get(name.lower(), name)


def _counts(system: pd.DataFrame) -> dict[str, int]:
    return {str(name): int(faces) for name, faces in system.groupby("split").size().items()}


def _listed(splits: dict[str, int]) -> str:
    if not splits:
        return "no row of it names a split"
    return "it has " + ", ".join(f"{faces:,} of {name}" for name, faces in splits.items())


def _of(system: pd.DataFrame, name: str) -> pd.DataFrame:
    return system[system["split"] == name]


def _failures(fold: pd.DataFrame) -> int:
    return int(fold.predicted.isna().sum())


def _succeeded(fold: pd.DataFrame, called: str, path: str | Path) -> pd.DataFrame:
    """The faces of a fold with a prediction, without the columns of which nothing is known there."""
    predicted = fold[fold.predicted.notna()].drop(columns="split", errors="ignore").reset_index(drop=True)
    if predicted.empty:
        raise AgelineError(
            f"{path} has no prediction for any of the {len(fold):,} faces of {called}: nothing to score. Fill in the"
            " column of predicted ages, or name another with --predicted."
        )
    unknown = [column for column in _BEYOND if column in predicted and predicted[column].isna().all()]
    for column in (column for column in _BEYOND if column in predicted and column not in unknown):
        without = predicted[predicted[column].isna()]
        if len(without):
            raise AgelineError(
                f"{path} has no {column} for {len(without):,} of {len(predicted):,} predictions of {called}, the first"
                f" {without.face_id.iloc[0]}; expected one for each or for none. Complete the column, or remove it."
            )
    return predicted.drop(columns=unknown)


def _others(system: pd.DataFrame, name: str | None, path: str | Path) -> pd.DataFrame | None:
    fold = system.iloc[:0] if name is None else _of(system, name)
    return None if fold.predicted.isna().all() else _succeeded(fold, f"split {name}", path)


def _training(system: pd.DataFrame) -> pd.DataFrame | None:
    fold = _of(system, TRAINING).drop(columns=["split", *_BEYOND], errors="ignore").reset_index(drop=True)
    return None if fold.empty else fold


def _describe_odd(fold: pd.DataFrame, called: str) -> tuple[str, ...]:
    odd = fold.index[(fold.predicted < 0) | (fold.predicted > OLDEST)]
    if odd.empty:
        return ()
    are = "prediction is" if len(odd) == 1 else "predictions are"
    return (
        f"{len(odd):,} {are} below 0 or above {OLDEST} years in {called}, the first in row {odd[0] + 1}, and measured"
        " as any other. Where that is a mark for no answer, leave the cell empty.",
    )


def _describe_calibration(system: pd.DataFrame, calibrating: str | None) -> tuple[str, ...]:
    if calibrating is None:
        splits = _counts(system)
        return (f"No split calibrates: {_listed(splits)}. Name one with --calibrate.",) if len(splits) > 1 else ()
    failures = _failures(_of(system, calibrating))
    calibrate = "calibrates" if failures == 1 else "calibrate"
    sentence = f"{_faces(failures)} of split {calibrating} without a prediction {calibrate} nothing."
    return (sentence,) if failures else ()


def _describe_unused(system: pd.DataFrame, used: set[str | None]) -> tuple[str, ...]:
    unused = [f"{_faces(faces)} of split {name}" for name, faces in _counts(system).items() if name not in used]
    nameless = int(system["split"].isna().sum())
    listed = [*unused, f"{_faces(nameless)} without a split"] if nameless else unused
    return (f"Not looked at: {', '.join(listed)}.",) if listed else ()


def _faces(number: int) -> str:
    return f"{number:,} face{'' if number == 1 else 's'}"
