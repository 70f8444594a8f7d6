"""How a label is written below a face."""

import math

from ageline.params import Target


def caption(target: Target, gender: str | None, age: float) -> str:
    """Of a face that was labelled for `target`: `age 31`, or `female, age 31`, of which what is unknown is left out.

    Args:
        target: what is learned; of an age the gender is not shown.
        gender: null where unknown, as pandas has it.
        age: in years, NaN where unknown.
    """
    known = [gender] if target == "gender" and isinstance(gender, str) else []
    return ", ".join(known if math.isnan(age) else [*known, f"age {age:g}"])
