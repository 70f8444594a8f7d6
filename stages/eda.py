"""eda: counts of each age or class, what is missing, how large the photos are, and sheets of faces to look at.

    python -m stages.eda --train data/faces/train --val data/faces/val --test data/faces/test
        --tables metrics/eda --figures reports/eda

The sheets show training faces alone: who looks at the test fold begins to fit it.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.explore.counts import count_ages, count_genders, count_sizes, summarise
from ageline.explore.figures import draw_ages, draw_ages_by_gender, draw_genders, draw_sizes
from ageline.explore.sheets import draw_extremes, draw_samples
from ageline.figures import credit
from ageline.params import load_params
from ageline.store.faceset import FaceSet
from ageline.store.files import written_whole
from ageline.store.manifest import read_manifest
from ageline.store.tables import write_csv


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    folds = {name: read_manifest(getattr(flags, name)) for name in ("train", "val", "test")}
    faces = FaceSet.open(flags.train)
    counts = count_ages(folds) if params.target == "age" else count_genders(folds)
    note = credit(params.data.source)

    with written_whole(flags.tables) as tables:
        write_csv(tables / "counts.csv", counts)
        write_csv(tables / "summary.csv", summarise(folds, params.target))
        write_csv(tables / "sizes.csv", count_sizes(folds))
    with written_whole(flags.figures) as figures:
        if params.target == "age":
            draw_ages(figures / "ages.png", counts, params.augment.min_per_age, note)
        else:
            draw_genders(figures / "genders.png", counts, note)
            draw_ages_by_gender(figures / "ages.png", folds, note)
        draw_sizes(figures / "sizes.png", folds, faces.height_width, note)
        draw_samples(figures / "samples.png", faces, params.eda.samples, params.target, note)
        draw_extremes(figures / "extremes.png", faces, params.eda.extremes, params.target, note)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for fold in ("train", "val", "test"):
        parser.add_argument(f"--{fold}", type=Path, required=True, help=f"{fold} faces")
    parser.add_argument("--tables", type=Path, required=True, help="folder for counts.csv, summary.csv and sizes.csv")
    parser.add_argument("--figures", type=Path, required=True, help="folder for the figures and sheets")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
