"""How a label is written below a face."""

import math

from ageline.params import Target


def caption(target: Target, gender: str | None, age: float) -> str:
    """Of a face that was labelled for `target`: `age 31`; with target gender `female, 31`, or `female` of unknown age.

    Args:
        target: what is learned.
        gender: as labelled.
        age: in years, NaN where unknown.
    """
    if target == "age":
        return f"age {age:g}"
    return f"{gender}" if math.isnan(age) else f"{gender}, {age:g}"
