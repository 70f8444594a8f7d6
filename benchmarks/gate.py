"""How often does the gate stop a model that is no worse, and how often one that is worse by so many years?

    python -m benchmarks.gate

Two models answer the same faces. Their errors are drawn: with the same mean absolute error, or with one that is larger
by a true loss, and with a correlation, for a hard photo is hard for both. `ageline.gate` judges the pair with the
tolerances and the age bins of params.yaml, its limit set aside. The table gives the share of the trials that are
stopped, for any reason.

- faces: of the test fold, over ages as in the table of real faces in docs/data.md;
- mae: of the base's model, years, at every age;
- correlation: of the two models' signed errors;
- errors: normal, or Student's t with 4 degrees of freedom, whose tails are heavier, both models' at the same faces;
- the other columns: the true loss in years, and the share stopped. 0.1 is the shipped tolerance.

With 200 trials a share of 5% is good to 3 points, one of 50% to 7; rows of 500 and 100 faces have 2 and 10 times as
many. Takes some five minutes on two cores.
"""

import argparse
from bisect import bisect_left
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed

from ageline.errors import run
from ageline.gate.metrics import Score
from ageline.gate.predictions import Answers
from ageline.gate.runs import Run
from ageline.gate.verdict import Status, judge
from ageline.params import Params, load_params

LOSSES = (0.0, 0.1, 0.25, 0.5, 1.0)  # years, in this order: a greater one is never easier to pass
FACES_BY_AGE = {6: 400, 15: 80, 21: 99, 30: 164, 40: 102, 52: 159, 65: 81, 80: 80}  # docs/data.md, a run on real faces
DEGREES = 4  # of freedom of Student's t

Errors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """A row of the table: the true properties of two models' errors, in years."""

    faces: int
    mae: float
    correlation: float
    errors: str


SETTINGS = [
    *(Setting(faces, mae, 0.6, "normal") for faces, mae in product((100, 500, 1500, 2000), (4.5, 5.3, 6.0))),
    *(Setting(faces, 5.3, 0.8, "normal") for faces in (100, 500, 1500, 2000)),
    *(Setting(faces, 5.3, 0.6, "Student t") for faces in (100, 500, 1500, 2000)),
]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200, help="pairs of models in each row")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    flags = parser.parse_args(argv)
    params = load_params()
    print(table(params, flags.trials, flags.jobs).to_string(index=False))


def table(params: Params, trials: int, jobs: int) -> pd.DataFrame:
    """The share of `trials` that the gate stops, a row per setting and a column per true loss."""
    ignored = params.gate.model_copy(update={"metric": "mae", "limit": 1000.0, "use": "value"})
    unlimited = params.model_copy(update={"gate": ignored})
    with Parallel(n_jobs=jobs) as parallel:
        return pd.DataFrame([_row(unlimited, setting, trials, parallel) for setting in SETTINGS])


def _row(params: Params, setting: Setting, trials: int, parallel: Parallel) -> dict[str, object]:
    repeated = range(trials * max(1, 1000 // setting.faces))  # of few faces many trials take no longer
    stopped = np.array(parallel(delayed(stopped_losses)(params, setting, trial) for trial in repeated))
    shares = {f"{loss:g}": share for loss, share in zip(LOSSES, stopped.mean(axis=0), strict=True)}
    return vars(setting) | shares


def stopped_losses(params: Params, setting: Setting, trial: int) -> list[bool]:
    """Whether the gate stops the model of each of `LOSSES`, on the faces and with the luck of this trial.

    The losing model's errors are the same ones each time, larger in proportion, so that every draw of the bootstrap
    moves against it as the loss grows: what is stopped at one loss is stopped at the next.
    """
    base, here = draw_errors(setting, np.random.default_rng([setting.faces, trial]))
    ages = draw_ages(setting.faces)

    def is_stopped(loss: float) -> bool:
        worse = here * (setting.mae + loss) / setting.mae
        verdict = judge(_run(ages, worse), _run(ages, base), params.gate, params.evaluate, base_name="base")
        return verdict.status is Status.REFUSED

    passed = bisect_left(LOSSES, True, key=is_stopped)
    return [position >= passed for position in range(len(LOSSES))]


def draw_errors(setting: Setting, generator: np.random.Generator) -> tuple[Errors, Errors]:
    """Both models' signed errors in years, `[n]` each."""
    shared, first, second = generator.standard_normal((3, setting.faces))
    own, common = np.sqrt(1 - setting.correlation), np.sqrt(setting.correlation)
    spread, mean = np.ones(setting.faces), np.sqrt(2 / np.pi)  # of abs() of a normal error
    if setting.errors == "Student t":  # one spread for both models, for a photo is hard
        spread = np.sqrt(DEGREES / generator.chisquare(DEGREES, setting.faces))
        mean = 1.0  # of abs() of Student's t with 4 degrees
    scale = setting.mae / mean * spread
    return scale * (common * shared + own * first), scale * (common * shared + own * second)


def draw_ages(faces: int) -> Errors:
    """An age in years for each face, one in the middle of each bin, as often as in a real test fold."""
    shares = np.cumsum(list(FACES_BY_AGE.values())) / sum(FACES_BY_AGE.values())
    return np.array(list(FACES_BY_AGE), np.float64)[np.searchsorted(shares, (np.arange(faces) + 0.5) / faces)]


def _run(ages: Errors, errors: Errors) -> Run:
    labels = {f"{position}": age for position, age in enumerate(ages.tolist())}
    distances = dict(zip(labels, np.abs(errors).tolist(), strict=True))
    return Run(Score(float(np.abs(errors).mean())), Answers(labels, distances))


if __name__ == "__main__":
    run(main)
