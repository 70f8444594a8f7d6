"""A run over photos: listed, answered, drawn, noted in a journal as it goes and written whole at its end."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ageline.faces.problems import Unusable
from ageline.serving.annotating import annotate, copies_of, make_ready, remove_half_copies
from ageline.serving.journal import Entry, Journal, is_begun, journal_beside
from ageline.serving.photos import Listing
from ageline.serving.predicting import Done, predict_photos, threads
from ageline.serving.results import columns_of, write_results
from ageline.serving.way import Way
from ageline.store.files import locked, remove_partials

if TYPE_CHECKING:
    from ageline.serving.predictor import Predictor

EXAMPLES = 3  # errors that are named
NO_COPY = "no annotated copy"  # so begins the error of a photo that has its answer


@dataclass(frozen=True)
class Run:
    """What is to be done.

    Attributes:
        listing: the photos.
        way: how faces are taken from them.
        out: the file to write.
        annotate: the folder for annotated copies, new or empty unless the run goes on; None draws none.
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
        AgelineError: another process writes there, the journal is of another run, or copies would be in the way or
            can't be written.
        OSError: the file or its journal can't be written; what is done stays in the journal.
    """
    begun = time.monotonic()
    copies = None if run.annotate is None else copies_of(run.listing, run.annotate)
    with locked(lock_beside(run.out)):
        remove_partials(run.out)
        journal = _open_journal(run, copies, predictor)
        try:
            if run.annotate is not None:
                remove_half_copies(run.annotate)
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


def _open_journal(run: Run, copies: list[str | None] | None, predictor: "Predictor") -> Journal:
    """The journal, after the folder for copies was made ready: what is wrong with it leaves an old journal as it is."""
    path = journal_beside(run.out)
    if run.annotate is not None:
        goes_on = run.resume and is_begun(path)
        make_ready(run.annotate, goes_on=goes_on, aside=(path, lock_beside(run.out)))
    has_its_copy = partial(_has_its_copy, copies)
    identity = _identity(run, predictor)
    return Journal(path, run.listing.photos, identity, resume=run.resume, is_whole=has_its_copy)


def _has_its_copy(copies: list[str | None] | None, number: int | None, entry: Entry) -> bool:
    """Whether an earlier entry has the copy that it should have now, or none where it has no answer.

    That of a photo which is not listed now does not count: its name may go to another.
    """
    if copies is None:
        return True
    if "error" in entry:
        return not entry["error"].startswith(NO_COPY)
    copy = None if number is None else copies[number]
    return copy is not None and entry.get("annotated") == copy and Path(copy).is_file()


def _identity(run: Run, predictor: "Predictor") -> dict[str, Any]:
    asked = {"model": predictor.card.hashes["onnx"], "engine": predictor.engine, "precision": predictor.precision}
    folder = {"annotated": None if run.annotate is None else str(run.annotate)}
    return asked | {"model.json": _hash_of_card(predictor)} | run.way.as_json() | folder


def _hash_of_card(predictor: "Predictor") -> str:
    """Of what a card makes of the model's outputs; the threshold is the way's."""
    said = predictor.card.model_dump(mode="json", include={"photo", "classes", "interval"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


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
    run: Run,
    copies: list[str | None] | None,
    predictor: "Predictor",
    journal: Journal,
    advance: Callable[[int], object],
) -> None:
    todo = ((number, photo) for number, photo in enumerate(run.listing.photos) if not journal.has(number))
    with ThreadPoolExecutor(threads(), "annotate") as pool:
        for some in predict_photos(todo, predictor, run.way):
            drawn = some if copies is None else list(pool.map(partial(_drawn, copies), some))
            for done in drawn:
                journal.add(done.number, done.entry, done.stamp)
            journal.flush()
            advance(len(some))


def _drawn(copies: list[str | None], done: Done) -> Done:
    """The same, its copy written; where it can't be, the entry says so beside the answer."""
    copy = copies[done.number]
    if copy is None or "error" in done.entry:
        return done
    try:
        annotate(done.photo.file, done.entry, Path(copy))
        return done._replace(entry=done.entry | {"annotated": copy})
    except (Unusable, OSError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return done._replace(entry=done.entry | {"error": f"{NO_COPY}: {reason}"})


def _counted(journal: Journal, outcome: Outcome) -> Iterator[Entry]:
    for entry in journal.entries():
        if "error" in entry:
            outcome.errors += 1
            if outcome.examples is not None and len(outcome.examples) < EXAMPLES:
                outcome.examples.append(entry)
        yield entry
