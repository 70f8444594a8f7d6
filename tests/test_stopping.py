"""An ingest that is stopped leaves nothing that could be taken for whole."""

import hashlib
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from outs import AUTO, outs_below
from photos import noise

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.scheduling import Serial
from ageline.store.files import locked

ROOT = Path(__file__).parent.parent
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
OUTS = ("train", "val", "test", "figures", "report")

# Runs one ingest after the other in processes of their own. The first is killed before it first opens a file to write,
# renames or removes a folder, the second before the second time, and so on until one comes to its end.
KILL_AT_EVERY_MOMENT = """
import os, shutil, signal, sys
from itertools import count
from pathlib import Path
from outs import AUTO, outs_below
from ageline.faces.ingest import ingest
from ageline.faces.scheduling import Serial
from ageline.params import Ingest

earlier, killed, params = Path("earlier"), Path("killed"), Ingest.model_validate_json(Path("params.json").read_text())

def die_at(moment):
    moments = count(1)
    def hook(event, arguments):
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in {"os.rename", "os.rmdir"}) and next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

for moment in count(1):
    out = killed / f"{moment:03}"
    shutil.copytree(earlier, out)
    child = os.fork()
    if not child:
        die_at(moment)
        ingest("raw", AUTO, params, outs_below(out), scheduler=Serial())
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


@pytest.fixture
def params(make_params):
    """Of another seed: another split of the same photos."""

    def make(seed):
        return make_params({"ingest.image_size": 8, "ingest.split.seed": seed}).ingest

    return make


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """A folder of so many photos, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)

    def make(count):
        (tmp_path / "raw").mkdir()
        for number in range(count):
            (tmp_path / "raw" / f"{number % 100}_0_0_{number:017}.png").write_bytes(noise(number, (8, 8)))
        return Path("raw")

    return make


def run(raw, params, out):
    ingest(raw, AUTO, params, outs_below(out), scheduler=Serial())


def content(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def state(out, runs):
    """What there is and of which run: a fold that is not whole is of none."""
    # The figures of both runs are the same: they show what was found before the split.
    whole = {name: content(out / name) for name in OUTS if name != "figures" and (out / name).exists()}
    run_of = {name: [run for run, folder in runs.items() if content(folder / name) == whole[name]] for name in whole}
    return " ".join(f"{name}:{run}" for name, (run,) in run_of.items())


@pytest.mark.long
def test_whoever_is_killed_at_any_moment_leaves_what_was_there_or_something_missing(raw, params, tmp_path):
    photos = raw(20)
    run(photos, params(1), Path("earlier"))
    run(photos, params(2), Path("later"))
    Path("params.json").write_text(params(2).model_dump_json())
    subprocess.run([sys.executable, "-c", KILL_AT_EVERY_MOMENT], env=ENVIRONMENT, check=True)
    stopped = sorted(Path("killed").iterdir())
    runs = {"old": tmp_path / "earlier", "new": tmp_path / "later"}
    states = [state(out, runs) for out in stopped]
    assert [state for state, _ in itertools.groupby(states)] == [
        "train:old val:old test:old report:old",
        "val:old test:old report:old",
        "test:old report:old",
        "report:old",
        "",
        "train:new",
        "train:new val:new",
        "train:new val:new test:new",
        "train:new val:new test:new report:new",
    ]
    for out in stopped[::8]:  # a run each
        run(photos, params(2), out)
        assert sorted(path.name for path in out.iterdir()) == sorted(OUTS)
        assert content(out) == content(runs["new"])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_stage_that_is_stopped_while_it_decodes_leaves_the_folds_of_before(raw, params, shipped, tmp_path, how):
    photos = raw(300)
    run(photos, params(1), tmp_path)
    before = {name: content(tmp_path / name) for name in OUTS}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(shipped))
    outs = itertools.chain.from_iterable((f"--{name}", name) for name in OUTS)
    stage = subprocess.Popen(
        [sys.executable, "-m", "stages.ingest", "--source", "raw", "--splits", "splits", "--detectors", "none", *outs],
        env=ENVIRONMENT | {"AGELINE_SCHEDULER": "processes:2"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list(tmp_path.glob(".ingest.scratch/*/*.*")):
        assert stage.poll() is None
    stage.send_signal(how)
    assert stage.wait() == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    assert bool(list(tmp_path.glob(".*"))) == (how == signal.SIGKILL)
    if how == signal.SIGKILL:
        os.killpg(stage.pid, signal.SIGTERM)  # its workers, which would wait some minutes for more to do
    assert {name: content(tmp_path / name) for name in OUTS} == before
    run(photos, params(2), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*OUTS, "params.yaml", "raw"])


def test_two_at_once_is_an_error_and_the_first_goes_on(raw, params):
    out = Path("out")
    out.mkdir()
    with (
        locked(out / ".ingest.lock"),
        pytest.raises(AgelineError, match=r"writing to out and holds \.ingest\.lock there"),
    ):
        run(raw(20), params(1), out)
    assert list(out.iterdir()) == []
