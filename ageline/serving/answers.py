"""What a model answers for a face."""

from typing import NamedTuple


class Age(NamedTuple):
    """In years, to the 4 decimals of metrics/predictions.csv.

    Attributes:
        age: the predicted one.
        low: the lower end of its interval; None where the model has no intervals.
        high: the upper end.
    """

    age: float
    low: float | None
    high: float | None


class Gender(NamedTuple):
    """The more probable of the model's classes.

    Attributes:
        gender: its name.
        probability: of this class, to 6 decimals.
    """

    gender: str
    probability: float


Answer = Age | Gender
