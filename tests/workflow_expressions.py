"""The expressions of GitHub workflows: as much of them as the workflows here use.

    fill_in("on ${{ github.event_name }}", context)    # "on push"
    holds("always() && vars.DVC_REMOTE", context, status="failure")    # True

What is not known is an error: a property that the context lacks, a function, a sign.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

STATUS_FUNCTIONS = {"always", "cancelled", "failure", "success"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>&&|\|\||==|!=|[!(),])"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*))*))"
)
_CONSTANTS = {"true": True, "false": False, "null": None}


def evaluate(expression: str, context: Mapping[str, Any], status: str = "success") -> Any:
    """The value of what stands between `${{` and `}}`.

    Args:
        expression: of names, 'texts', numbers, `!`, `==`, `!=`, `&&`, `||`, brackets, `contains`, `toJSON` and the
            functions of the job's status.
        context: github, vars, secrets and so on, by name; what GitHub would leave empty is there as None.
        status: of the job so far: success or failure.

    Raises:
        ValueError: it is no expression, or of a kind that is not known here.
        LookupError: the context lacks a property that it names.
    """
    parser = _Parser(_tokens(expression), context, status)
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"{expression!r} has {parser.tokens[0][1]!r} where it should end")
    return value


def fill_in(text: object, context: Mapping[str, Any]) -> str:
    """A value of the file with its expressions replaced by their values, as text."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: _as_text(evaluate(found[1], context)), _as_text(text), flags=re.S)


def holds(condition: str | None, context: Mapping[str, Any], status: str = "success") -> bool:
    """Whether an `if:` holds. Without a function of the status, GitHub asks for success as well."""
    expression = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", condition or "true", flags=re.S)
    asked = {token for kind, token in _tokens(expression) if kind == "name"} & STATUS_FUNCTIONS
    return bool((asked or status == "success") and evaluate(expression, context, status))


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, position, expression = [], 0, expression.strip()
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        if token is None:
            raise ValueError(f"{expression!r} is not understood from {expression[position:].strip()!r}")
        found.append((str(token.lastgroup), token[0].strip()))
        position = token.end()
    return found


class _Parser:
    """Evaluates while it reads; `tokens` are those that are left."""

    def __init__(self, tokens: list[tuple[str, str]], context: Mapping[str, Any], status: str) -> None:
        self.tokens, self._context, self._status = tokens, context, status

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        while operator := self._take("==") or self._take("!="):
            value = _equal(value, self._single()) == (operator == "==")
        return value

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            value = self.either()
            self._expect(")")
            return value
        kind, token = self.tokens.pop(0) if self.tokens else ("", "the end")
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token)
        if kind != "name":
            raise ValueError(f"{token!r} stands where a value should")
        if self._take("("):
            return self._call(token)
        return _CONSTANTS[token] if token in _CONSTANTS else look_up(token, self._context)

    def _call(self, function: str) -> bool | str:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        match function, arguments:
            case "always", []:
                return True
            case "cancelled", []:
                return False
            case (("success" | "failure"), []):
                return self._status == function
            case "contains", [list() as many, wanted]:
                return any(_equal(one, wanted) for one in many)
            case "contains", [str() | None as text, str() as wanted]:
                return wanted.lower() in (text or "").lower()
            case "toJSON", [value]:
                return json.dumps(value, indent=2)
        raise ValueError(f"tests/workflow_expressions.py does not know {function}({', '.join(map(repr, arguments))})")

    def _take(self, operator: str) -> str | None:
        if self.tokens and self.tokens[0] == ("operator", operator):
            return self.tokens.pop(0)[1]
        return None

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise ValueError(f"expected {operator!r}, received {self.tokens[:1]}")


def look_up(name: str, context: Mapping[str, Any]) -> Any:
    """A property such as github.event.before; `*` stands for all of a list, as in labels.*.name.

    Raises:
        LookupError: the context has no such property. On GitHub it would be empty, which hides a misspelt one.
    """
    value: Any = context
    for part in name.split("."):
        value = _property(value, part, name)
    return value


def _property(value: Any, part: str, name: str) -> Any:
    if isinstance(value, list):
        return value if part == "*" else [_property(one, part, name) for one in value]
    if value is None:
        return None
    if not isinstance(value, Mapping) or part not in value:
        raise LookupError(f"the context of this test has no {name} (at {part!r})")
    return value[part]


def _equal(one: Any, other: Any) -> bool:
    """As GitHub compares: texts without regard to case, values of two types as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return _as_number(one) == _as_number(other)


def _as_number(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", value) else (math.nan if value.strip() else 0.0)
    return float(value or 0)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{value!r} has no text in a workflow")
