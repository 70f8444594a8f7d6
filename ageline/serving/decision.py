"""What becomes of a face at the till, by its predicted age: the rule that `ageline.scoring.ages.till` measures.

None of this verifies an age: it is a guess from a photo.
"""

from typing import Literal

from ageline.serving.answers import Age

OF_AGE = 18  # years

Decision = Literal["pass", "too young", "ask"]


def decide(answer: Age, threshold: float) -> Decision:
    """Whether a face passes, is too young, or has to be asked for an ID.

    Args:
        answer: of a model with target age.
        threshold: in years, from which predicted age a face passes.

    Returns:
        `pass` where the predicted age is the threshold or more; else `too young` where all of its interval is below 18
        years; else, and always without an interval, `ask`.
    """
    if answer.age >= threshold:
        return "pass"
    return "too young" if answer.high is not None and answer.high < OF_AGE else "ask"
