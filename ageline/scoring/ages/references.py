"""How a model does on the folds of APPA-REAL that others have published figures of, beside people on the same faces.

For evaluate.reference appa-real, and for the set that teaching material calls "Practicum": a labels.csv of the same
7,591 faces under the same numbers. The number of a file is all that is needed to tell its fold:

| fold | numbers | what it is |
|---|---|---|
| official train, valid, test | 0-4112, 4113-5612, 5613-7612 | the folds of the release |
| notebooks' first 20%, first 25% | 0-1517, 0-1896 | what published notebooks call validation or test |
| all | 0-7612 | all three official folds |

The release is that of Agustsson et al. (2017), "Apparent and Real Age Estimation in Still Images with Deep Residual
Regressors on APPA-REAL Database", FG.

The notebooks' folds lie inside official train. They cut theirs with Keras' ImageDataGenerator(validation_split=0.2),
which takes the first int(0.2 * n) rows of the table without shuffling (keras-preprocessing#205), and labels.csv is
sorted by file name. So a model that learned from official train has learned these very faces, which `learned_from`
says: where it is not 0, the mae is no test result. They are also easier faces: people err by 3.8 years on them and by
4.6 on official test, which is older and more varied. Figures of different folds can't be compared.

The crowd is the mean of about 38 people's guesses of a face's age, rounded to whole years, against its real age. On
these folds its mae was computed from the published labels, to 2 decimals where 3 are not known. Disputed faces are the
35 whose crowd and real age differ by more than 20 years, of which 20 are in official test: some are wrong labels. They
are judged all the same, and mae_undisputed leaves them out, for the model as for the crowd.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.errors import AgelineError
from ageline.params import Bootstrap
from ageline.scoring.ages.metrics import error_columns
from ageline.scoring.ages.predictions import errors


class ReferenceFold(NamedTuple):
    """So many `faces`, numbered `first` to `last`, and the crowd's mae in years on them, and without the disputed."""

    name: str
    first: int
    last: int
    faces: int
    crowd_mae: float
    crowd_mae_undisputed: float


FOLDS = (
    ReferenceFold("official train", 0, 4112, 4113, 3.989, 3.936),
    ReferenceFold("official valid", 4113, 5612, 1500, 3.836, 3.778),
    ReferenceFold("official test", 5613, 7612, 1978, 4.572, 4.35),
    ReferenceFold("notebooks' first 20%", 0, 1517, 1518, 3.831, 3.808),
    ReferenceFold("notebooks' first 25%", 0, 1896, 1897, 3.807, 3.788),
    ReferenceFold("all", 0, 7612, 7591, 4.111, 4.01),
)
LAST = 7612  # number of a file
# fmt: off
DISPUTED = frozenset({
    322, 1361, 2353, 2629, 2718, 2733, 3053, 3152, 3639, 3836, 3964,  # official train
    4599, 4816, 4876, 4895,  # official valid
    5709, 5750, 5957, 6008, 6090, 6212, 6253, 6349, 6583, 6605,  # official test
    6730, 6865, 6963, 7016, 7088, 7347, 7385, 7473, 7498, 7545,
})
# fmt: on
# Real ages in years by number, six of disputed faces among them: those of another set, or apparent ones, would differ.
KNOWN_AGES = {0: 4, 1: 18, 2: 80, 3: 50, 4: 17, 5750: 15, 6008: 56, 6730: 61, 6865: 79, 7385: 4, 7498: 6}

_NUMBER = re.compile(r"(?:.*[/\\])?([0-9]{6})(?:\.[^/\\]*)?", re.ASCII | re.DOTALL)
_WITHOUT = "set evaluate.reference to null (with `ageline score`, leave out --reference)"
_REMEDY = f"Keep the published names of the files, or {_WITHOUT}."


