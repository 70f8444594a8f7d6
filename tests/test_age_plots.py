"""What the figures of ages say, and that none stumbles over a table with nulls, with nobody in it, or with a crowd."""

import io
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from ageline.figures import save
from ageline.scoring.ages import plots

NO = np.nan
NAMED = {"#0072b2", "#d55e00", "#666666", "#e4e4e4", "#333333", "#ffffff"}  # of ageline/figures/style.py


def errors_of(key: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[key, "n", "mae", "mae_low", "mae_high", "bias"])


def till_of(*rows: tuple, chosen: int | None = None) -> pd.DataFrame:
    """Rows of threshold, minors, passing, adults, asked and bound; intervals are made up, 0.1 to either side."""
    table = pd.DataFrame(rows, columns=["threshold", "minors", "minors_pass", "adults", "adults_asked", "bound"])
    table = table.astype({"bound": float}).rename(columns={"bound": "validation_bound"})
    for share, hits, of in (("minor_pass", "minors_pass", "minors"), ("adult_ask", "adults_asked", "adults")):
        table[share] = table[hits] / table[of].where(table[of] > 0)
        table[f"{share}_low"], table[f"{share}_high"] = (table[share] + reach for reach in (-0.1, 0.1))
    return table.assign(chosen=table.threshold == chosen)


BY_AGE = errors_of("age_bin", ("0-12", 9, 2.0, 1.5, 2.5, 0.04), ("13-17", 0, NO, NO, NO, NO), ("18+", 1, 4, NO, NO, -4))
BY_YEAR = errors_of("age", (16, 5, 2, 1, 3, 2), (17, 1, 3, NO, NO, 3), (18, 0, NO, NO, NO, NO), (19, 8, 1, 0.5, 2, -1))
BY_GENDER = errors_of("gender", ("female", 6, 2, 1.0, 3.0, 0.5), ("male", 3, 5.0, NO, NO, 1.0))
BY_ETHNICITY = errors_of("ethnicity", ("white", 8, 3.0, 2.0, 4.0, 0.1), ("unknown", 1, 3.0, NO, NO, 3.0))
BY_SHOT = errors_of("shot", ("many", 6, 2, 1, 3, 0), ("medium", 0, NO, NO, NO, NO), ("few", 3, 7, NO, NO, -7))
CUMULATIVE = pd.DataFrame({"years": range(16), "share": np.arange(16) / 15}).assign(
    share_low=lambda table: table.share * 0.9, share_high=lambda table: 1 - (1 - table.share) * 0.9
)
BY_LEVEL = pd.DataFrame(
    {"level": [0.5, 0.9], "coverage": [0.4, 1], "coverage_low": [0.2, 0.8], "coverage_high": [0.6, 1], "width": [4, 9]}
)
COVERAGE = pd.DataFrame(
    {
        "age_bin": ["0-17", "18-24", "25+"],
        "n": [10, 0, 2],
        "coverage": [1.0, NO, 0.5],
        "coverage_low": [0.72, NO, 0.09],
        "coverage_high": [1.0, NO, 0.91],
        "width": [8.0, NO, 12.5],
        "calibrated_on": [1200, NO, 150],
    }
)
RISK = pd.DataFrame({"share": [0.5, 1.0], "n": [5, 10], "mae": [2.0, 3.5]})
TILL = till_of((18, 10, 4, 20, 2, 0.5), (25, 10, 1, 20, 5, 0.02), (30, 10, 0, 20, 9, 0.01), chosen=25)
PREDICTIONS = pd.DataFrame({"face_id": ["a", "b"], "true": [4.0, 40.0], "predicted": [-1.0, 33.0]})
METRICS = {"mae": 6.0, "mae_low": 5.0, "mae_high": 7.0, "bias": -6.0, "cs5": 0.5}

