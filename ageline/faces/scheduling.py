"""Where tasks run, by the environment setting AGELINE_SCHEDULER; what they give depends on their arguments alone.

    serial             one after the other in this process: for a debugger
    processes          one for each core of this machine, and what no setting means; processes:4 takes four
    tcp://host:8786    a Dask cluster, by the address of its scheduler; tls:// too

It can't change a byte of what is written, so it is no param, and DVC never hears of it.
"""

import hashlib
import os
import pickle
import re
import socket
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import joblib
import numpy as np
import PIL
from joblib.externals.loky.process_executor import BrokenProcessPool

from ageline.errors import AgelineError

if TYPE_CHECKING:
    from distributed import Client, Future

SETTING = "AGELINE_SCHEDULER"
EXPECTED = (
    "expected serial, processes, processes:N or the address of a Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT"
)
SAME_VERSIONS = "Install on every worker what is installed here, and run again."
CONNECT = 5  # seconds for a scheduler to answer
PATIENCE = 60  # seconds for a cluster to be without any worker: one that grows on demand takes its time
AHEAD = 1024  # tasks at the cluster at a time, some 10 KB each

Result = TypeVar("Result")
Arguments = tuple[Any, ...]


class Scheduler(Protocol):
    """Runs tasks."""

    def map(self, function: Callable[..., Result], tasks: Sequence[Arguments]) -> Generator[Result, None, None]:
        """What `function` gives for the arguments of each task, in their order.

        What it gives has to be closed, or read to its end.

        Raises:
            AgelineError: a process was killed, or a cluster is of no use.
        """


@dataclass(frozen=True)
class Serial:
    """This process."""

    def map(self, function: Callable[..., Result], tasks: Sequence[Arguments]) -> Generator[Result, None, None]:
        return (function(*task) for task in tasks)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine.

    Attributes:
        count: of processes; -1 is one for each core.
    """

    count: int = -1

    def map(self, function: Callable[..., Result], tasks: Sequence[Arguments]) -> Generator[Result, None, None]:
        parallel = joblib.Parallel(self.count if len(tasks) > 1 else 1, return_as="generator", batch_size=1)
        results = parallel(joblib.delayed(function)(*task) for task in tasks)
        try:
            for result in results:  # noqa: UP028, which would close `results` out of reach of the filter below
                yield result
        except BrokenProcessPool as error:
            raise AgelineError(
                "A process that decoded photos was killed, as a rule for want of memory. Free some, and run again."
            ) from error
        finally:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "[0-9]+ tasks", UserWarning)  # which come to nothing: as meant
                results.close()


ALL_CORES = Processes()


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster whose workers run this version of Ageline and see the same files under the same absolute paths.

    Dask is called by itself: under joblib's backend of that name, a task that kills its workers is waited for for ever.

    Attributes:
        address: of its scheduler.
    """

    address: str

    def map(self, function: Callable[..., Result], tasks: Sequence[Arguments]) -> Generator[Result, None, None]:
        with _connect(self.address) as client:
            versions = _versions()
            calls = (pickle.dumps(_Call(_run_checked, (versions, function, task))) for task in tasks)
            futures = (client.submit(pickle.loads, call, pure=False) for call in calls)
            ahead = deque(islice(futures, AHEAD))
            while ahead:
                yield self._result(client, ahead.popleft())
                ahead.extend(islice(futures, 1))

    def _result(self, client: "Client", future: "Future[Any]") -> Any:
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            return self._wait(client, future)
        except KilledWorker as error:
            raise AgelineError(
                f"A task killed every worker of {self.address} that tried it, as a rule for want of memory: {error}"
                " Give the workers more, and run again."
            ) from error
        except (CancelledError, CommClosedError) as error:
            raise AgelineError(f"The Dask scheduler at {self.address} went away. Start it, and run again.") from error
        except (ImportError, AttributeError) as error:
            raise AgelineError(
                f"A worker of {self.address} can't run this version of Ageline: {error}. {SAME_VERSIONS}"
            ) from error

    def _wait(self, client: "Client", future: "Future[Any]") -> Any:
        while True:
            try:
                return future.result(timeout=PATIENCE)
            except TimeoutError:
                if future.done():  # type: ignore[no-untyped-call]  # it is the task's own
                    raise
                if not client.ncores():  # type: ignore[no-untyped-call]
                    raise AgelineError(
                        f"The Dask scheduler at {self.address} has had no worker for {PATIENCE} seconds. Start some:"
                        f" dask worker {self.address}"
                    ) from None


def read_scheduler() -> Scheduler:
    """What the setting says.

    Raises:
        AgelineError: nothing that is known.
    """
    return parse_scheduler(os.environ.get(SETTING, ""))


def parse_scheduler(setting: str) -> Scheduler:
    """The scheduler of that name; an empty one is that of `processes`.

    Raises:
        AgelineError: there is none.
    """
    if setting == "serial":
        return Serial()
    if setting in {"", "processes"}:
        return Processes()
    if counted := re.fullmatch(r"processes:([1-9][0-9]{0,4})", setting):
        return Processes(int(counted[1]))
    if re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}", setting):
        return Cluster(setting)
    raise AgelineError(f"{SETTING} is {setting!r}, {EXPECTED}. Mend it, or unset it.")


@contextmanager
def _connect(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError as error:
        raise AgelineError(
            f"{SETTING} is {address}, but Dask is not installed ({error}). Install it: pip install 'ageline[dask]'."
        ) from error
    place = urlsplit(address)
    try:
        # Asked first, for a client that fails to connect is noisy about it.
        socket.create_connection((place.hostname, place.port), timeout=CONNECT).close()
        client = Client(address, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # of what is no Dask scheduler, the answer can be taken for anything
        raise AgelineError(
            f"No Dask scheduler answers at {address}, which is what {SETTING} says ({error}). Start one with"
            " `dask scheduler`, or unset the setting."
        ) from error
    with client:
        yield client


class _Call:
    """A call that is made where it is unpickled.

    Dask unpickles functions outside of any task, and a worker that lacks their code dies of it without a word. Within a
    task it is the task that fails; and the scheduler needs no code of Ageline.
    """

    def __init__(self, function: Callable[..., Any], arguments: Arguments) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], Arguments]:
        return self._call


def _run_checked(expected: dict[str, str], function: Callable[..., Result], arguments: Arguments) -> Result:
    """Run a task on a worker, if whatever decides its result is the same there."""
    own = _versions()
    differ = [f"{name} {own[name]}, here {version}" for name, version in expected.items() if own[name] != version]
    if differ:
        raise AgelineError(
            f"The worker on {socket.gethostname()} has other versions: {'; '.join(differ)}. {SAME_VERSIONS}"
        )
    return function(*arguments)


@cache
def _versions() -> dict[str, str]:
    """Of what decides the bytes of a decoded face; of Ageline, a hash of the code."""
    package = Path(__file__).parent
    code = hashlib.blake2b(digest_size=4)
    for path in sorted(package.rglob("*.py")):
        code.update(path.read_bytes())
    versions = {"ageline": code.hexdigest(), "numpy": np.__version__, "pillow": PIL.__version__}
    return versions | {"opencv": _version_of("opencv-python-headless")}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
