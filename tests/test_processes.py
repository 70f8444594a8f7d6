"""Several processes that train one model, on one machine's processor, against one process alone."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import yaml
from killed import gone_on, results

from ageline.errors import AgelineError
from ageline.model.backbones import build_backbone
from ageline.store.faceset import write_faceset
from ageline.training.launch import read_launch
from ageline.training.processes import ALONE, join_processes

ROOT = Path(__file__).parent.parent
TOGETHER = {
    "KERAS_DISTRIBUTION_JOB_ADDRESSES": "127.0.0.1:7337",
    "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    "KERAS_DISTRIBUTION_PROCESS_ID": "1",
}
TWO_DEVICES = "--xla_force_host_platform_device_count=2"
START = """
import os, sys
import numpy as np
from ageline.errors import AgelineError, run
from ageline.model.backend import use_backend
use_backend("jax")
from ageline.params import load_params
from ageline.training.determinism import prepare_engine
from ageline.training.processes import join_processes
train = load_params().train.model_copy(update={"backend": "jax", "threads": 1})
prepare_engine(train)
processes = join_processes(train)
"""


def start(command: list[str], rank: int | None, port: int = 0, folder: Path = ROOT, **environment: str):
    """A process of its own on the processor: alone without a rank, else number `rank` of two."""
    two = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
        "KERAS_DISTRIBUTION_PROCESS_ID": str(rank),
    }
    environment = {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"} | environment | ({} if rank is None else two)
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_both(command: list[str], folder: Path = ROOT) -> list[subprocess.Popen]:
    port = free_port()
    return [start(command, rank, port, folder) for rank in (0, 1)]


def ends(*processes: subprocess.Popen) -> list[tuple[int, str, str]]:
    """Status, stdout and stderr of each at its end; none outlives the test."""
    try:
        shown = [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *texts) for process, texts in zip(processes, shown, strict=True)]


def lines(text: str) -> list[str]:
    """What Python printed; the library below JAX says when it is connected."""
    return [line for line in text.splitlines() if not line.startswith("[Gloo]")]


DRAWN = {"flip": True} | dict.fromkeys(("rotate", "shift", "zoom", "brightness", "contrast", "erase"), 0.2)
VAL = [12, 22, 32, 42, 52, 62]
CHANGES = {
    "model.backbone": "CNN",
    "train.backend": "jax",
    "train.threads": 1,
    "train.batch_size": 8,
    "train.optimizer.ema": 0.9,
    "train.weighting": "lds",
    "train.augmentation": DRAWN,
    "train.phases.top.epochs": 1,
    "train.phases.fine_tune.epochs": 2,
    "train.checkpoint.keep": "all",
    "model.top.units": [8],
    "model.top.dropout": 0.3,
    "model.weights": "file",
    "model.weights_file": "own.weights.h5",
}


def write_faces(folder: Path, ages: list[int], size: int) -> None:
    """Faces of noise whose brightness is their age."""
    names = [f"{folder.name}{number}" for number in range(len(ages))]
    table = {"face_id": names, "source": names, "age": np.array(ages, float), "split_group": names, "split": "train"}
    manifest = pd.DataFrame(table).assign(width=size, height=size, flags="")
    random = np.random.default_rng(1)
    images = (random.integers(0, 3 * age, (size, size, 3)).astype(np.uint8) for age in ages)
    write_faceset(folder, manifest, images, (size, size))


@pytest.fixture
def project(tmp_path, make_params, shipped):
    """A folder with noise for faces, whose last batch is small, and params: two phases of all that draws."""

    def make(size: int, changes: dict[str, object] | None = None) -> Path:
        params = make_params(CHANGES | {"ingest.image_size": size} | (changes or {}))
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(shipped))
        keras.utils.set_random_seed(1)
        build_backbone(params.model).save_weights(tmp_path / "backbone.weights.h5")
        write_faces(tmp_path / "faces", [*range(10, 70, 3)], size)
        write_faces(tmp_path / "val", VAL, size)
        write_faces(tmp_path / "copies", [70, 80], size)
        return tmp_path

    return make


def test_what_process_0_has_reaches_the_other_bit_by_bit_and_a_difference_stops_both():
    code = START + (
        "mine = [np.array([1, 1e-300]), np.array(2**60), np.zeros((0, 2), np.float32)] if processes.writes else []\n"
        "print(processes, [(x.dtype.name, x.shape, x.tolist()) for x in processes.from_first(mine)])\n"
        "processes.check_same('one', 'the params')\n"
        "def main():\n"
        "    with processes.taking_part() as folder:\n"
        "        print('seen')\n"
        "        processes.check_same(str(processes.rank), 'the params')\n"
        "run(main)"
    )
    first, second = ends(*start_both(["-c", code]))
    got = "[('float64', (2,), [1.0, 1e-300]), ('int64', (), 1152921504606846976), ('float32', (0, 2), [])]"
    assert lines(first[1]) == [f"Processes(rank=0, count=2, devices=2) {got}", "seen"]
    assert lines(second[1]) == [f"Processes(rank=1, count=2, devices=2) {got}"]
    assert "error: the params of process 0 and of process 1 differ. All processes have to train with the" in first[2]
    assert "process 1: error: the params of process 0 and of process 1 differ." in second[2]
    assert (first[0], second[0]) == (1, 1)


@pytest.mark.long
def test_a_process_that_fails_or_is_told_to_end_takes_the_other_with_it():
    code = START + (
        "import signal\n"
        "def main():\n"
        "    with processes.taking_part():\n"
        "        if not processes.writes:\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
        "        while True:\n"
        "            processes.check_same('one', 'the params')\n"
        "run(main)"
    )
    first, second = ends(*start_both(["-c", code]))
    assert "error: another process is gone, and training can't go on without it (" in first[2]
    assert (first[0], second[0]) == (1, 143)


FIT = (
    START
    + """