DRAWN = {
    "predicted_against_true": lambda: plots.draw_predicted_against_true(PREDICTIONS, METRICS, "faces"),
    "error_by_age": lambda: plots.draw_error_by_age(BY_AGE, "faces"),
    "error_by_year": lambda: plots.draw_error_by_year(BY_YEAR, "faces"),
    "error_by_group": lambda: plots.draw_error_by_group([BY_GENDER, BY_ETHNICITY], "faces"),
    "error_by_shot": lambda: plots.draw_error_by_shot(BY_SHOT, "faces"),
    "cumulative": lambda: plots.draw_cumulative(CUMULATIVE, 9, "faces"),
    "coverage_by_level": lambda: plots.draw_coverage_by_level(BY_LEVEL, 12, "faces"),
    "coverage_by_age": lambda: plots.draw_coverage_by_age(COVERAGE, 0.9, "faces"),
    "risk_coverage": lambda: plots.draw_risk_coverage(RISK, "faces"),
    "till": lambda: plots.draw_till(TILL, 0.02, "faces"),
}


def texts(figure: Figure) -> list[str]:
    """What is written in the panels themselves, beside dots and lines."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def readings(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def counts(figure: Figure) -> list[str]:
    return [axes.get_title(loc="right") for axes in figure.axes]


def ticks(figure: Figure, panel: int = -1) -> list[str]:
    return [label.get_text() for label in figure.axes[panel].get_xticklabels()]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for box in figure.legends for text in box.get_texts()]


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_has_its_title_its_source_a_handy_width_and_named_colors_alone(name):
    figure, image = DRAWN[name](), io.StringIO()
    assert figure.get_suptitle()
    assert figure.get_supxlabel() == "faces"
    assert 6 <= figure.get_figwidth() <= 8
    figure.savefig(image, format="svg")  # a report replaces colors by name, to suit a dark screen
    assert set(re.findall("#[0-9a-f]{6}", image.getvalue())) <= NAMED
    assert {to_hex(text.get_color()) for text in figure.findobj(Text) if text.get_text()} <= {"#333333", "#666666"}


def test_density_is_shown_in_strengths_of_one_color():
    ages = np.repeat(np.linspace(0, 90, 667), 3)  # three faces of each age
    many = pd.DataFrame({"face_id": map(str, range(2001)), "true": ages, "predicted": ages})
    figure, image = plots.draw_predicted_against_true(many, METRICS, ""), io.StringIO()
    figure.savefig(image, format="svg")
    assert set(re.findall("#[0-9a-f]{6}", image.getvalue())) <= NAMED
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()][:2] == ["1", "2"]


def test_bins_say_their_errors_and_their_faces():
    figure = plots.draw_error_by_age(BY_AGE, "")
    assert ticks(figure, 0) == ["2.0", "", "4.0"]
    assert ticks(figure) == ["0-12\nn = 9", "13-17\nn = 0", "18+\nn = 1"]
    assert texts(figure) == ["+0.0", "", "-4.0"]
    assert counts(figure) == ["n = 10 faces", ""]


def test_many_bins_are_named_every_so_often():
    rows = [(f"{first}-{first + 1}", 9, 3.0, 2.0, 4.0, 1.0) for first in range(0, 80, 2)]
    figure = plots.draw_error_by_age(errors_of("age_bin", *rows), "")
    assert ticks(figure) == [f"{first}-{first + 1}" for first in range(0, 80, 6)]  # 40 names of 6 letters: each third
    assert counts(figure)[0] == "n = 360 faces"
    assert figure.get_figwidth() == 8


def test_single_years_stand_to_either_side_of_18():
    figure = plots.draw_error_by_year(BY_YEAR, "")
    assert ticks(figure) == ["16", "17", "18", "19"]
    assert texts(figure) == ["minors", "adults"]
    assert figure.axes[2].lines[0].get_xdata()[0] == 1.5  # between 17 and 18
    assert [bar.get_height() for bar in figure.axes[2].patches] == [5, 1, 0, 8]


def test_years_of_minors_alone_have_no_side():
    assert texts(plots.draw_error_by_year(BY_YEAR[:2], "")) == []


def test_groups_stand_beside_the_mean_of_all():
    figure = plots.draw_error_by_group([BY_GENDER, BY_ETHNICITY], "")
    assert readings(figure) == ["gender", "ethnicity"]
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["white", "unknown"]
    assert texts(figure) == ["2.0 years", "n = 6", "5.0 years", "n = 3", "3.0 years", "n = 8", "3.0 years", "n = 1"]
    # The line of all faces: (6 * 2 + 3 * 5) / 9 and (8 * 3 + 1 * 3) / 9.
    assert [axes.lines[-1].get_xdata()[0] for axes in figure.axes] == [3, 3]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()


def test_whiskers_are_drawn_where_there_is_an_interval():
    figure = plots.draw_error_by_group([BY_GENDER], "")
    (reach,) = [lines.get_segments() for lines in figure.axes[0].collections]
    assert [segment.tolist() for segment in reach] == [[[1, 0], [3, 0]]]


def test_shots_say_how_many_training_faces_they_have():
    figure = plots.draw_error_by_shot(BY_SHOT, "")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["many: over 100", "medium: 20 to 100", "few: under 20"]
    assert texts(figure) == ["2.0 years", "n = 6", "", "n = 0", "7.0 years", "n = 3"]


@pytest.mark.parametrize(("share", "side"), [(1 / 3, "left"), (0.0, "right")])
def test_the_share_within_five_years_is_marked(share, side):
    figure = plots.draw_cumulative(CUMULATIVE.assign(share=share), 9, "")
    assert texts(figure) == [f"{share:.0%} within 5 years"]
    assert figure.axes[0].texts[0].get_ha() == side  # where the curve leaves room
    assert counts(figure) == ["n = 9 faces"]


def test_reliability_is_held_against_the_diagonal():
    axes = plots.draw_coverage_by_level(BY_LEVEL, 12, "").axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[0, 0], [1, 1]]
    assert axes.lines[1].get_xydata().tolist() == [[0.5, 0.4], [0.9, 1]]


def test_coverage_of_each_age_says_what_it_rests_on():
    figure = plots.draw_coverage_by_age(COVERAGE, 0.9, "")
    assert ticks(figure, 0) == ["100%", "", "50%"]
    assert ticks(figure) == ["0-17\nn = 10\nv = 1,200", "18-24\nn = 0\nv = unknown", "25+\nn = 2\nv = 150"]
    assert texts(figure) == ["8.0", "", "12.5"]
    assert figure.axes[0].get_ylim() == (0, 1)  # down to 9%
    assert figure.axes[0].lines[0].get_ydata()[0] == 0.9


def test_a_level_between_two_percents_is_not_rounded():
    assert readings(plots.draw_coverage_by_age(COVERAGE, 0.975, ""))[0].endswith("dashed: the promised 97.5%")


def test_the_surest_half_is_held_against_all():
    figure = plots.draw_risk_coverage(RISK, "")
    assert texts(figure) == ["surest half: 2.0", "all: 3.5"]
    assert counts(figure) == ["n = 10 faces"]


def test_the_till_says_what_the_chosen_threshold_gives():
    figure = plots.draw_till(TILL, 0.02, "")
    assert readings(figure) == [
        "threshold 25: 10.0% of the minors pass (95% interval 0.0% to 20.0%)",
        "threshold 25: 25.0% of the adults are asked for an ID (95% interval 15.0% to 35.0%)",
    ]
    assert counts(figure) == ["n = 10 minors", "n = 20 adults"]
    assert legend(figure) == ["95% interval", "limit 2%", "bound from validation", "chosen: 25"]


def test_a_till_without_a_threshold_that_keeps_the_limit():
    figure = plots.draw_till(till_of((18, 9, 3, 1, 0, NO), (30, 9, 3, 1, 1, NO)), 0.025, "")
    assert readings(figure) == ["no threshold is chosen"] * 2
    assert counts(figure)[1] == "n = 1 adult"
    assert legend(figure) == ["95% interval", "limit 2.5%"]


@pytest.mark.parametrize(
    ("minors", "adults", "shown"), [(0, 5, ["n = 5 adults"]), (5, 0, ["n = 5 minors"]), (0, 0, [""])]
)
def test_a_till_that_only_some_come_to(minors, adults, shown):
    figure = plots.draw_till(till_of((18, minors, 0, adults, 0, NO), (30, minors, 0, adults, 0, NO)), 0.02, "")
    figure.draw_without_rendering()
    assert counts(figure) == shown
    assert ("no faces" in readings(figure)) == (minors + adults == 0)


def test_one_threshold_has_whiskers_for_a_band():
    figure = plots.draw_till(till_of((25, 10, 1, 20, 5, 0.1), chosen=25), 0.02, "")
    figure.draw_without_rendering()
    assert [len(axes.lines[0].get_xdata()) for axes in figure.axes] == [1, 1]


NOBODY = [errors_of(key, ("a", 0, NO, NO, NO, NO)) for key in ("age_bin", "gender", "shot")]
CROWD = errors_of("ethnicity", *((f"people {number}", number, 3.0, 2.0, 4.0, 0.0) for number in range(40)))
EMPTY = COVERAGE.assign(n=0, coverage=NO, coverage_low=NO, coverage_high=NO, width=NO)
HARD = {
    "ages of nobody": lambda: plots.draw_error_by_age(NOBODY[0], ""),
    "years of nobody": lambda: plots.draw_error_by_year(BY_YEAR.assign(n=0, mae=NO, mae_low=NO, mae_high=NO), ""),
    "a year": lambda: plots.draw_error_by_year(BY_YEAR[:1], ""),
    "a group of nobody": lambda: plots.draw_error_by_group(NOBODY[1:2], ""),
    "shots of nobody": lambda: plots.draw_error_by_shot(NOBODY[2], ""),
    "forty groups": lambda: plots.draw_error_by_group([BY_GENDER, CROWD], ""),
    "no error at all": lambda: plots.draw_error_by_group([BY_GENDER.assign(mae=0.0, mae_low=0.0, mae_high=0.0)], ""),
    "everyone close": lambda: plots.draw_cumulative(CUMULATIVE.assign(share=1.0, share_high=1.0), 9, ""),
    "all inside": lambda: plots.draw_coverage_by_level(BY_LEVEL.assign(coverage=1.0, coverage_high=1.0), 9, ""),
    "ages all inside": lambda: plots.draw_coverage_by_age(COVERAGE.assign(coverage=1.0, coverage_high=1.0), 0.9, ""),
    "intervals of nobody": lambda: plots.draw_coverage_by_age(EMPTY, 0.9, ""),
    "forty bins": lambda: plots.draw_coverage_by_age(pd.concat([COVERAGE] * 13 + [EMPTY[:1]]), 0.9, ""),
    "one face to be sure of": lambda: plots.draw_risk_coverage(RISK.assign(n=1, mae=0.0), ""),
    "one face": lambda: plots.draw_predicted_against_true(PREDICTIONS[:1], METRICS, ""),
}


@pytest.mark.parametrize("case", HARD)
def test_a_hard_table_is_drawn_without_a_warning(case):
    figure = HARD[case]()
    figure.draw_without_rendering()
    assert all(np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all() for axes in figure.axes)


def test_groups_of_any_name_are_drawn(tmp_path):
    names = ["$\\frac$", "a$b$c", "\u65e5\u672c", "x" * 120]
    table = BY_GENDER.iloc[[0] * 4].assign(gender=names)
    figure = plots.draw_error_by_group([table], "$x^$ \u65e5\u672c")
    save(figure, tmp_path / "groups.png")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "$\\frac$", "a$b$c", "\u65e5\u672c", "x" * 29 + "\u2026",
    ]  # fmt: skip
