"""The figures and tables in the order in which they are read, each where it belongs; a part without any is left out."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from ageline.scoring.report.captions import Caption, caption_of
from ageline.scoring.report.card import Card
from ageline.scoring.report.curves import draw_curves
from ageline.scoring.report.figures import Drawing, draw_svg
from ageline.scoring.report.photos import Photos, photos_of
from ageline.scoring.report.styles import Styles
from ageline.scoring.report.tables import Table, describe_table
from ageline.scoring.report.till import Till, till_of
from ageline.scoring.scores import Scores

SHEETS = ("worst_faces", "suspects")  # figures that are photos of faces
_ELSEWHERE = {"till", "till_by_age", "outcomes", "suspects"}  # tables of the till; suspects.csv names photos


class Shown(NamedTuple):
    """A figure with its words.

    Attributes:
        name: of the figure.
        caption: the words.
        drawing: as SVG; None of a sheet of faces.
        photos: of a sheet of faces; None of a drawing.
        tables: what it was drawn from.
    """

    name: str
    caption: Caption
    drawing: Drawing | None
    photos: Photos | None
    tables: tuple[Table, ...]


class Part(NamedTuple):
    """A section of the page: figures, tables that no figure shows, and the till's where it is the till."""

    name: str
    title: str
    intro: str
    figures: tuple[Shown, ...]
    tables: tuple[Table, ...]
    till: Till | None = None


class _Plan(NamedTuple):
    name: str
    title: str
    intro: str
    figures: tuple[str, ...]
    tables: tuple[str, ...]


_PLANS = (
    _Plan(
        "errors", "Where it goes wrong", "How often and how far it is off, and at which ages.",
        ("predicted_against_true", "confusion", "error_by_age", "accuracy_by_age", "error_by_year", "cumulative",
         "error_by_shot"),
        ("by_age", "confusion", "by_year", "cumulative", "by_shot"),
    ),
    _Plan(
        "groups", "Whom it serves better or worse", "Groups as the labels name them, and only those of at least 50"
        " faces are compared. They can differ in age and in their photos too: a gap is a reason to look closer, not yet"
        " a cause.",
        ("error_by_group", "accuracy_by_group"),
        ("by_gender", "by_ethnicity", "gaps"),
    ),
    _Plan(
        "certainty", "How sure it is", "Whether the model knows how far off it may be.",
        ("coverage_by_level", "coverage_by_age", "risk_coverage"),
        ("coverage_by_level", "coverage_by_age", "risk_coverage"),
    ),
    _Plan("till", "At the till", "", ("till",), ()),
    _Plan("crowd", "Beside people",
          "The folds of APPA-REAL, guessed by people: the mean of about 38 votes for each face. Some labels are "
          "disputed, more than 20 years from what people see; the error is given with and without them. Folds "
          "differ in how hard they are, so compare along a row, and only where all faces of the fold were "
          "predicted; where some were learned from, the error flatters. The notebooks are published systems, "
          "which were measured on these folds.",
          (), ("references",)),
    _Plan("training", "How it was trained", "", ("learning_curves",), ("history",)),
    _Plan("faces", "Faces to look at", "", SHEETS, ()),
)  # fmt: skip


def parts_of(scores: Scores, card: Card, styles: Styles) -> list[Part]:
    """All parts but the empty ones; figures and tables that no plan names come last, so that none is lost."""
    figures, tables = dict(scores.figures), dict(scores.tables)
    if card.history is not None and len(card.history):
        figures["learning_curves"], tables["history"] = draw_curves(card.history), card.history
    planned = {name for plan in _PLANS for name in (*plan.figures, *plan.tables)} | _ELSEWHERE
    more = _Plan("more", "More figures", "", _others(figures, planned), _others(tables, planned))
    till, left_out = till_of(scores), _left_out(scores, card)
    parts = {plan.name: _part(plan, figures, tables, card, styles) for plan in (*_PLANS, more)}
    parts["till"] = parts["till"]._replace(till=till)
    parts["faces"] = parts["faces"]._replace(intro=left_out)
    return [
        part
        for part in parts.values()
        if part.figures or part.tables or part.till or (part.name == "faces" and left_out)
    ]


def _left_out(scores: Scores, card: Card) -> str:
    """Where the photos are that the page could have shown, and why it does not."""
    if card.show_faces or not any(name in scores.figures for name in SHEETS):
        return ""
    where = f" They are in {card.sheets}." if card.sheets else ""
    why = "as report.faces has it" if card.synthetic else "photos of faces are personal data"
    return f"The sheets of worst and most doubted faces are left out: {why}.{where}"


def _others(named: Mapping[str, object], planned: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(named) - set(planned)))


def _part(
    plan: _Plan, figures: Mapping[str, Figure], tables: Mapping[str, pd.DataFrame], card: Card, styles: Styles
) -> Part:
    words = {name: describe_table(name, tables[name], card.target) for name in plan.tables if len(tables.get(name, ()))}
    shown = tuple(
        _show(name, figures[name], words, card, styles)
        for name in plan.figures
        if name in figures and (card.show_faces or name not in SHEETS)
    )
    claimed = {table.name for figure in shown for table in figure.tables}
    return Part(plan.name, plan.title, plan.intro, shown, tuple(words[name] for name in words if name not in claimed))


def _show(name: str, figure: Figure, words: Mapping[str, Table], card: Card, styles: Styles) -> Shown:
    caption = caption_of(name, card.target)
    tables = tuple(words[table] for table in caption.tables if table in words)
    if name in SHEETS:
        return Shown(name, caption, None, photos_of(figure), tables)
    return Shown(name, caption, draw_svg(name, figure, caption.alt, styles), None, tables)
