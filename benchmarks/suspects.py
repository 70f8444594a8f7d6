"""Does the list of suspects find wrong labels? Some are planted, then looked for.

    dvc repro && python -m benchmarks.suspects

The model of `dvc repro` predicts the validation and test faces. In a share of both, drawn by seed, the age is replaced
by that of a random other face, at least 10 years away. The table gives the share of the planted labels that is among
the k faces with the most doubt, k being the number planted, against ranking by abs(error) and against chance: the mean
over many drawings, the least and the most. Nothing is trained, so the same predictions serve all drawings.

Wrong labels in the training fold are left out: the model would have to be trained on them, once for each drawing. There
the list is expected to find fewer, for a model bends towards the labels that it learns. A label that was wrong before
counts as right; the built-in sample has none. Works on any faces in data/faces, with a model that was trained on them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ageline.errors import AgelineError, run
from ageline.model.backend import use_backend
from ageline.params import load_params
from ageline.scoring.ages.suspects import judge
from ageline.scoring.predictions import Fold
from ageline.scoring.suspects import most_doubted
from ageline.store.faceset import FaceSet

FARTHER = 10.0  # years: a label that is less wrong than that is nothing to find

Ages = npt.NDArray[np.float64]


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    folds = _predict(flags.model, [flags.faces / name for name in ("val", "test")])
    count = sum(planted_number(len(fold.faces), flags.share) for fold in folds)
    everyone = sum(len(fold.faces) for fold in folds)
    found = pd.DataFrame([find(folds, flags.share, seed) for seed in range(flags.drawings)])
    print(f"{count} wrong labels planted among {everyone} validation and test faces, {flags.drawings} drawings")
    print("| ranked by | found among the first as many, mean | least | most |\n|---|---:|---:|---:|")
    for name in found:
        print(f"| {name} | {found[name].mean():.0%} | {found[name].min():.0%} | {found[name].max():.0%} |")
    print(f"| chance | {count / everyone:.0%} | | |")


def find(folds: Sequence[Fold], share: float, seed: int) -> dict[str, float]:
    """The share of the labels planted by `seed` that each ranking has among its first as many."""
    generator = np.random.default_rng(seed)
    planted: set[str] = set()
    judged = []
    for fold in folds:
        rows = generator.choice(len(fold.faces), planted_number(len(fold.faces), share), replace=False)
        labels = plant(fold.predictions.true.to_numpy(np.float64), rows, generator)
        judged.append(judge(fold._replace(predictions=fold.predictions.assign(true=labels))))
        planted |= set(fold.predictions.face_id.iloc[rows])
    everyone = pd.concat(judged).sort_values("face_id")
    largest = everyone.iloc[np.argsort(-everyone.error.abs().to_numpy(), kind="stable")]
    rankings = {"doubt": most_doubted(judged, len(planted)), "abs(error)": largest.head(len(planted))}
    return {name: float(ranked.face_id.isin(planted).mean()) for name, ranked in rankings.items()}


def plant(ages: Ages, rows: npt.NDArray[np.int64], generator: np.random.Generator) -> Ages:
    """The ages, at `rows` each replaced by that of a random face at least 10 years away."""
    planted = ages.copy()
    for row in rows:
        far = ages[np.abs(ages - ages[row]) >= FARTHER]
        if not len(far):
            raise AgelineError(
                f"no age is {FARTHER:g} years from {ages[row]:g}, so no wrong one can be planted there."
                " Take faces of more ages, such as the built-in sample."
            )
        planted[row] = generator.choice(far)
    return planted


def planted_number(faces: int, share: float) -> int:
    return max(1, round(share * faces))


def _predict(model: Path, folders: Sequence[Path]) -> list[Fold]:
    params = load_params()
    if params.target != "age":
        raise AgelineError(f"`target` is {params.target}, expected age: planted labels are ages. Train with it first.")
    facesets = [FaceSet.open(folder) for folder in folders]

    use_backend(params.train.backend)  # before anything imports Keras
    from ageline.model.archive import load_model
    from ageline.training.determinism import prepare_engine
    from ageline.training.prediction import predict

    prepare_engine(params.train)
    trained = load_model(model)
    return [Fold(predict(trained, faces, params.target, params.train.batch_size), faces) for faces in facesets]


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, default=Path("data/faces"), help="folder that `ingest` wrote")
    parser.add_argument("--model", type=Path, default=Path("models/model.keras"), help="what `train` wrote")
    parser.add_argument("--share", type=float, default=0.03, help="of the labels that are made wrong")
    parser.add_argument("--drawings", type=int, default=100, help="of wrong labels, with the seeds 0, 1, 2 ...")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
