"""augment: training faces of a rare age or class are copied, each copy drawn anew; validation and test never are.

    python -m stages.augment --train data/faces/train --counts metrics/eda/counts.csv
        --out data/augmented --tables metrics/augment --figures reports/augment

Which are rare is decided by `eda`'s counts; what a copy looks like, by the seed and the face.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.figures import credit
from ageline.oversample.drawing import Copier, copies_manifest, draw_copies
from ageline.oversample.figures import draw_balance, draw_copies_sheet
from ageline.oversample.rarity import plan_balance, plan_copies, read_counts
from ageline.params import load_params
from ageline.store.faceset import FaceSet, write_faceset
from ageline.store.files import written_whole
from ageline.store.tables import write_csv


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    augment, note = params.augment, credit(params.data.source)
    faces = FaceSet.open(flags.train)
    minimum = augment.min_per_age if params.target == "age" else augment.min_per_class
    balance = plan_balance(read_counts(flags.counts, params.target), minimum, augment.max_copies)
    plan = plan_copies(faces.manifest, balance)

    images = draw_copies(faces, plan, Copier(augment.transforms, augment.seed))
    write_faceset(flags.out, copies_manifest(faces.manifest, plan), images, faces.height_width)
    with written_whole(flags.tables) as tables:
        write_csv(tables / "balance.csv", balance)
    with written_whole(flags.figures) as figures:
        draw_balance(figures / "balance.png", balance, minimum, note)
        draw_copies_sheet(figures / "copies.png", faces, FaceSet.open(flags.out), params.target, note)
    kind, key = ("age", "min_per_age") if params.target == "age" else ("gender", "min_per_class")
    print(f"{len(plan)} copies of faces; {balance.shortfall.sum()} more would bring every {kind} up to {key}")


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="training faces")
    parser.add_argument("--counts", type=Path, required=True, help="training faces of each age or gender, from eda")
    parser.add_argument("--out", type=Path, required=True, help="folder of faces for the copies")
    parser.add_argument("--tables", type=Path, required=True, help="folder for balance.csv")
    parser.add_argument("--figures", type=Path, required=True, help="folder for the figure and the sheet")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
