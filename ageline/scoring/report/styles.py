"""The inline styles of all drawings as classes of one style sheet.

The page's content security policy allows only style sheets that it knows by their hash, and no style attributes.
"""


class Styles:
    """Names for declarations such as "fill: none; stroke-width: 0.6", each named once, in the order they come."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name_of(self, declarations: str) -> str:
        """The class that has these declarations."""
        return self._names.setdefault(declarations, f"s{len(self._names)}")

    @property
    def css(self) -> str:
        """A rule for each class."""
        return "\n".join(f"svg .{name} {{ {declarations} }}" for declarations, name in self._names.items())
