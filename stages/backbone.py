"""backbone: the weights that training starts from, in a file, so that training never touches the network.

    python -m stages.backbone --weights data/weights --out models/backbone.weights.h5

The file of a ResNet50 is 95 MB. Only `model.weights: imagenet` needs a network.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.model.backend import use_backend
from ageline.params import load_params


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="folder that model.weights_file is looked up in")
    parser.add_argument("--out", type=Path, required=True, help="the backbone's weights, .weights.h5")
    flags = parser.parse_args(argv)
    params = load_params()
    use_backend(params.train.backend)
    from ageline.model.backbones import write_initial_weights

    write_initial_weights(flags.out, params.model, params.train.seed, flags.weights)


if __name__ == "__main__":
    run(main)
