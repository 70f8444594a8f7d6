"""tf2onnx, made to take one course.

It walks through sets of nodes and of their names, whose order is that of addresses in memory and of a seed that Python
draws for each process. Which of two equal nodes is removed, and now and then how many, then differs from run to run.
"""

from collections.abc import Hashable, Iterable, Iterator, MutableSet
from contextlib import contextmanager
from itertools import chain
from typing import Any

from tf2onnx import graph
from tf2onnx.optimizer import back_to_back_optimizer, merge_duplicated_nodes_optimizer, transpose_optimizer

_MODULES: tuple[Any, ...] = (graph, back_to_back_optimizer, merge_duplicated_nodes_optimizer, transpose_optimizer)


class OrderedSet(MutableSet[Hashable]):
    """A set in the order in which its members came."""

    def __init__(self, members: Iterable[Hashable] = ()) -> None:
        self._members = dict.fromkeys(members)

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Hashable) -> None:
        self._members[member] = None

    def discard(self, member: Hashable) -> None:
        self._members.pop(member, None)

    def update(self, members: Iterable[Hashable]) -> None:
        self._members.update(dict.fromkeys(members))

    def union(self, *others: Iterable[Hashable]) -> "OrderedSet":
        return OrderedSet(chain(self, *others))

    def difference(self, others: Iterable[Hashable]) -> "OrderedSet":
        left_out = OrderedSet(others)
        return OrderedSet(member for member in self if member not in left_out)

    def intersection(self, others: Iterable[Hashable]) -> "OrderedSet":
        kept = OrderedSet(others)
        return OrderedSet(member for member in self if member in kept)

    def issubset(self, others: Iterable[Hashable]) -> bool:
        return self <= OrderedSet(others)


@contextmanager
def ordered() -> Iterator[None]:
    """Have the parts of tf2onnx that walk through sets make ordered ones."""
    for module in _MODULES:
        module.set = OrderedSet
    try:
        yield
    finally:
        for module in _MODULES:
            del module.set
