"""Keys of params.yaml by their dotted names, and `-S KEY=VALUE` as DVC takes it.

DVC hands `-S` to Hydra, whose values are nearly YAML's; https://hydra.cc/docs/advanced/override_grammar/basic/.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

import yaml

from ageline.errors import AgelineError
from ageline.yaml12 import read_yaml

Sections = dict[str, Any]  # as a YAML file has them: sections in sections
Values = dict[str, Any]  # by dotted key: train.optimizer.learning_rate

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_READ_OTHERWISE = {"null", "true", "false", "nan", "inf"}  # by Hydra, in any case
_FUNCTION = re.compile(r"[a-z_]+\(.*\)")


def flatten(sections: Mapping[str, Any], above: str = "") -> Values:
    """The values of all keys by their dotted names; a list is a value."""
    values: Values = {}
    for name, value in sections.items():
        key = f"{above}{name}"
        values |= flatten(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return values


def with_values(sections: Sections, values: Values) -> Sections:
    """A copy of `sections` in which the keys have these values; sections that are not there are made."""
    changed = copy.deepcopy(sections)
    for key, value in values.items():
        *above, name = key.split(".")
        place = changed
        for section in above:
            if not isinstance(place.get(section), dict):
                place[section] = {}
            place = place[section]
        place[name] = copy.deepcopy(value)  # a later key may be of a section within it
    return changed


def same(one: Any, other: Any) -> bool:
    """Whether params.yaml means the same by both: 8 is 8.0, but true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def as_override(key: str, value: Any) -> str:
    """`KEY=VALUE`, which Hydra reads as that value."""
    return f"{key}={as_text(value)}"


def as_text(value: Any) -> str:
    """A value as Hydra, and YAML, read it back."""
    if isinstance(value, list):
        return f"[{','.join(map(as_text, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and (not _PLAIN.fullmatch(value) or value.lower() in _READ_OTHERWISE):
        return "'{}'".format(value.replace("'", r"\'"))
    return str(value)


def read_override(text: str) -> tuple[str, list[Any]]:
    """The key of `KEY=VALUE`, and its value; several where commas part them, which is a sweep.

    Raises:
        AgelineError: there is no `=`, or the value is a section or one of Hydra's functions.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise AgelineError(f"-S {text} should be KEY=VALUE, such as -S train.batch_size=64.")
    if _FUNCTION.fullmatch(value):
        raise AgelineError(f"-S {text} has a function of Hydra's. Write out its values, such as {key}=1,2,3.")
    choices = _choices(value)
    if any(isinstance(choice, dict) for choice in choices):
        raise AgelineError(f"-S {text} sets a section. Give each of its keys an -S of its own.")
    return key, choices


def _choices(value: str) -> list[Any]:
    try:
        choices = read_yaml(f"[{value}]")
    except yaml.YAMLError:  # what is no YAML may still be text to Hydra, such as @x
        return [value]
    return choices if isinstance(choices, list) and choices else [""]
