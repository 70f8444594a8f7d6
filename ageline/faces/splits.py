"""On which side of the split a face stands."""

import csv
import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from ageline.errors import AgelineError
from ageline.faces.layouts.appa_real import official_fold
from ageline.params import Split
from ageline.store.manifest import SPLITS

PRECISION = 53  # bits of a hash that a float holds exactly
COLUMNS = ["source", "split"]
FIRST_AGES = {"000000": 4, "000001": 18, "000002": 80, "000003": 50, "000004": 17}  # of APPA-REAL, in years


def split_faces(faces: pd.DataFrame, labelled: int, split: Split, folder: str | Path) -> pd.Series:
    """The fold of each face, empty where the protocol knows none.

    Args:
        faces: a row per face with `source`, `split_group`, `stated_split` (what its label says, or empty) and `place`
            (its number among the labelled photos in the order of the labels, from 0).
        labelled: number of labelled photos.
        split: the section `ingest.split` of params.yaml.
        folder: of split files, for the protocol `file`.

    Raises:
        AgelineError: the protocol is `file` and the file is missing, of another form or of other photos; or it is
            `official` and the set came with no folds.
    """
    match split.protocol:
        case "random":
            folds = [random_split(group, split.fractions, split.seed) for group in faces.split_group]
        case "first-fraction":
            folds = [first_fraction(place, labelled, split.fractions) for place in faces.place]
        case "official":
            folds = _official(faces)
        case "column":
            folds = faces.stated_split.to_list()
        case "file":
            folds = _of_file(faces, Path(folder) / str(split.file))
    return pd.Series(folds, index=faces.index, dtype="str")


def random_split(split_group: str, fractions: Sequence[float], seed: int) -> str:
    """The fold of a group of faces, by its own hash: it stays where it is when others are added or removed.

    Args:
        split_group: what its faces have in common, see `audit.groups`.
        fractions: shares of train, val and test, in expectation.
        seed: another seed is another split.
    """
    train, val, _ = fractions
    place = _place(f"{seed}|{split_group}")
    if place < train:
        return "train"
    return "val" if place < train + val else "test"


def first_fraction(place: int, labelled: int, fractions: Sequence[float]) -> str:
    """The fold of a photo by its place in the table of labels: first test, then val, the rest is train.

    The published notebooks score on the first `int(v * n)` rows, because that is what Keras' `validation_split=v` of
    `flow_from_dataframe` takes, without shuffling (keras-preprocessing#205). With fractions `[0.8, 0.0, 0.2]` the test
    fold is theirs; they choose their epoch on it too.
    """
    _, val, test = fractions
    if place < int(test * labelled):
        return "test"
    return "val" if place < int((test + val) * labelled) else "train"


def _of_file(faces: pd.DataFrame, path: Path) -> list[str]:
    stated = read_splits(path)
    if len(faces) and stated.keys().isdisjoint(faces.source):
        example = f", such as {next(iter(stated))}" if stated else ""
        raise AgelineError(
            f"{path} names none of the photos{example}. Expected their paths in the source, such as"
            f" {faces.source.iloc[0]}."
        )
    return [stated.get(source, "") for source in faces.source]


def _official(faces: pd.DataFrame) -> list[str]:
    """The folds that labels or folders state or, where none does, those of APPA-REAL by the numbers of its files."""
    if (faces.stated_split != "").any():
        return faces.stated_split.to_list()
    if not is_appa_real(faces):
        raise AgelineError(
            "ingest.split.protocol is official, but no label or folder states a fold, and the photos are not"
            " APPA-REAL's, whose folds follow from the numbers in its file names. Expected folds in a column `split`,"
            " in folders train, val and test, or another protocol."
        )
    return [official_fold(source) or "" for source in faces.source]


def is_appa_real(faces: pd.DataFrame) -> bool:
    """Whether names are numbers as in APPA-REAL, and of its first photos that are there most have their ages."""
    ages = {PurePosixPath(source).name[:6]: age for source, age in zip(faces.source, faces.age, strict=True)}
    known = [ages[number] == age for number, age in FIRST_AGES.items() if number in ages]
    return all(map(official_fold, faces.source)) and 2 * sum(known) >= len(known)


def read_splits(path: Path) -> Mapping[str, str]:
    """The fold of each photo by its path in the source: a CSV with the columns `source` and `split`.

    `metrics/ingest/splits.csv` of an earlier run is one.

    Raises:
        AgelineError: there is none, it lacks a column, names a photo twice or another fold than train, val and test.
    """
    form = f"a CSV in UTF-8 with the columns {' and '.join(COLUMNS)}, such as metrics/ingest/splits.csv of another run"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            lacking = [column for column in COLUMNS if column not in (rows.fieldnames or [])]
            if lacking:
                raise AgelineError(f"{path} has no column {lacking[0]}, expected {form}.")
            return _stated(path, rows)
    except FileNotFoundError:
        raise AgelineError(f"{path} does not exist, expected {form}. `ingest.split.file` names it.") from None
    except (csv.Error, OSError, UnicodeDecodeError) as error:
        raise AgelineError(f"{path} is not readable ({error}), expected {form}.") from error


def _stated(path: Path, rows: "csv.DictReader[str]") -> dict[str, str]:
    stated: dict[str, str] = {}
    for row in rows:
        source, fold = posixpath.normpath((row["source"] or "").replace("\\", "/")), row["split"]
        if fold not in SPLITS:
            raise AgelineError(f"{path}, line {rows.line_num}: {fold!r} is no fold, expected {', '.join(SPLITS)}.")
        if stated.setdefault(source, fold) != fold:
            raise AgelineError(
                f"{path}, line {rows.line_num}: {source} is in {stated[source]} above. Leave one of both."
            )
    return stated


def _place(text: str) -> float:
    """A number in [0, 1) that the text alone decides."""
    digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return (digest >> (64 - PRECISION)) / 2.0**PRECISION
