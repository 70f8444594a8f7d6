"""sample: synthetic faces drawn by code, with their ages, in the layout of a labelled folder.

    python -m stages.sample --out data/sample

A thousand faces take about ten seconds.
"""

import argparse

from ageline.errors import run
from ageline.params import load_params
from ageline.sample import write_sample


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write")
    flags = parser.parse_args(argv)
    write_sample(flags.out, load_params().sample)


if __name__ == "__main__":
    run(main)
