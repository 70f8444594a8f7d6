"""The processes and devices that train one model together, each on its part of every batch.

All of them hold the whole model and take the same steps: JAX sums the gradients of the parts, and BatchNorm its means,
over all devices. Process 0 writes; the others do the same work into a folder that is removed.
"""

import contextlib
import hashlib
import io
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError
from ageline.params import Train
from ageline.training.launch import ADDRESSES, VARIABLES, Launch, read_launch
from ageline.training.leaving import leaving_at_once

Arrays = list[npt.NDArray[Any]]

WAIT = 600  # seconds for all processes to be there


@dataclass(frozen=True)
class Processes:
    """All that train together, as one of them sees it.

    Attributes:
        rank: number of this process, from 0.
        count: processes.
        devices: of all processes together; each has as many.
    """

    rank: int = 0
    count: int = 1
    devices: int = 1

    @property
    def writes(self) -> bool:
        """Whether this is the process whose files and lines remain."""
        return self.rank == 0

    def from_first(self, arrays: Sequence[npt.NDArray[Any]]) -> Arrays:
        """The arrays of process 0, in every process that calls this, bit by bit.

        All processes have to call it. What the others give is ignored, and may be an empty list.
        """
        if self.count == 1:
            return list(arrays)
        packed = _pack(arrays) if self.writes else np.empty(0, np.uint8)
        size = _broadcast(np.array([len(packed)], np.int64).view(np.uint8)).view(np.int64)[0]
        return _unpack(_broadcast(packed if self.writes else np.empty(size, np.uint8)))

    def check_same(self, text: str, what: str) -> None:
        """All processes have to call it, each with a text of its own, which should be the same.

        Args:
            text: such as the digest of what the process is going to train with.
            what: it is, to begin a sentence: `the params`.

        Raises:
            AgelineError: in every process, if it is another in one of them.
        """
        if self.count == 1:
            return
        from jax.experimental.multihost_utils import process_allgather

        digest = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
        everyone = process_allgather(digest)
        others = [str(rank) for rank in range(self.count) if (everyone[rank] != everyone[0]).any()]
        if others:
            raise AgelineError(
                f"{what} of process 0 and of process {', '.join(others)} differ. All processes have to train with the"
                " same params.yaml, the same data and the same code, best in one folder that all of them see: stop them"
                " all, bring the others up to date, and start them again."
            )

    @contextlib.contextmanager
    def taking_part(self) -> Iterator[Path | None]:
        """Around all that the processes do together: a folder for what a process other than 0 writes, None for 0.

        The folder is removed at the end, and nothing that such a process prints on stdout is shown; its number stands
        before what it shows of an error. Whoever fails leaves at once.

        Raises:
            AgelineError: another process is gone.
        """
        with leaving_at_once():
            if self.writes:
                yield None
                return
            with (
                self._by_name(),
                tempfile.TemporaryDirectory(prefix="ageline-") as folder,
                Path(os.devnull).open("w") as nowhere,
                contextlib.redirect_stdout(nowhere),
            ):
                yield Path(folder)

    @contextlib.contextmanager
    def _by_name(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            print(f"process {self.rank}:", end=" ", file=sys.stderr, flush=True)  # before what shows the error
            raise


ALONE = Processes()


def join_processes(train: Train) -> Processes:
    """Wait for the other processes of this training, if there are any, and share batches out over all devices.

    Call it after `prepare_engine` and before any other use of Keras.

    Raises:
        AgelineError: the three environment variables are not right, the engine can't share, process 0 can't listen, or
            a batch can't be dealt out evenly. Where a process does not come, JAX ends the others.
    """
    launch = read_launch(os.environ)
    if train.backend != "jax":
        _refuse_launch(launch, train.backend)
        return ALONE
    if launch is not None and launch.count > 1:
        _connect(launch)
    import jax

    processes = Processes(jax.process_index(), jax.process_count(), jax.device_count())
    _check_shares(processes, jax.local_device_count(), train.batch_size)
    if processes.devices > 1:
        import keras

        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    return processes


def _refuse_launch(launch: Launch | None, backend: str) -> None:
    if launch is not None:
        raise AgelineError(
            f"{', '.join(VARIABLES)} are set, so several processes should train together, which backend {backend} can't"
            " do here. Set train.backend to jax, or unset them."
        )


def _connect(launch: Launch) -> None:
    import jax

    if launch.rank == 0:
        _check_free(launch)
    configure: Callable[[str, Any], None] = jax.config.update
    configure("jax_cpu_collectives_implementation", "gloo")  # on processors; GPUs have NCCL
    configure("jax_enable_preemption_service", False)  # it would swallow the signal that tells a process to end
    # Where the others do not come JAX ends the process itself, with a text that says little.
    print(
        f"{launch.name} waits for the others at {launch.address}, {WAIT} seconds at most", file=sys.stderr, flush=True
    )
    jax.distributed.initialize(
        launch.address,
        launch.count,
        launch.rank,
        cluster_detection_method="deactivate",  # else JAX takes one GPU a process under Slurm, all of them elsewhere
        initialization_timeout=WAIT,
    )


def _check_free(launch: Launch) -> None:
    """Raise where another program has the port: JAX would crash."""
    try:
        socket.create_server(("", launch.port)).close()
    except OSError as error:
        raise AgelineError(
            f"process 0 can't listen at port {launch.port}: {error.strerror}. Give all processes another port in"
            f" {ADDRESSES}."
        ) from None


def _check_shares(processes: Processes, local: int, batch_size: int) -> None:
    if local * processes.count != processes.devices:
        raise AgelineError(
            f"process {processes.rank} has {local} of the {processes.devices} devices of {processes.count} processes,"
            " expected as many in each. Show each as many GPUs, by CUDA_VISIBLE_DEVICES or by what the launcher gives."
        )
    if batch_size % processes.devices:
        raise AgelineError(
            f"train.batch_size is the number of faces over all devices, and should be a multiple of the"
            f" {processes.devices} that there are, received {batch_size}. Set it to"
            f" {-(-batch_size // processes.devices) * processes.devices}, or show fewer devices, by"
            " CUDA_VISIBLE_DEVICES."
        )


def _broadcast(bytes_: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    from jax.experimental.multihost_utils import broadcast_one_to_all

    return np.asarray(broadcast_one_to_all(bytes_))


def _pack(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.uint8]:
    """As bytes, for JAX would make float32 of float64."""
    buffer = io.BytesIO()
    np.savez(buffer, *arrays)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> Arrays:
    with np.load(io.BytesIO(packed.tobytes())) as arrays:
        return list(arrays.values())
