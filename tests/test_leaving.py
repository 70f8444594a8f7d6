import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Reads batches more slowly than the model takes them, so that the engine is in the middle of one.
FAIL_WITHIN_AN_EPOCH = """
import time, keras, numpy as np, pandas as pd
from ageline.errors import AgelineError, run
from ageline.store.faceset import FaceSet
from ageline.training.feed import FaceFeed
from ageline.training.leaving import leaving_at_once
from tiny_model import tiny_model

class Slow(FaceFeed):
    def __getitem__(self, batch):
        time.sleep(0.02)
        return super().__getitem__(batch)

class Fail(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 5:
            raise AgelineError("enough")

def main():
    manifest = pd.DataFrame({"face_id": "x", "age": 20.0, "pack": 0, "row": range(400)})
    faces = FaceSet(manifest, (np.zeros((400, 8, 8, 3), np.uint8),))
    model = tiny_model()
    model.compile("sgd", "mae")
    with leaving_at_once():
        model.fit(Slow([faces], 8, np.full((400, 1), 20, np.float32)), verbose=0, callbacks=[Fail()])

run(main)
"""


def test_a_training_that_fails_within_an_epoch_ends_its_process_and_says_why():
    done = subprocess.run(
        [sys.executable, "-c", FAIL_WITHIN_AN_EPOCH],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "error: enough" in done.stderr
