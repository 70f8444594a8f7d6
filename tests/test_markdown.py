"""What others chose stays what it is: rendered as GitHub would, it is text in code, and nothing else."""

import re

import pytest
from markdown_it import MarkdownIt

from ageline.markdown import block, code, table

RENDERER = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "data/raw|faces|9.99",
    "`` ` @everyone",
    "```\n# Passed\n```",
    "<img src=x onerror=alert(1)></code><h1>",
    "<!-- ageline -->",
    "[passed](https://example.org) ![](https://example.org/x.png) #1 @everyone",
    "a\\|b\\",
    "|\n|--|\n| 1",
    "&lt;b&gt; *b* __b__ ~~b~~",
    "\u202eexe.gpj \x1b[31m \r\n::error::x",
    "",
    " ",
]


def rendered(markdown: str) -> list[str]:
    """The tags of what is rendered, and what stands between them."""
    return [part for part in re.split(r"(<[^>]*>)", RENDERER.render(markdown)) if part.strip()]


def test_a_name_is_a_span_of_code():
    assert code("train.seed") == "`train.seed`"
    assert code("[18, 30]") == "`[18, 30]`"


def test_what_would_end_the_span_or_the_cell_is_spelled_out():
    assert code("a|b") == "<code>a&#124;b</code>"
    assert code("`@x`") == "<code>&#96;&#64;x&#96;</code>"


def test_what_steers_a_terminal_or_turns_the_writing_is_shown():
    assert code("\x1b[31m\u202e\n") == "`\\x1b[31m\\u202e\\n`"


def test_a_long_text_is_cut():
    assert code("x" * 201) == f"`{'x' * 200}...`"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_one_span_of_code_and_nothing_else(text):
    tags = [part for part in rendered(f"Before {code(text)} after @nobody") if part.startswith("<")]
    assert tags == ["<p>", "<code>", "</code>", "</p>"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_in_its_cell(text):
    html = RENDERER.render(table(["Param", "Before", "After"], [[code("a"), code(text), code("b")]]))
    body = html.split("<tbody>")[1]
    assert body.count("<tr>") == 1
    assert body.count("<td") == 3
    assert set(re.findall(r"</?(\w+)", body)) == {"tr", "td", "code", "tbody", "table"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_does_not_leave_its_block(text):
    html = RENDERER.render(f"{block(text)}\n\nAfter.")
    assert re.sub(r"<pre><code[^>]*>[^<]*</code></pre>", "BLOCK", html).split() == ["BLOCK", "<p>After.</p>"]


def test_a_block_keeps_its_lines():
    assert block("one\n ```\ntwo\n") == "````text\none\n ```\ntwo\n````"


def test_numbers_are_aligned_to_the_right():
    assert table(["Metric", "Before", "After"], [["`mae`", "6.1000", "5.9000"]], numbers=2) == (
        "| Metric | Before | After |\n| :-- | --: | --: |\n| `mae` | 6.1000 | 5.9000 |"
    )
