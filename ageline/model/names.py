"""Names that depend on a model alone.

What is given no name, Keras names after its class and the count of such objects in the process so far. These names are
in every file that is saved, so a model that is the second of its kind in a process would be other bytes than the first.
"""

import re
from collections import Counter
from collections.abc import Iterable

import keras


def count_anew(operations: Iterable[keras.Operation]) -> None:
    """Number the operations that were given no name by their order here: `add`, `add_1` and so on."""
    counts: Counter[str] = Counter()
    for operation in operations:
        kind = _snake_case(type(operation).__name__)
        if re.fullmatch(rf"{kind}(_\d+)?", operation.name):
            operation.name = f"{kind}_{counts[kind]}" if counts[kind] else kind
            counts[kind] += 1
        if isinstance(operation, keras.Sequential):
            # Its own `layers` leave out the input, which has a name too.
            count_anew(super(keras.Sequential, operation).layers)


def _snake_case(name: str) -> str:
    """As Keras derives names from classes."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
