"""Where photos are decoded changes no byte; and a cluster that is of no use says so."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster
from drawn import person, write_red_block_finder
from in_memory import Deadly, InMemory
from outs import AUTO, outs_below
from photos import RED, encode, noise, photo

import ageline
from ageline.errors import AgelineError
from ageline.faces import scheduling
from ageline.faces.decoding import CHUNK, Scratch, decode_photos
from ageline.faces.ingest import ingest
from ageline.faces.problems import NOT_READABLE, Problem, Unusable
from ageline.faces.scheduling import Cluster, Processes, Serial, parse_scheduler, read_scheduler

SPLITS = ("train", "val", "test")
ONE_THREAD = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class SeenBy:
    """A file on storage that only one process sees."""

    process: int

    def read(self):
        if os.getpid() != self.process:
            raise Unusable(NOT_READABLE, "No such file or directory")
        return photo(RED)


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes, started anew when one dies; a task that has killed two of them is given up."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as workers,
    ):
        yield Cluster(workers.scheduler_address)


@dataclass(frozen=True)
class DeadlyTo:
    """Takes another process down."""

    process: int

    def read(self):
        os.kill(self.process, signal.SIGKILL)
        return photo(RED)


@contextmanager
def started(*command: str, code: Path = ROOT):
    """A Python process of its own, with Ageline of the folder `code`; killed in the end."""
    environment = os.environ | {"PYTHONPATH": f"{code}:{ROOT / 'tests'}"}
    process = subprocess.Popen([sys.executable, *command], cwd="/", env=environment, stderr=subprocess.DEVNULL)
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def cluster_of(*command: str, code: Path = ROOT):
    """A cluster of one worker, which a command of its own starts."""
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address="127.0.0.1:0") as workers,
        started(*command, workers.scheduler_address, *ONE_THREAD, code=code),
    ):
        yield Cluster(workers.scheduler_address)


def is_up(address):
    host, port = address.removeprefix("tcp://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / "scratch").mkdir()
    return Scratch(tmp_path / "scratch", (8, 8))


@pytest.fixture
def raw(tmp_path):
    """A folder of 300 photos, a few of them copies of others and a few broken."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for number in range(300):
        data = noise(number % 280, (12, 8))
        (folder / f"{number % 100}_0_0_{number:017}.png").write_bytes(data[:-40] if number % 50 == 0 else data)
    return folder


@pytest.fixture
def run(tmp_path, make_params):
    """Ingest a source into `tmp_path/<name>` and give the hash of every file written."""
    params = make_params({"ingest.image_size": 8, "ingest.max_rejected": 0.2}).ingest

    def run(source, scheduler, name):
        out = tmp_path / name
        ingest(source, AUTO, params, outs_below(out), scheduler=scheduler)
        files = sorted(path for path in out.rglob("*") if path.is_file())
        return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    return run


@pytest.mark.parametrize(
    ("setting", "scheduler"),
    [
        (None, Processes(-1)),
        ("", Processes(-1)),
        ("processes", Processes(-1)),
        ("processes:4", Processes(4)),
        ("serial", Serial()),
        ("tcp://10.0.0.7:8786", Cluster("tcp://10.0.0.7:8786")),
        ("tls://head.cluster:8786", Cluster("tls://head.cluster:8786")),
    ],
)
def test_the_setting_names_the_scheduler(monkeypatch, setting, scheduler):
    monkeypatch.delenv("AGELINE_SCHEDULER", raising=False)
    if setting is not None:
        monkeypatch.setenv("AGELINE_SCHEDULER", setting)
    assert read_scheduler() == scheduler


@pytest.mark.parametrize(
    "setting", ["threads", "processes:0", "processes:two", "10.0.0.7:8786", "tcp://10.0.0.7", "dask"]
)
def test_a_setting_that_means_nothing_is_an_error_with_those_that_do(setting):
    with pytest.raises(AgelineError) as error:
        parse_scheduler(setting)
    assert str(error.value) == (
        f"AGELINE_SCHEDULER is {setting!r}, expected serial, processes, processes:N or the address of a Dask scheduler,"
        " tcp://HOST:PORT or tls://HOST:PORT. Mend it, or unset it."
    )


def test_serial_processes_and_a_cluster_write_the_same_bytes(raw, run, cluster):
    written = run(raw, Serial(), "serial")
    assert len(written) == 14  # three packs, three manifests, two sheets, six files of the report
    assert run(raw, Processes(2), "processes") == written
    assert run(raw, cluster, "cluster") == written


def test_faces_are_found_the_same_everywhere(scratch, cluster, tmp_path):
    file = write_red_block_finder(tmp_path / "red.onnx")
    files = [InMemory(encode(person(number))) for number in range(12)] * 12  # two tasks
    for detector in (None, file):
        decoded, pixels = zip(
            *(
                (decode_photos(files, "detect", scratch, scheduler, detector), scratch.file(0).read_bytes())
                for scheduler in (Serial(), Processes(2), cluster)
            ),
            strict=True,
        )
        assert decoded[0] == decoded[1] == decoded[2]
        assert pixels[0] == pixels[1] == pixels[2]
        assert {row.found for row in decoded[0]} == ({0} if detector else {0, 1})


