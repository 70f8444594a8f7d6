"""YAML as DVC reads it.

PyYAML is of YAML 1.1: `1e-05`, which DVC writes into params.yaml, is text to it (dvc#5971), `010` is 8, `1:30` is 90,
`yes` is true, and of a key that stands twice the last one counts. DVC reads YAML 1.2.
"""

import re
from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """What a YAML document holds, its plain scalars read by the core schema of YAML 1.2.

    Raises:
        yaml.YAMLError: it is no YAML, or a key stands twice in a mapping.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506, a SafeLoader


class _Loader(yaml.SafeLoader):
    """A SafeLoader with the scalars below, and no key twice."""

    yaml_implicit_resolvers = {}  # noqa: RUF012, declared so by PyYAML

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                "in a section", node.start_mark, f"the key {min(twice)} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


_DECIMAL = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_NOT_FINITE = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_SCALARS = {  # patterns by type, tried in this order
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": f"{_DECIMAL}|{_NOT_FINITE}",
}
for _type, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_type}", re.compile(f"^(?:{_pattern})$"), None)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
