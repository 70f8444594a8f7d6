"""What the scores do not say and what must not be done with them: the rest of the model card."""

from collections.abc import Sequence

from ageline.params import Target
from ageline.scoring.report.card import Card

_FORBIDDEN = [
    "To decide alone what a person may do, buy or see. Where the answer matters, a person decides and may be asked to"
    " think again.",
    "On photos of people who do not know of it, or without a lawful ground: a photo of a face is personal data, and"
    " biometric data where it serves to identify.",
    "To find out who somebody is, or to watch people.",
]
_OF_AGES = [
    "To verify an age or in place of an ID. It guesses an age from looks, and a share of minors passes at every"
    " threshold.",
]
_OF_GENDERS = [
    "To say what somebody's gender is. It guesses which of two labels, female or male, people gave to a photo, and"
    " knows no other.",
]


def limits_of(card: Card) -> Sequence[str]:
    """How far the figures carry."""
    return [
        f"All figures are of the test faces from {card.source}. Other cameras, light, crops, ages or people can be"
        " served better or worse; measure there before use.",
        "The 95% intervals of the figures say how much the choice of test faces matters. They do not say how another"
        " training would turn out, and take each face for a person of its own.",
        "A group of few faces has a wide interval or none; no figure of it does not mean no error.",
        _LABELS[card.target],
    ]


def forbidden_of(target: Target) -> Sequence[str]:
    """What it must not be used for."""
    return [*(_OF_AGES if target == "age" else _OF_GENDERS), *_FORBIDDEN]


def licence_of(card: Card) -> str:
    """What is known of the licence of the faces, and so of what was learned from them."""
    if card.synthetic:
        return (
            "The faces are drawn by this project's own code and show nobody; they are under the project's licence, MIT."
        )
    return (
        f"The licence of the faces governs what may be done with them and with what was learned from them. It is not"
        f" known here: look up the terms of {card.source}, and write them down before anyone uses this."
    )


_LABELS = {
    "age": "The error is the distance from the label. Where labels are wrong, so is the error, in either direction.",
    "gender": "Right means as labelled. Where labels are wrong, so is the accuracy, in either direction.",
}