def test_a_worker_finds_what_is_named_relative_to_another_folder_than_its_own(raw, run, cluster, tmp_path, monkeypatch):
    written = _but_sheets(run(raw, Serial(), "serial"))
    monkeypatch.chdir(tmp_path)  # the workers started elsewhere
    shutil.make_archive("raw", "tar", "raw")
    shutil.make_archive("raw", "zip", "raw")
    for source in ("raw", "raw.tar", "raw.zip"):
        assert _but_sheets(run(source, cluster, f"from {source}")) == written


def _but_sheets(written):
    """The sheets name their source."""
    return {name: digest for name, digest in written.items() if not name.startswith("figures/")}


def test_a_worker_that_dies_midway_changes_nothing(scratch, cluster, tmp_path):
    files = [*[InMemory(photo(RED))] * CHUNK, Deadly(tmp_path / "died"), InMemory(photo(RED))]
    decoded = decode_photos(files, "whole", scratch, cluster)
    assert (tmp_path / "died").exists()
    assert [(row.chunk, row.row, row.problem) for row in decoded[CHUNK:]] == [(1, 0, None), (1, 1, None)]
    blue, red = scratch.faces([1, 1], [0, 1])
    assert (blue[0, 0].tolist(), red[0, 0].tolist()) == ([0, 0, 255], [255, 0, 0])
    assert sorted(path.name for path in scratch.folder.glob("*.rgb")) == ["0000000.rgb", "0000001.rgb"]


def test_a_photo_that_kills_every_worker_is_an_error_with_the_remedy(scratch, cluster):
    with pytest.raises(AgelineError, match=r"killed every worker of tcp://.* for want of memory.*and run again\."):
        decode_photos([InMemory(photo(RED)), Deadly()], "whole", scratch, cluster)


def test_a_missing_dask_is_an_error_with_the_remedy(scratch, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AgelineError, match=r"Dask is not installed .*pip install 'ageline\[dask\]'"):
        decode_photos([InMemory(photo(RED))], "whole", scratch, Cluster("tcp://127.0.0.1:8786"))


def test_an_address_that_nobody_answers_at_is_an_error_with_the_remedy(scratch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(
        AgelineError, match=rf"No Dask scheduler answers at tcp://127.0.0.1:{port}, .*Connection refused"
    ):
        decode_photos([InMemory(photo(RED))], "whole", scratch, Cluster(f"tcp://127.0.0.1:{port}"))


def test_a_cluster_without_workers_is_an_error_with_the_remedy(scratch, monkeypatch):
    monkeypatch.setattr(scheduling, "PATIENCE", 0.1)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address="127.0.0.1:0") as workers,
        pytest.raises(AgelineError, match=r"has had no worker for 0\.1 seconds. Start some: dask worker tcp://"),
    ):
        decode_photos([InMemory(photo(RED))], "whole", scratch, Cluster(workers.scheduler_address))


def test_a_worker_without_ageline_is_an_error_with_the_remedy(scratch):
    bare = "import sys; sys.modules['ageline'] = None; from distributed.cli.dask_worker import main; main()"
    with (
        cluster_of("-c", bare) as cluster,
        pytest.raises(
            AgelineError, match=r"can't run this version of Ageline: No module named 'ageline.* Install on every"
        ),
    ):
        decode_photos([InMemory(photo(RED))], "whole", scratch, cluster)


def test_a_worker_with_other_code_is_an_error_with_the_remedy(scratch, tmp_path):
    shutil.copytree(Path(ageline.__file__).parent, tmp_path / "older/ageline")
    with (tmp_path / "older/ageline/faces/image.py").open("a") as code:
        code.write("\nMAX_PIXELS = 10\n")
    with (
        cluster_of("-m", "distributed.cli.dask_worker", code=tmp_path / "older") as cluster,
        pytest.raises(
            AgelineError, match=r"has other versions: ageline [0-9a-f]{8}, here [0-9a-f]{8}\. Install on every"
        ),
    ):
        decode_photos([InMemory(photo(RED))], "whole", scratch, cluster)


def test_a_scheduler_that_goes_away_midway_is_an_error_with_the_remedy(scratch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = "tcp://{}:{}".format(*server.getsockname())
    with (
        started("-m", "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard") as scheduler,
        started("-m", "distributed.cli.dask_worker", address, *ONE_THREAD),
    ):
        while not is_up(address):
            assert scheduler.poll() is None
        files = [InMemory(photo(RED))] * CHUNK + [DeadlyTo(scheduler.pid)]
        with pytest.raises(AgelineError, match=rf"The Dask scheduler at {address} went away\. Start it, and run again"):
            decode_photos(files, "whole", scratch, Cluster(address))


def test_a_worker_that_does_not_see_the_source_is_an_error_and_no_row(scratch, cluster):
    with pytest.raises(AgelineError, match=r"can be read here, but not where it was to be decoded \(No such file"):
        decode_photos([InMemory(photo(RED)), SeenBy(os.getpid())], "whole", scratch, cluster)


def test_a_photo_that_nobody_can_read_is_a_row(scratch, cluster):
    decoded = decode_photos([SeenBy(0)], "whole", scratch, cluster)
    assert {row.problem for row in decoded} == {Problem("file not readable", "No such file or directory")}


def test_a_worker_that_does_not_see_the_scratch_folder_is_an_error(tmp_path):
    with pytest.raises(AgelineError, match=r"elsewhere does not exist on .*the same absolute path"):
        decode_photos([InMemory(photo(RED))], "whole", Scratch(tmp_path / "elsewhere", (8, 8)), Serial())
    assert list(tmp_path.iterdir()) == []