import keras
from ageline.store.faceset import FaceSet
from ageline.training.feed import FaceFeed
from ageline.training.labels import labels_of

faces = FaceSet.open("faces")
photo = keras.Input((8, 8, 3), dtype="uint8")
x = keras.layers.RandomFlip("horizontal", seed=1)(keras.layers.RandomBrightness(0.2, seed=2)(photo))
x = keras.layers.Conv2D(4, 3, use_bias=False)(x)
x = keras.layers.Flatten()(keras.layers.BatchNormalization(momentum=0.5)(x))
model = keras.Model(photo, keras.layers.Dense(1)(keras.layers.Dropout(0.5, seed=3)(x)))
model.compile("adam", "mae", metrics=["mae"])
feed = FaceFeed([faces], 8, labels_of([faces], "age"), seed=1, processes=processes)
history = model.fit(feed, epochs=3, shuffle=False, verbose=0).history
np.savez(f"{sys.argv[1]}-{processes.rank}", *history["loss"], *history["mae"], *model.get_weights())
"""
)


def test_batch_normalization_and_what_is_drawn_are_of_the_whole_batch(project):
    folder = project(8)
    (folder / "fit.py").write_text(FIT)
    runs = [start(["fit.py", "one"], None, folder=folder), *start_both(["fit.py", "two"], folder)]
    assert [(status, errors) for status, _, errors in ends(*runs) if status] == []
    one, *others = ([*np.load(folder / f"{name}.npz").values()] for name in ("one-0", "two-0", "two-1"))
    assert len(one) == 2 * 3 + 7
    for other in others:
        for expected, received in zip(one, other, strict=True):
            np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5)


def test_alone_nothing_is_sent():
    arrays = [np.ones(2), np.zeros(1)]
    assert [x is y for x, y in zip(ALONE.from_first(arrays), arrays, strict=True)] == [True, True]
    ALONE.check_same("anything", "the params")
    with ALONE.taking_part() as elsewhere:
        assert elsewhere is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"KERAS_DISTRIBUTION_JOB_ADDRESSES": ""},
            "KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID is set, but not KERAS_DISTRIBUTION_JOB",
        ),
        (
            {"KERAS_DISTRIBUTION_NUM_PROCESSES": "two"},
            "NUM_PROCESSES should be a whole number, 1 or more, received 'two'",
        ),
        ({"KERAS_DISTRIBUTION_NUM_PROCESSES": "0"}, "NUM_PROCESSES should be a whole number, 1 or more, received '0'"),
        (
            {"KERAS_DISTRIBUTION_PROCESS_ID": "2"},
            "PROCESS_ID should be a whole number, 0 to 1, as .* is 2, received '2'",
        ),
        (
            {"KERAS_DISTRIBUTION_JOB_ADDRESSES": "node1"},
            "should be HOST:PORT of process 0, such as .* received 'node1'",
        ),
        ({"KERAS_DISTRIBUTION_JOB_ADDRESSES": "node1:0"}, "should be HOST:PORT .* received 'node1:0'"),
        ({"KERAS_DISTRIBUTION_JOB_ADDRESSES": "node1:99999"}, "should be HOST:PORT .* received 'node1:99999'"),
        ({"KERAS_DISTRIBUTION_JOB_ADDRESSES": "a:1,b:1,c:1"}, "has 3 addresses, expected one .* or 2, as "),
    ],
)
def test_variables_that_are_not_right_are_refused(changes, message):
    with pytest.raises(AgelineError, match=message):
        read_launch(TOGETHER | changes)


def test_tensorflow_does_not_share(monkeypatch, make_params):
    for name, value in TOGETHER.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        AgelineError, match=r"which backend tensorflow can't do here. Set train.backend to jax, or unset"
    ):
        join_processes(make_params().train)


def test_process_0_needs_its_port(monkeypatch, make_params):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("KERAS_DISTRIBUTION_JOB_ADDRESSES", f"127.0.0.1:{port}")
        monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
        monkeypatch.setenv("KERAS_DISTRIBUTION_PROCESS_ID", "0")
        with pytest.raises(AgelineError, match=f"process 0 can't listen at port {port}: .* Give all processes another"):
            join_processes(make_params({"train.backend": "jax"}).train)


def test_a_batch_is_dealt_out_evenly():
    code = (
        START.replace('"threads": 1', '"threads": 1, "batch_size": 31').replace("\nprocesses =", "\nrun(lambda:") + ")"
    )
    ((status, _, errors),) = ends(start(["-c", code], None, XLA_FLAGS=TWO_DEVICES))
    assert (status, errors.splitlines()[-1]) == (
        1,
        "error: train.batch_size is the number of faces over all devices, and should be a multiple of the 2 that there"
        " are, received 31. Set it to 32, or show fewer devices, by CUDA_VISIBLE_DEVICES.",
    )


def train(name: str) -> list[str]:
    outs = f"--model {name}/model.keras --epochs {name}/epochs --history {name}/history.csv --cost {name}/cost.json"
    outs += f" --scratch scratch/{name}"
    faces = "--train faces --val val --copies copies --backbone backbone.weights.h5"
    return f"-m stages.train {faces} {outs}".split()


def weights(folder: Path, epoch: int) -> list[np.ndarray]:
    model = keras.models.load_model(folder / "model.keras")
    model.load_weights(folder / "epochs" / f"epoch-{epoch:03}.weights.h5")
    return model.get_weights()


def assert_the_same(one: Path, other: Path) -> None:
    """To 1e-5, every figure of the history and every weight of every epoch."""
    expected, received = (pd.read_csv(folder / "history.csv") for folder in (one, other))
    pd.testing.assert_frame_equal(received, expected, rtol=1e-5, atol=0)
    for epoch in (1, 2, 3):
        for first, second in zip(weights(one, epoch), weights(other, epoch), strict=True):
            np.testing.assert_allclose(second, first, rtol=0, atol=1e-5)


def run_alone(name: str, folder: Path, **environment: str) -> list[str]:
    ((status, shown, errors),) = ends(start(train(name), None, folder=folder, **environment))
    assert status == 0, errors
    return shown.splitlines()


def device(folder: Path) -> str:
    return json.loads((folder / "cost.json").read_text())["device"]


@pytest.mark.long
def test_two_processes_or_two_devices_learn_what_one_learns(project, tmp_path):
    project(56)
    before = {path.name for path in tmp_path.iterdir()}
    shown = run_alone("one", tmp_path)
    first, second = ends(*start_both(train("two"), tmp_path))
    assert (first[0], second[0]) == (0, 0), first[2] + second[2]
    # Both were told to write into `two`, and both print a line for each epoch.
    assert (len(lines(first[1])), lines(second[1])) == (len(shown), [])
    assert {path.name for path in tmp_path.iterdir()} == before | {"one", "two", "scratch"}
    assert device(tmp_path / "two").endswith(", 1 threads, 2 devices in 2 processes")
    assert_the_same(tmp_path / "one", tmp_path / "two")

    write_faces(tmp_path / "val", [*VAL, 100], 56)
    left_out, *_ = run_alone("devices", tmp_path, XLA_FLAGS=TWO_DEVICES)
    assert left_out == "1 of 7 faces are left out of validation, for 2 devices share every batch"
    assert device(tmp_path / "devices").endswith(", 1 threads, 2 devices in 1 process")
    assert_the_same(tmp_path / "one", tmp_path / "devices")


def test_processes_with_other_params_are_told_so_before_anything_is_built(project):
    folder = project(56)
    other = folder / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("other"))
    edited = (other / "params.yaml").read_text().replace("- 8\n", "- 9\n")
    assert edited != (folder / "params.yaml").read_text()
    (other / "params.yaml").write_text(edited)
    port = free_port()
    first, second = ends(start(train("two"), 0, port, folder), start(train("two"), 1, port, other))
    assert "error: params, data or code of process 0 and of process 1 differ." in first[2]
    assert "process 1: error: params, data or code of process 0 and of process 1 differ." in second[2]


# Four lives of two processes: which of them is killed by itself, and when; the other is killed as soon as it is dead.
LIVES = [
    (0, "batch", 2),
    (0, "os.rename *epoch-00001 epoch-00001", 4),
    (1, "batch", 4),
    (0, "os.rename *model.keras model.keras", 0),
]
KILLED = """
import crashes, sys
crashes.die_at(sys.argv.pop(1), int(sys.argv.pop(1)))
from stages.train import main, run
run(main)
"""


@pytest.mark.long
def test_two_killed_as_a_whole_go_on_and_end_with_the_bytes_of_two_that_never_were(project, tmp_path):
    project(56, {"resume.seconds": 0})
    for status, _, errors in ends(*start_both(train("whole"), tmp_path)):
        assert status == 0, errors
    saved = []
    for victim, moment, later in LIVES:
        command = ["-c", KILLED, moment, str(later), *train("killed")[2:]]
        saved.append(gone_on(killed_together(command, train("killed"), victim, tmp_path)))
    assert saved == [None, None, 1, saved[3]]
    assert saved[3] in (1, 2)
    first, second = ends(*start_both(train("killed"), tmp_path))
    assert (first[0], second[0], gone_on(first[1]), lines(second[1])) == (0, 0, 3, []), first[2] + second[2]
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
    assert device(tmp_path / "killed").endswith("2 devices in 2 processes")


def killed_together(dying: list[str], living: list[str], victim: int, folder: Path) -> str:
    """What process 0 printed; the victim kills itself, the other one is killed then."""
    search = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    port = free_port()
    both = [
        start(dying if rank == victim else living, rank, port, folder, PYTHONPATH=search, KERAS_BACKEND="jax")
        for rank in (0, 1)
    ]
    try:
        status = both[victim].wait(timeout=120)
    finally:
        for process in both:
            process.kill()
    shown = [process.communicate() for process in both]
    assert status == -9, shown
    return shown[0][0]
