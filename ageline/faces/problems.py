"""Why a photo can't be used: bad data is a row with its reason, never a traceback."""

from dataclasses import dataclass

NOT_READABLE = "file not readable"  # the reason where the system refuses, not the bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason and its particulars.

    Attributes:
        reason: a short phrase, the same for every photo it is true of, so that it can be counted.
        detail: what was received, where, or what Pillow said; may be empty.
    """

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Unusable(Exception):  # noqa: N818, a state of a photo, not of the program
    """One photo can't be used."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)  # both as arguments, so that a worker process can send it
        self.problem = Problem(reason, detail)

    def __str__(self) -> str:
        return str(self.problem)
