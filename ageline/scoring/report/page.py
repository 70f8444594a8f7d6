"""The page itself: facts and scores in, one HTML file out, with style and script inside and nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from ageline.scoring.report.card import Card, flatten
from ageline.scoring.report.glossary import words_in, words_of
from ageline.scoring.report.headline import headline_of, key_figures
from ageline.scoring.report.limits import forbidden_of, licence_of, limits_of
from ageline.scoring.report.parts import parts_of
from ageline.scoring.report.stamping import MARKER
from ageline.scoring.report.styles import Styles
from ageline.scoring.report.wording import plain
from ageline.scoring.scores import Scores
from ageline.store.files import written_whole

_OUTCOMES = (
    ("Pass", "taken for as old as the threshold, or older"),
    ("Too young", "does not pass, and even the highest age of the interval is below 18"),
    ("Ask for an ID", "all others: a person looks at a document"),
)


def write_report(path: str | Path, scores: Scores, card: Card) -> None:
    """Write the page, whole or not at all; the same scores and card give the same bytes.

    Args:
        path: the HTML file; replaced.
        scores: what evaluation found. A metric, table or figure that is absent leaves no gap.
        card: the facts of the run.
    """
    html = build_page(scores, card)
    with written_whole(path) as partial:
        partial.write_text(html, encoding="utf-8", newline="\n")


def build_page(scores: Scores, card: Card) -> str:
    """The page as text, with a place for `ageline.scoring.report.stamp`."""
    card = replace(card, source=plain(card.source), system=plain(card.system))
    styles = Styles()
    parts = parts_of(scores, card, styles)
    style, script = f"{_read('page.css')}\n{styles.css}", _read("page.js")
    return _template().render(
        card=card,
        headline=headline_of(scores, card.target, card.system),
        key_figures=key_figures(scores, card.target, _promised(scores, card)),
        words=words_of(scores, card),
        notes=scores.notes,
        named=words_in(scores.notes),
        parts=parts,
        outcomes=_OUTCOMES,
        settings=list(flatten(card.settings)),
        limits=limits_of(card),
        forbidden=forbidden_of(card.target),
        licence=licence_of(card),
        marker=Markup(MARKER),  # noqa: S704 - ours
        style=Markup(style),  # noqa: S704 - ours: of the drawings only declarations that matplotlib wrote
        script=Markup(script),  # noqa: S704 - ours
        policy=_policy(style, script),
    )


def _promised(scores: Scores, card: Card) -> float | None:
    """The level of the intervals that evaluation made; of those that a system gave it is not known."""
    section = card.settings.get("evaluate")
    return section.get("interval") if "coverage_by_level" in scores.tables and isinstance(section, Mapping) else None


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ageline.scoring.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _policy(style: str, script: str) -> str:
    """What a browser may load for the page: its own style and script, told by their hash, and pictures inside it."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8").strip()
