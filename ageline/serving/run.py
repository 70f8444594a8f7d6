"""A run over photos: listed, answered, drawn, noted in a journal as it goes and written whole at its end."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ageline.faces.problems import Unusable
from ageline.serving.annotating import annotate, copies_of
from ageline.serving.journal import Entry, Journal, journal_beside
from ageline.serving.photos import Listing
from ageline.serving.predicting import Done, predict_photos, threads
from ageline.serving.results import columns_of, write_results
from ageline.serving.way import Way
from ageline.store.files import locked, remove_partials

if TYPE_CHECKING:
    from ageline.serving.predictor import Predictor

EXAMPLES = 3  # errors that are named


@dataclass(frozen=True)
class Run:
    """What is to be done.

    Attributes:
        listing: the photos.
        way: how faces are taken from them.
        out: the file to write.
        annotate: the folder for annotated copies; None draws none.
        resume: go on from the journal of a run that was killed.
    """

    listing: Listing
    way: Way
    out: Path
    annotate: Path | None = None
    resume: bool = False


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        photos: all.
        taken_up: of these, done by the run that this one went on from.
        errors: how many have one.
        examples: the first of them.
        seconds: since the run began.
    """

    photos: int
    taken_up: int = 0
    errors: int = 0
    examples: list[Entry] | None = None
    seconds: float = 0.0


def lock_beside(out: Path) -> Path:
    """The lock of who writes `out`."""
    return out.with_name(f".{out.name}.lock")


def perform(run: Run, predictor: "Predictor", advance: Callable[[int], object]) -> Outcome:
    """Answer all photos and write the file.

    Args:
        run: what to do.
        predictor: of the model.
        advance: told how many photos are done, each time that some are.

    Raises:
        AgelineError: another process writes there, the journal is of another run, or copies would be in the way.
        OSError: the file or its journal can't be written; what is done stays in the journal.
    """
    begun = time.monotonic()
    copies = None if run.annotate is None else copies_of(run.listing, run.annotate)
    with locked(lock_beside(run.out)):
        remove_partials(run.out)
        journal = Journal(journal_beside(run.out), run.listing.photos, _identity(run, predictor), resume=run.resume)
        try:
            outcome = Outcome(len(run.listing.photos), journal.taken_up, examples=[])
            advance(journal.taken_up)
            _answer_all(run, copies, predictor, journal, advance)
            columns = _columns(run, predictor)
            write_results(run.out, model_of(run, predictor), columns, _counted(journal, outcome))
        finally:
            journal.close()
        journal.remove()
    outcome.seconds = time.monotonic() - begun
    return outcome


def model_of(run: Run, predictor: "Predictor") -> dict[str, Any]:
    """What is said of the model that answered, and of how it was asked."""
    card = predictor.card
    return {
        "made_by": card.made_by,
        "target": card.target,
        "onnx": card.hashes["onnx"],
        "engine": predictor.engine,
        "precision": predictor.precision,
        **run.way.as_json(),
        "synthetic": card.synthetic,
        "not_for": card.not_for,
    }


def _identity(run: Run, predictor: "Predictor") -> dict[str, Any]:
    asked = {"model": predictor.card.hashes["onnx"], "engine": predictor.engine, "precision": predictor.precision}
    return asked | run.way.as_json() | {"annotated": None if run.annotate is None else str(run.annotate)}


def _columns(run: Run, predictor: "Predictor") -> tuple[str, ...]:
    return columns_of(
        predictor.card.target,
        every=run.way.every,
        boxes=run.way.face_crop == "detect",
        interval=predictor.card.interval is not None,
        decision=run.way.threshold is not None,
        annotated=run.annotate is not None,
    )


def _answer_all(
    run: Run, copies: list[str] | None, predictor: "Predictor", journal: Journal, advance: Callable[[int], object]
) -> None:
    todo = ((number, photo) for number, photo in enumerate(run.listing.photos) if not journal.has(number))
    with ThreadPoolExecutor(threads(), "annotate") as pool:
        for some in predict_photos(todo, predictor, run.way):
            drawn = some if copies is None else list(pool.map(partial(_drawn, copies), some))
            for done in drawn:
                journal.add(done.number, done.entry, done.stamp)
            journal.flush()
            advance(len(some))


def _drawn(copies: list[str], done: Done) -> Done:
    """The same, its copy written; where it can't be, the entry says so beside the answer."""
    if "error" in done.entry:
        return done
    copy = copies[done.number]
    try:
        annotate(done.photo.file, done.entry, Path(copy))
        return done._replace(entry=done.entry | {"annotated": copy})
    except (Unusable, OSError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return done._replace(entry=done.entry | {"error": f"no annotated copy: {reason}"})


def _counted(journal: Journal, outcome: Outcome) -> Iterator[Entry]:
    for entry in journal.entries():
        if "error" in entry:
            outcome.errors += 1
            if outcome.examples is not None and len(outcome.examples) < EXAMPLES:
                outcome.examples.append(entry)
        yield entry
