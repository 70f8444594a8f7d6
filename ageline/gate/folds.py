"""Which test faces two runs share, and how their test folds differ."""

from collections.abc import Iterable
from dataclasses import dataclass

from ageline.gate.predictions import Answers, Label


@dataclass(frozen=True)
class FoldChange:
    """How the test fold of a run differs from that of the base; all by face_id, in alphabetical order.

    Attributes:
        added: faces that the base was not tested on.
        removed: faces that only the base was tested on.
        relabelled: the label at the base and the one here, of faces with another label than there.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    relabelled: dict[str, tuple[Label, Label]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.relabelled)


def shared_faces(here: Answers, base: Answers) -> tuple[list[str], FoldChange]:
    """The faces that can be compared, which both tested on with the same label, sorted; and what else there is."""
    both = sorted(here.labels.keys() & base.labels.keys())
    relabelled = {
        face: (base.labels[face], here.labels[face]) for face in both if base.labels[face] != here.labels[face]
    }
    change = FoldChange(_only_in(here.labels, base.labels), _only_in(base.labels, here.labels), relabelled)
    return [face for face in both if face not in relabelled], change


def _only_in(faces: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(faces) - set(others)))
