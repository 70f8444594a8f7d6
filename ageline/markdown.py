"""What others chose, as Markdown can hold it: on GitHub a page or a comment with our name on it.

    code("train.seed")                     # `train.seed`
    code("data/raw|<b>@everyone")          # <code>data/raw&#124;&#60;b&#62;&#64;everyone</code>
    block("error: what a program said")    # as it was said, in a fence that it can't close
    table(["Param", "Before"], [[code("train.seed"), "1"]])

Params, paths and metrics come from whoever opens a pull request. In here they can't notify people, link, draw pictures
or end a table's row.
"""

import re
from collections.abc import Iterable, Sequence

from ageline.errors import shown

_LONGEST = 200  # characters of a span: a table is read by its rows
_ENDS_SPAN = re.compile(r"[`|]")  # the one ends a code span, the other a cell, even within a span
_NEEDS_NO_ENTITY = re.compile(r"[A-Za-z0-9 ]")


def code(text: str) -> str:
    """The text as one span of code, on one line, cut where it is very long."""
    line = shown(text.replace("\n", "\\n"))
    line = f"{line[:_LONGEST]}..." if len(line) > _LONGEST else line
    if line.strip() and not _ENDS_SPAN.search(line):
        return f"`{line}`"
    return f"<code>{''.join(_entity(char) for char in line)}</code>"


def block(text: str) -> str:
    """The text as a block of code, its lines kept."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{shown(text.strip())}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A table of Markdown.

    Args:
        head: of each column.
        rows: cells in Markdown; text of others belongs in `code`.
        numbers: how many of the last columns are aligned to the right.
    """
    ruler = [":--"] * (len(head) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ruler, *rows])


def _entity(char: str) -> str:
    return char if _NEEDS_NO_ENTITY.fullmatch(char) or not char.isascii() else f"&#{ord(char)};"
