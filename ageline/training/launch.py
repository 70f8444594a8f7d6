"""Which process of a training this one is, by three environment variables that any launcher can set.

They are Keras' own, so that what is known of them holds here. No launcher is asked: a process started with `mpirun` and
without them trains alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ageline.errors import AgelineError

ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
COUNT = "KERAS_DISTRIBUTION_NUM_PROCESSES"
RANK = "KERAS_DISTRIBUTION_PROCESS_ID"
VARIABLES = (ADDRESSES, COUNT, RANK)


@dataclass(frozen=True)
class Launch:
    """How this process was started.

    Attributes:
        address: where process 0 listens, HOST:PORT.
        count: processes that train together.
        rank: number of this one, from 0.
    """

    address: str
    count: int
    rank: int

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def name(self) -> str:
        return f"process {self.rank} (of 0 to {self.count - 1})"


def read_launch(environment: Mapping[str, str]) -> Launch | None:
    """What the three variables say; None where none is set, or set to nothing.

    Raises:
        AgelineError: some of them are set and others are not, or one is not what it should be.
    """
    given = {name: environment.get(name, "").strip() for name in VARIABLES}
    if not any(given.values()):
        return None
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise AgelineError(
            f"{' and '.join(name for name in VARIABLES if given[name])} is set, but not {' and '.join(missing)}."
            " Several processes train together where all three are set, one process alone where none is:"
            " docs/scaling.md shows how."
        )
    count = _whole_number(COUNT, given[COUNT], 1, None)
    rank = _whole_number(RANK, given[RANK], 0, count - 1)
    return Launch(_first_address(given[ADDRESSES], count), count, rank)


def _whole_number(name: str, text: str, lowest: int, highest: int | None) -> int:
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    if number < lowest or (highest is not None and number > highest):
        allowed = f"{lowest} or more" if highest is None else f"{lowest} to {highest}, as {COUNT} is {highest + 1}"
        raise AgelineError(f"{name} should be a whole number, {allowed}, received {text!r}.")
    return number


def _first_address(text: str, count: int) -> str:
    addresses = [address.strip() for address in text.split(",")]
    wrong = [address for address in addresses if not _is_address(address)]
    if wrong:
        raise AgelineError(
            f"{ADDRESSES} should be HOST:PORT of process 0, such as 10.0.0.1:7337, with a port that is free there,"
            f" received {wrong[0]!r}."
        )
    if len(addresses) not in {1, count}:
        raise AgelineError(
            f"{ADDRESSES} has {len(addresses)} addresses, expected one (of process 0) or {count}, as {COUNT} says."
        )
    return addresses[0]


def _is_address(text: str) -> bool:
    port = re.fullmatch(r"(?:[^\s:]+|\[[^\s\]]+\]):([0-9]{1,5})", text)
    return port is not None and 0 < int(port[1]) < 65536
