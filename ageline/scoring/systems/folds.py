"""Which of a system's predictions are scored, which its intervals and threshold rest on, and which are neither."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ageline.errors import AgelineError
from ageline.scoring.systems.columns import flag
from ageline.scoring.systems.remarks import remarks_on, remarks_on_ages
from ageline.scoring.systems.splits import (
    TEST,
    TRAINING,
    VALIDATION,
    count_faces,
    count_failures,
    faces_of,
    list_splits,
    spelled,
)

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
            failed on every face to be scored; an interval or spread is known of some faces of a fold only; or a face is
            to be scored and to calibrate.
    """
    if "split" not in system:
        if test or calibrate:
            raise AgelineError(
                f"{path} has no column that is known for splits, so it has no split {test or calibrate}. Name the"
                " column with --split, or leave out --test and --calibrate to score all rows."
            )
        scored = _succeeded(system, "the file", path)
        return Chosen("all", scored, None, None, count_failures(system), tuple(remarks_on_ages(system, "the file")))
    name, calibrating = _names(system, test, calibrate, path)
    scored = _succeeded(faces_of(system, name), f"split {name}", path)
    validation = _others(system.drop(columns=["low", "high"], errors="ignore"), calibrating, path)
    if validation is not None:
        _check_apart(scored, validation, path)
    notes = tuple(remarks_on(system, scored, validation, name, calibrating))
    training = None if TRAINING in (name, calibrating) else _training(system)
    return Chosen(name, scored, validation, training, count_failures(faces_of(system, name)), notes)


def _names(system: pd.DataFrame, test: str | None, calibrate: str | None, path: str | Path) -> tuple[str, str | None]:
    """The splits to score and to calibrate on."""
    splits = count_faces(system)
    name = spelled(test) if test else TEST
    calibrating = spelled(calibrate) if calibrate else VALIDATION if name != VALIDATION else None
    for wanted, named, option in ((name, True, "--test"), (calibrating, calibrate, "--calibrate")):
        if named and wanted not in splits:
            raise AgelineError(f"{path} has no faces of split {wanted}; {list_splits(splits)}. Name one with {option}.")
    if name == calibrating:
        raise AgelineError(
            f"--test and --calibrate both name split {name}. Intervals calibrated on the faces that are scored would"
            f" cover them by construction; name another, or leave out --calibrate; {list_splits(splits)}."
        )
    return name, calibrating if calibrating in splits else None


def _succeeded(fold: pd.DataFrame, called: str, path: str | Path) -> pd.DataFrame:
    """The faces of a fold with a prediction, without the columns of which nothing is known there."""
    predicted = fold[fold.predicted.notna()].drop(columns="split", errors="ignore")
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
                f" in row {without.index[0] + 1}; expected one for each or for none. Complete the column, or remove it."
            )
    return predicted.drop(columns=unknown).reset_index(drop=True)


def _others(system: pd.DataFrame, name: str | None, path: str | Path) -> pd.DataFrame | None:
    fold = system.iloc[:0] if name is None else faces_of(system, name)
    return None if fold.predicted.isna().all() else _succeeded(fold, f"split {name}", path)


def _check_apart(scored: pd.DataFrame, validation: pd.DataFrame, path: str | Path) -> None:
    shared = scored.face_id[scored.face_id.isin(validation.face_id)]
    if len(shared):
        raise AgelineError(
            f"{path} has {len(shared):,} of the {len(scored):,} faces to score, the first {shared.iloc[0]}, also in the"
            " split to calibrate on. What is calibrated on the faces that are scored fits them"
            " by construction. Leave them out of one; where they are different photos of one name, tell them apart in a"
            f" column face_id, or with {flag('face_id')}."
        )


def _training(system: pd.DataFrame) -> pd.DataFrame | None:
    fold = faces_of(system, TRAINING).drop(columns=["split", *_BEYOND], errors="ignore").reset_index(drop=True)
    return None if fold.empty else fold
