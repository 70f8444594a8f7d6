"""ingest: a folder or archive of labelled photos becomes packs of upright faces, split into train, val and test.

    python -m stages.ingest --source data/sample --splits data/splits --detectors data/detectors
        --train data/faces/train --val data/faces/val --test data/faces/test
        --report metrics/ingest --figures reports/ingest

Reads `target`, `data` and `ingest` from params.yaml; AGELINE_SCHEDULER says where photos are decoded, see
`ageline.faces.scheduling`. A core takes about a second for 500 photos of 200 x 200.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.faces.ingest import Outs, ingest
from ageline.faces.report import summarize
from ageline.faces.scheduling import read_scheduler
from ageline.params import load_params
from ageline.store.manifest import SPLITS


def main(argv: list[str] | None = None) -> None:
    flags = _flags(argv)
    params, scheduler = load_params(), read_scheduler()
    folds = {split: getattr(flags, split) for split in SPLITS}
    outs = Outs(folds, flags.report, flags.figures)
    reads = flags.splits, scheduler, params.target, flags.detectors
    counts = ingest(flags.source, params.data, params.ingest, outs, *reads)
    print(summarize(counts))


def _flags(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stages.ingest", description="Photos to faces in packs.")
    parser.add_argument("--source", type=Path, required=True, help="folder, .zip or .tar of labelled photos")
    parser.add_argument("--splits", type=Path, required=True, help="folder of split files, for the protocol file")
    parser.add_argument("--detectors", type=Path, required=True, help="folder of face detectors, for ingest.detector")
    for split in SPLITS:
        parser.add_argument(f"--{split}", type=Path, required=True, help=f"folder of the {split} faces to write")
    parser.add_argument("--report", type=Path, required=True, help="folder of counts and rejected photos to write")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the audit's sheets to write")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