def table_of_references(
    test: pd.DataFrame, others: Sequence[pd.DataFrame], bootstrap: Bootstrap, *, learned: bool
) -> pd.DataFrame:
    """The errors on each fold of APPA-REAL, beside the crowd's.

    Args:
        test: checked predictions of faces that the model has not learned from, with the column source, the
            name of the photo.
        others: as `test`, of other faces; those without a prediction, NaN, are passed over.
        bootstrap: how the intervals are drawn.
        learned: whether it is known that the model was trained or chosen on the others; else nobody knows on what.

    Returns:
        Columns fold, faces (of the whole fold), n (those of them among all the predictions), mae, mae_low, mae_high (of
        the n, in years; null where there are none, the interval also where there are fewer than 5), disputed (faces of
        the n), mae_undisputed,
        crowd_mae, crowd_mae_undisputed (on the whole fold, whatever part of it was predicted) and learned_from (how
        many of the n faces are among the others; null where that is not known).

    Raises:
        AgelineError: a file has no number of APPA-REAL's, two have the same, or the true age of a face is not the one
            that APPA-REAL has.
    """
    others = [faces[faces.predicted.notna()] for faces in others]
    everyone = pd.concat([test, *others], ignore_index=True)
    numbers = file_numbers(everyone)
    _check_ages(everyone, numbers)
    faces = pd.DataFrame(
        {
            "number": numbers,
            "error": errors(everyone),
            "disputed": np.isin(numbers, list(DISPUTED)),
            "other": np.arange(len(everyone)) >= len(test),
        }
    ).sort_values("number", ignore_index=True)
    rows = [_row(fold, faces[faces.number.between(fold.first, fold.last)], bootstrap) for fold in FOLDS]
    counts = [row["learned_from"] if learned else None for row in rows]
    return pd.DataFrame(rows).assign(learned_from=pd.Series(counts, dtype="Int64"))


def file_numbers(predictions: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The number of each face's file, `[n]`: 123 of "000123.jpg" and of "train/000123.jpg_face.jpg".

    Raises:
        AgelineError: a name has none, it is none of APPA-REAL's, or two faces have the same.
    """
    names = _names(predictions)
    found = [_NUMBER.fullmatch(name) for name in names]
    numbers = np.array([int(match[1]) if match else -1 for match in found], np.int64)
    strange = (numbers < 0) | (numbers > LAST)
    if strange.any():
        raise AgelineError(
            f"{strange.sum()} of {len(names)} files have no number of APPA-REAL's: {names[int(np.argmax(strange))]},"
            f" expected six digits up to {LAST:06}, as in 000123.jpg or 000123.jpg_face.jpg. {_REMEDY}"
        )
    repeated = pd.Series(numbers).duplicated().to_numpy()
    if repeated.any():
        second = int(np.argmax(repeated))
        first = int(np.argmax(numbers == numbers[second]))
        raise AgelineError(
            f"two faces have the number {numbers[second]:06}: {names[first]} and {names[second]}, expected each face of"
            " APPA-REAL once. Leave one of them out."
        )
    return numbers


def _names(predictions: pd.DataFrame) -> list[str]:
    if "source" not in predictions:
        raise AgelineError(
            "the predictions have no names of photos, by which the folds of APPA-REAL are told. Name their column with"
            f" --file. {_REMEDY}"
        )
    return predictions.source.fillna("").astype(str).tolist()


def _check_ages(predictions: pd.DataFrame, numbers: npt.NDArray[np.int64]) -> None:
    """Raises AgelineError where a face whose real age is known has another."""
    known = pd.Series(numbers).map(KNOWN_AGES).to_numpy(np.float64)
    true = predictions.true.to_numpy(np.float64)
    other = ~np.isnan(known) & (np.floor(true) != known)
    if other.any():
        first = int(np.argmax(other))
        raise AgelineError(
            f"the true age of file {numbers[first]:06} is {true[first]:g}, that of APPA-REAL's is {known[first]:g}: the"
            " faces are of another set, or their ages are apparent ones, and expected are real ones."
            f" Mend the labels, or {_WITHOUT}."
        )


def _row(fold: ReferenceFold, faces: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, object]:
    found = error_columns(faces.error, bootstrap)
    return {
        "fold": fold.name,
        "faces": fold.faces,
        **{name: found[name] for name in ("n", "mae", "mae_low", "mae_high")},
        "disputed": int(faces.disputed.sum()),
        "mae_undisputed": float(faces.error[~faces.disputed].abs().mean()),
        "crowd_mae": fold.crowd_mae,
        "crowd_mae_undisputed": fold.crowd_mae_undisputed,
        "learned_from": int(faces.other.sum()),
    }
