"""Whether a claim holds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether what is committed came out, and why, in sentences."""

    confirmed: bool
    sentences: Sequence[str]
