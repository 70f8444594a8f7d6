"""One forward pass and one step of training with each head, on the backend that is asked for.

    python tests/one_step.py jax FOLDER

FOLDER holds, of each head, its params and its first weights; what came out is written beside them.
"""

import json
import sys
from pathlib import Path

import numpy as np

from ageline.model.backend import use_backend
from ageline.params import parse_params


def run_all(backend: str, folder: Path) -> None:
    """Write what each head of `folder` answers and learns to HEAD-BACKEND.npz, and its model to HEAD-BACKEND.keras."""
    import keras

    from ageline.model.archive import save_model
    from ageline.model.face_model import build_model, finished_model
    from ageline.model.heads import make_head
    from ageline.model.optimizer import build_optimizer

    assert keras.config.backend() == backend
    given = np.load(folder / "batch.npz")
    for file in sorted(folder.glob("*.json")):
        params = parse_params(json.loads(file.read_text()))
        head = make_head(params, mean_age=30.0)
        model = build_model(params, params.ingest.height_width, head)
        first = folder / f"{file.stem}.weights.h5"
        if not first.exists():
            model.save_weights(first)
        model.load_weights(first)
        answers = finished_model(model, head)(given["faces"])
        save_model(finished_model(model, head), folder / f"{file.stem}-{backend}.keras")

        labels = given["genders" if params.target == "gender" else "ages"]
        model.compile(build_optimizer(params.train.optimizer, 10, 1), head.loss(), metrics=[head.metric()])
        history = model.fit(given["faces"], labels, batch_size=len(labels), verbose=0).history
        np.savez(
            folder / f"{file.stem}-{backend}.npz",
            **{f"answers {name}": keras.ops.convert_to_numpy(values) for name, values in answers.items()},
            **{f"history {name}": values for name, values in history.items()},
            **{f"weight {weight.path}": keras.ops.convert_to_numpy(weight) for weight in model.weights},
        )


if __name__ == "__main__":
    use_backend(sys.argv[1])
    run_all(sys.argv[1], Path(sys.argv[2]))
