"""What no rounding explains: another target, other faces, other labels, other names of metrics and columns."""

from collections.abc import Collection, Iterable, Iterator

from ageline.confirm.result import Result
from ageline.gate.folds import shared_faces
from ageline.gate.runs import METRICS, PREDICTIONS
from ageline.gate.wording import count_faces, shown_name

NAMED = 3  # faces that a sentence names


def fold_differences(claimed: Result, found: Result, name: str) -> Iterator[str]:
    """A sentence for each way in which two results are not of the same test fold; `name` is where `claimed` is."""
    if claimed.metric != found.metric:
        yield f"{name} has {claimed.metric} and no {found.metric}: expected the target to be the same there and here."
        return
    _, change = shared_faces(found.answers, claimed.answers)
    for faces, where in ((change.removed, f"at {name}, and not here"), (change.added, f"here, and not at {name}")):
        if faces:
            yield f"{count(faces)} {where}: {first(map(shown_name, faces))}. Expected the same test fold."
    if change.relabelled:
        labels = (f"{shown_name(face)} ({old} at {name}, {new} here)" for face, (old, new) in change.relabelled.items())
        yield f"{count(change.relabelled)} with another label: {first(labels)}. Expected the same labels."


def name_differences(claimed: Result, found: Result, name: str) -> Iterator[str]:
    """A sentence for each file in which one of two results has metrics or columns that the other has not."""
    for path, there, here in (
        (METRICS, claimed.metrics, found.metrics),
        (PREDICTIONS, claimed.numbers, found.numbers),
    ):
        for ours, theirs, where in (
            (there, here, f"at {name}, and not here"),
            (here, there, f"here, and not at {name}"),
        ):
            if names := [shown_name(ours_only) for ours_only in ours if ours_only not in theirs]:
                yield f"{path} has {', '.join(names)} {where}. Expected the same names."


def count(faces: Collection[str]) -> str:
    """Such as "1 face"."""
    return count_faces(len(faces))


def first(said: Iterable[str]) -> str:
    """The first few of what is said of faces, and how many more there are."""
    said = list(said)
    return ", ".join(said[:NAMED]) + (f" and {len(said) - NAMED:,} more" if len(said) > NAMED else "")
