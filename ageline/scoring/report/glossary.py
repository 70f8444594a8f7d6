"""What words of the page mean that not everybody knows: of measuring, and of the notes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ageline.scoring.report.card import Card
from ageline.scoring.scores import Scores

_IN_NOTES = {  # as the notes have it
    "evaluate.interval": "a setting in params.yaml: the share of true ages that the intervals promise to hold",
    "evaluate.minor_pass": "a setting in params.yaml: the share of minors who may pass the till",
    "evaluate.thresholds": "a setting in params.yaml: the first and the last threshold that is tried",
    "heads distribution and ordinal": "settings of model.top.head in params.yaml, by which the model answers with how"
    " likely each age is, not with an age alone",
    "risk against coverage": "the error of the surest answers, beside how many of them are taken",
    " std": "how unsure the model says it is of a face, in years: the standard deviation of its answer",
}


class Word(NamedTuple):
    """A term and what it means."""

    term: str
    meaning: str


def words_of(scores: Scores, card: Card) -> list[Word]:
    """The terms of the whole page, in the order in which a reader meets them."""
    return list(_words(scores, card))


def words_in(notes: Iterable[str]) -> list[Word]:
    """The terms that the notes name."""
    said = " ".join(notes)
    return [Word(term.strip(), meaning) for term, meaning in _IN_NOTES.items() if term in said]


def _words(scores: Scores, card: Card) -> Iterator[Word]:
    yield Word(
        "95% interval",
        "Another choice of as many faces would give another figure. Ranges made in this way hold the true one about 95"
        " times in 100, those of an error less often where faces are few (some 83 times for 5 faces); more faces make"
        " them narrower.",
    )
    if card.target == "age":
        yield Word(
            "Mean error (mae)", "By how many years predicted ages miss the true ones on average, up or down alike."
        )
    if card.history is None:
        learned = "Whether the system has learned from them is not known; if it has, they flatter it."
    else:
        learned = (
            "No training learned from them or chose by them; where the best of several models was picked by these"
            " figures, they flatter it."
        )
    yield Word("Test faces", f"The faces that all figures are of. {learned}")
    if uses := _uses_of_validation(scores, card):
        yield Word("Validation faces", f"Other faces, which decide {' and '.join(uses)}.")
    if _has_bound(scores):
        yield Word(
            "Bound from validation",
            "The share of validation minors who pass a threshold, with one more counted as passing: what to expect of"
            " another minor like them, seen carefully. By it a threshold is chosen.",
        )


def _uses_of_validation(scores: Scores, card: Card) -> list[str]:
    found = ["which state of the training is kept"] if card.history is not None else []
    found += ["the width of the intervals"] if "coverage_by_level" in scores.tables else []
    return found + (["the threshold"] if _has_bound(scores) else [])


def _has_bound(scores: Scores) -> bool:
    till = scores.tables.get("till")
    return till is not None and bool(till.validation_bound.notna().any())
