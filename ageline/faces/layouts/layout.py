"""What a layout gives: a row for every photo that it lists, usable or not."""

from collections.abc import Callable
from dataclasses import dataclass
from posixpath import splitext

from ageline.faces.image import SUFFIXES
from ageline.faces.problems import Problem
from ageline.faces.sources import Source
from ageline.params import Target

PARTIAL_LABEL = "partial_label"  # flag: a part of the label can't be used and is null


@dataclass(frozen=True, slots=True)
class Listed:
    """A photo and its label.

    Attributes:
        source: the photo's name in the source; where it has none there, the name in the label.
        age: in years.
        gender: `male`, `female` or None.
        ethnicity: lower-case text or None.
        subject: who it is, or None.
        split: the fold that the label, its table or the photo's folder states: `train`, `val`, `test` or None.
        flags: separated by spaces, see `PARTIAL_LABEL` and `words.AGE_RANGE`.
        problem: why the photo can't be used; then the label counts for nothing.
        age_problem: why there is no age where the label was to state one; the photo can still be used for its gender.
    """

    source: str
    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None
    subject: str | None = None
    split: str | None = None
    flags: str = ""
    problem: Problem | None = None
    age_problem: Problem | None = None

    def problem_for(self, target: Target) -> Problem | None:
        """Why the photo can't be used to learn `target`, as far as the layout knows."""
        return (self.age_problem if target == "age" else None) or self.problem


@dataclass(frozen=True)
class Layout:
    """A way to lay photos and labels out.

    Attributes:
        name: as in `data.layout`.
        looks_for: what a source has to hold, as a phrase.
        misfit: what of that a source lacks, as a sentence; None if it is laid out so.
        list_faces: a row for each photo of a source that is.
        instead_of: layouts that fit as well wherever this one does, and say less.
    """

    name: str
    looks_for: str
    misfit: Callable[[Source], str | None]
    list_faces: Callable[[Source], list[Listed]]
    instead_of: tuple[str, ...] = ()


def is_photo(name: str) -> bool:
    """Whether a file's name ends as a photo's does."""
    return splitext(name)[1].lower() in SUFFIXES
