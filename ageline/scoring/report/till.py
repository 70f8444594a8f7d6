"""The decision at the till in words, for each threshold: what the slider shows, and what is read without it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from ageline.scoring.report.tables import NOTHING, Table, count_passing, describe_table
from ageline.scoring.report.wording import count_of, known, percent
from ageline.scoring.scores import Scores

_USUAL = 25  # "Challenge 25": where the slider starts if no threshold is chosen


class ByAge(NamedTuple):
    """Of the faces of one age: how many pass, and how many more might."""

    age: str
    passed: str
    bound: str


class Threshold(NamedTuple):
    """What one threshold does.

    Attributes:
        years: whoever is predicted as old or older passes.
        chosen: whether evaluation chose it.
        minors: share of minors who pass; minors_said says it with counts and bounds.
        adults: share of adults who are asked; adults_said says it with counts and bounds.
        bound: what the validation fold says of minors, empty without it.
        ages: 13 to 17.
    """

    years: int
    chosen: bool
    minors: str
    minors_said: str
    adults: str
    adults_said: str
    bound: str
    ages: tuple[ByAge, ...]

    @property
    def spoken(self) -> str:
        """What a listener is told who moves the slider."""
        return f"{self.years} years: minors who pass {self.minors}, adults asked for an ID {self.adults}"


class Till(NamedTuple):
    """The section of the page.

    Attributes:
        thresholds: from low to high.
        start: which of them is shown first.
        table: all of them; its rows stand in the order of `thresholds`.
        by_age: the minors who pass, by age; None where that is not known.
        outcomes: at the chosen threshold; None where that is not known.
    """

    thresholds: tuple[Threshold, ...]
    start: int
    table: Table
    by_age: Table | None
    outcomes: Table | None

    @property
    def chosen(self) -> bool:
        """Whether evaluation chose one of them."""
        return any(threshold.chosen for threshold in self.thresholds)


def till_of(scores: Scores) -> Till | None:
    """The till's figures in words; None where there is no such table or it is empty."""
    till = scores.tables.get("till")
    if till is None or till.empty:
        return None
    till = till.sort_values("threshold", ignore_index=True)
    by_age, outcomes = scores.tables.get("till_by_age"), scores.tables.get("outcomes")
    thresholds = tuple(_threshold(row, by_age) for row in till.to_dict("records"))
    return Till(
        thresholds,
        _start(thresholds),
        _table(till),
        None if by_age is None or by_age.empty else count_passing(by_age),
        None if outcomes is None else describe_table("outcomes", outcomes),
    )


def _start(thresholds: tuple[Threshold, ...]) -> int:
    """The chosen threshold, else the one next to 25."""
    chosen = [threshold.years for threshold in thresholds if threshold.chosen]
    return chosen[0] if chosen else min((abs(each.years - _USUAL), each.years) for each in thresholds)[1]


def _table(till: pd.DataFrame) -> Table:
    shown = till.drop(columns=["chosen", *(["validation_bound"] if till.validation_bound.isna().all() else [])])
    words = describe_table("till", shown)
    marked = (
        (f"{first}, chosen" if chosen else first, *rest)
        for chosen, (first, *rest) in zip(till.chosen, words.rows, strict=True)
    )
    return words._replace(caption="Every threshold: who passes, and who is asked for an ID", rows=tuple(marked))


def _threshold(row: Mapping[Any, Any], by_age: pd.DataFrame | None) -> Threshold:
    years, bound = int(row["threshold"]), row["validation_bound"]
    ages = [] if by_age is None else by_age[by_age.threshold == years].sort_values("age").to_dict("records")
    return Threshold(
        years,
        bool(row["chosen"]),
        *_said(row, "minor_pass", row["minors_pass"], row["minors"], "face under 18", "faces under 18", "pass"),
        *_said(row, "adult_ask", row["adults_asked"], row["adults"], "adult", "adults", "are asked for an ID"),
        f"By the validation faces, with one more minor counted to be careful: {percent(bound)}."
        if known(bound)
        else "",
        tuple(_of_age(each) for each in ages),
    )


def _said(
    row: Mapping[Any, Any], share: str, hits: float, count: float, noun: str, plural: str, verb: str
) -> tuple[str, str]:
    """A share, and the sentence that says what it rests on."""
    if not count:
        return NOTHING, f"The test fold has no {plural}, so nothing is known of them."
    low, high = percent(row[f"{share}_low"]), percent(row[f"{share}_high"])
    said = f"{int(hits):,} of {count_of(count, noun, plural)} {verb}. 95% interval {low} to {high}."
    return percent(row[share]), said


def _of_age(row: Mapping[Any, Any]) -> ByAge:
    if not row["n"]:
        return ByAge(f"{row['age']:g}", "no faces", "")
    return ByAge(
        f"{row['age']:g}", f"{row['passed']:,.0f} of {row['n']:,.0f}", f"at most {percent(row['pass_rate_high'], 0)}"
    )
