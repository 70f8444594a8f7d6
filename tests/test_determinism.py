"""What only a process of its own can show: an engine reads its settings once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PREPARE = """
import os, sys
from ageline.training.determinism import prepare_engine
from ageline.params import load_params
prepare_engine(load_params().train.model_copy(update={"threads": 3}))
"""


def run(code: str, **environment: str) -> str:
    """What a new process prints that runs `code` in the repository."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tensorflow_works_with_the_threads_the_precision_and_the_seed_asked_for():
    code = PREPARE.replace('"threads": 3', '"threads": 3, "precision": "mixed_bfloat16", "seed": 7') + (
        "import keras, tensorflow as tf; from keras.src.utils.rng_utils import get_random_seed\n"
        "print(tf.config.threading.get_intra_op_parallelism_threads(),"
        " keras.mixed_precision.global_policy().name, get_random_seed())"
    )
    assert run(code, KERAS_BACKEND="tensorflow") == "3 mixed_bfloat16 7\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted by Linux")
def test_jax_works_with_the_threads_asked_for_and_keeps_the_flags_given():
    code = PREPARE + (
        "import jax; jax.numpy.ones(3).sum().block_until_ready(); from pathlib import Path\n"
        "names = [path.read_text().strip() for path in Path('/proc/self/task').glob('*/comm')]\n"
        "print(names.count('tf_XLAEigen'), os.environ['XLA_FLAGS'])"
    )
    printed = run(code, KERAS_BACKEND="jax", XLA_FLAGS="--xla_cpu_enable_fast_math=false")
    assert printed == "3 --xla_cpu_enable_fast_math=false --xla_gpu_deterministic_ops=true\n"


def test_training_on_jax_needs_no_tensorflow(tmp_path):
    code = f"""
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] == "tensorflow":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
{PREPARE}
from pathlib import Path
import numpy as np, pandas as pd
from tiny_model import Run
from ageline.params import load_params
from ageline.store.faceset import FaceSet
from ageline.training.cost import cost_of
manifest = pd.DataFrame({{"face_id": ["a", "b"], "source": "x", "age": [20.0, 60.0], "pack": 0, "row": [0, 1]}})
faces = FaceSet(manifest, (np.zeros((2, 8, 8, 3), np.uint8),))
run = Run(Path({str(tmp_path)!r}), load_params(), faces, faces)
print(sorted(cost_of(run.learn(), run.params.train)))
"""
    assert "'device', 'epochs'" in run(code, KERAS_BACKEND="jax")


@pytest.mark.parametrize(
    "tests",
    [
        ["test_averaging.py", "test_prediction.py"],
        pytest.param(
            ["test_phases.py", "test_divergence.py", "test_checkpoints.py", "test_progress.py", "test_cost.py"],
            marks=pytest.mark.long,
        ),
    ],
)
def test_jax_passes_the_same_tests(tests, tmp_path):
    # Without a folder of its own, two sessions of pytest may clear away each other's.
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'own'}", *(f"tests/{name}" for name in tests)]
    code = f"import pytest, sys; sys.exit(pytest.main({options}))"
    assert " passed" in run(code, KERAS_BACKEND="jax")
