"""The stages of dvc.yaml one after the other in one process, with the flags that stand there: as DVC, without it.

python tests/all_stages.py REPOSITORY   # in a folder with a params.yaml; `sample` is left out for another source
"""

import importlib
import shlex
import sys
from pathlib import Path

import yaml

from ageline.model.backend import use_backend
from ageline.params import load_params


def main(repository: Path) -> None:
    params = load_params()
    use_backend(params.train.backend)
    from ageline.training.determinism import prepare_engine

    prepare_engine(params.train)  # an engine takes its threads before its first work, here that of the stage backbone
    for folder in ("data/splits", "data/detectors", "data/weights"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for name, stage in yaml.safe_load((repository / "dvc.yaml").read_text())["stages"].items():
        if name == "sample" and params.data.source != "data/sample":
            continue
        _, _, module, *flags = shlex.split(stage["cmd"].replace("${data.source}", params.data.source))
        importlib.import_module(module).main(flags)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
