"""The report is one whole page: its HTML in order, nothing in it from elsewhere, and every number in words."""

import base64
import io
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from evaluated import (
    HISTORY,
    METRICS,
    NONE,
    SYNTHETIC,
    age_scores,
    age_tables,
    bars,
    errors,
    gender_scores,
    sheet,
    till_table,
)
from PIL import Image

from ageline.errors import AgelineError
from ageline.figures import draw_sheet
from ageline.scoring.ages.plots import draw_error_by_group
from ageline.scoring.report import Card, build_page, stamp, write_report
from ageline.scoring.report.card import flatten
from ageline.scoring.report.headline import headline_of, key_figures
from ageline.scoring.report.photos import photos_of
from ageline.scoring.report.tables import describe_table
from ageline.scoring.report.till import till_of
from ageline.scoring.report.wording import number, percent

SETTINGS = {"target": "age", "train": {"seed": 1, "phases": {"top": {"epochs": 0}}, "deterministic": True}}
CARD = Card("age", SYNTHETIC, synthetic=True, made_by={"model": "0cc175b9"}, settings=SETTINGS, history=HISTORY)
FACES = Card("age", "utkface", show_faces=True)
PLAIN_CARD = Card("age", "utkface")
PLAIN = age_scores()._replace(figures={})
GENDER = Card("gender", "utkface", sheets="reports/evaluate")
VOID = {"meta", "img", "input", "link", "br"}


class Page(HTMLParser):
    """A page as its elements: (tag, attributes, texts directly inside); a tag that closes another is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} comes twice"
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data):
        if self._open:
            self.elements[self._open[-1]][2].append(data)

    def tags(self, *names):
        return [element for element in self.elements if element[0] in names]

    def texts(self, *names):
        return ["".join(texts).strip() for _, _, texts in self.tags(*names)]


@pytest.fixture(scope="module")
def html():
    return build_page(age_scores(), CARD)


@pytest.fixture(scope="module")
def with_faces():
    return build_page(age_scores(), FACES)


@pytest.fixture(scope="module")
def of_genders():
    return build_page(gender_scores(), GENDER)


@pytest.fixture(scope="module", params=["html", "with_faces", "of_genders"])
def page(request):
    return Page(request.getfixturevalue(request.param))


def test_headings_are_in_order_under_one_title(page):
    levels = [int(tag[1]) for tag, _, _ in page.tags("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_no_section_is_empty(page):
    assert all(page.texts("h1", "h2", "h3", "dt", "summary", "caption"))
    inside = {attributes["aria-labelledby"] for _, attributes, _ in page.tags("section")}
    assert inside == {attributes["id"] for _, attributes, _ in page.tags("h2")}


def test_what_is_referred_to_is_there_once(page):
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes, _ in page.elements:
        for name in ("aria-labelledby", "for"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
        for value in filter(None, attributes.values()):
            for reference in re.findall(r"^#(.+)$|url\(#(.+)\)", value):
                assert "".join(reference) in ids, (tag, attributes)


def test_nothing_comes_from_elsewhere(page):
    for tag, attributes, texts in page.elements:
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            assert re.match("#|data:image/(png|jpeg);base64,|$", attributes.get(name) or ""), (tag, attributes)
        assert tag not in ("link", "iframe", "object", "base", "form")
        assert "style" not in attributes
        assert not re.search(r"url\((?!#)|@import|fetch|XMLHttp", "".join(texts)), tag
        assert not [name for name in attributes if name.startswith("on")]


def test_the_policy_allows_the_style_and_the_script_of_the_page_alone(html):
    page = Page(html)
    policy = page.tags("meta")[1][1]["content"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(page.tags("style")) == len(page.tags("script")) == 1


def test_every_picture_and_table_speaks(page):
    assert all(attributes["alt"] for _, attributes, _ in page.tags("img"))
    for _, attributes, _ in page.tags("svg"):
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
    assert len(page.tags("caption")) == len(page.tags("table"))
    assert {attributes["scope"] for _, attributes, _ in page.tags("th")} == {"row", "col"}


def test_the_language_and_the_landmarks_are_named(page):
    assert page.tags("html")[0][1] == {"lang": "en"}
    assert [tag for tag, _, _ in page.tags("header", "nav", "main", "footer")] == ["header", "nav", "main", "footer"]
    assert page.tags("a")[0][1] == {"class": "skip", "href": "#main"}


def test_the_headline_has_the_error_and_its_interval(html):
    page = Page(html)
    assert page.texts("h1") == ["The model is wrong by 5.7 years on average"]
    assert f"95% interval 4.9 to 6.6, measured on 153 test faces from {SYNTHETIC}." in page.texts("p")
    said = page.tags("svg")[0][1]["aria-label"]
    assert said == "The interval from 4.9 to 6.6 years around 5.7, on a scale from 0 to 8 years"


def test_the_headline_of_genders(of_genders):
    page = Page(of_genders)
    assert page.texts("h1") == ["The model is right for 93.1% of the faces"]
    assert "95% interval 91.0% to 95.0%, measured on 700 test faces from utkface." in page.texts("p")
    said = page.tags("svg")[0][1]["aria-label"]
    assert said == "The interval from 91.0% to 95.0% around 93.1%, on a scale from 50% to 100%"
    assert "At the till" not in page.texts("h2")


def test_another_system_is_called_by_its_name():
    assert headline_of(PLAIN, "age", "crowd.csv").claim == "crowd.csv is wrong by 5.7 years on average"
    assert headline_of(PLAIN, "age", "the crowd").claim == "The crowd is wrong by 5.7 years on average"


def test_a_single_face_has_a_headline_without_an_interval():
    scores = PLAIN._replace(metrics={"mae": 2.0, "n_test": 1})
    headline = headline_of(scores, "age", "the model")
    assert (headline.interval, headline.faces, headline.scale) == ("", "measured on 1 test face", None)
    assert "Measured on 1 test face from" in build_page(scores, PLAIN_CARD)


def test_too_few_faces_have_no_interval_of_their_error():
    few = {"mae": 2.0, "mae_low": 2.0, "mae_high": 2.0}
    assert headline_of(PLAIN._replace(metrics={**few, "n_test": 4}), "age", "the model").interval == ""
    assert headline_of(PLAIN._replace(metrics={**few, "n_test": 5}), "age", "the model").interval != ""


def test_an_error_of_a_thousand_years_has_a_scale():
    far = PLAIN._replace(metrics={**PLAIN.metrics, "mae": 900.0, "mae_low": 800.0, "mae_high": 1000.0})
    scale = headline_of(far, "age", "the model").scale
    assert [tick.text for tick in scale.ticks] == ["0", "200", "400", "600", "800", "1000", "1200"]


def test_an_error_of_nothing_has_a_scale():
    perfect = PLAIN._replace(metrics={"mae": 0.0, "mae_low": 0.0, "mae_high": 0.0, "n_test": 9})
    scale = headline_of(perfect, "age", "the model").scale
    assert [tick.text for tick in scale.ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert (scale.low.place, scale.high.place) == (4, 4)


def test_key_figures_are_said_with_their_meaning():
    figures = {figure.label: figure for figure in key_figures(PLAIN, "age")}
    assert list(figures) == [
        *("Averaged over age groups", "Within 5 years", "Bias", "Root mean square error", "Inside their interval"),
        *("Minors who pass at 25", "Largest gap between groups"),
    ]
    assert figures["Bias"].value == "\N{MINUS SIGN}0.1 years"
    # Of the till's row at 25: 1 of 30 minors; its bounds are 0.6 / 30 and 1.5 / 30 + 0.1.
    assert figures["Minors who pass at 25"][1:3] == ("3.3%", "95% interval 2.0% to 15.0%")
    assert figures["Largest gap between groups"].meaning.startswith("By gender: error of female beside that of male")
    assert figures["Inside their interval"].meaning.startswith("Each prediction comes with a lowest and a highest age;")
    promised = key_figures(PLAIN, "age", 0.9)[4].meaning
    assert promised.startswith("Each prediction comes with a lowest and a highest age, made to hold 90% of true ages;")


def test_what_failed_is_a_key_figure():
    assert [figure.value for figure in key_figures(gender_scores(), "gender")] == ["92.9%", "0.201", "2 faces"]


def test_a_gap_between_genders_is_one_of_shares():
    gaps = pd.DataFrame([("gender", "female", "male", 0.06, -0.02, 0.1)], columns=age_tables()["gaps"].columns)
    scores = gender_scores()._replace(tables={"gaps": gaps}, figures={})
    assert key_figures(scores, "gender")[2][1:3] == ("6.0%", "95% interval \N{MINUS SIGN}2.0% to 10.0%")
    page = Page(build_page(scores, GENDER))
    assert "Gap in accuracy (95% interval)" in page.texts("th")
    assert "6.0% (\N{MINUS SIGN}2.0% to 10.0%)" in page.texts("td")


def test_notes_stand_before_the_figures(html):
    page = Page(html)
    assert page.texts("h2")[:3] == ["Key figures", "To know first", "Where it goes wrong"]
    assert "The intervals hold 87.6% of the test faces, not 90%: of so few faces that is within chance." in html


def test_a_synthetic_set_says_so_and_another_does_not(html, with_faces):
    assert "no figure here says anything about photos of people" in html
    assert "no figure here says anything about photos of people" not in with_faces
    assert "The licence of the faces governs what may be done with them" in with_faces


def test_a_table_in_words():
    table = errors(
        "age_bin", ("0-12", 1204, 3.4512, 2.5, 4.5, -1.9), ("70+", 3, 11.25, NONE, NONE, 0), ("80+", 0, *[NONE] * 4)
    )
    words = describe_table("by_age", table)
    assert words.headers == ("Age group", "Faces", "Mean error, years (95% interval)", "Bias, years")
    assert words.rows == (
        ("0-12", "1,204", "3.45 (2.50 to 4.50)", "\N{MINUS SIGN}1.90"),
        ("70+", "3", "11.25", "0.00"),
        ("80+", "0", "not known", "not known"),
    )


def test_a_number_that_rounds_to_nothing_has_no_sign():
    assert [number(value, signed=True) for value in (-0.04, 0.04, -0.06)] == ["0.0", "0.0", "\N{MINUS SIGN}0.1"]
    assert [percent(share) for share in (-0.0004, 0.0004, -0.06)] == ["0.0%", "0.0%", "\N{MINUS SIGN}6.0%"]


def test_the_till_in_words():
    till = till_of(PLAIN)
    assert (till.start, len(till.thresholds), till.table.rows[7][0]) == (25, 13, "25, chosen")
    at_18 = till.thresholds[0]
    # 8 of 30 minors pass, (8 + 1) / 28 is the bound; 4 of 123 adults are asked.
    assert at_18.minors == "26.7%"
    assert at_18.minors_said == "8 of 30 faces under 18 pass. 95% interval 16.0% to 50.0%."
    assert at_18.bound == "By the validation faces, with one more minor counted to be careful: 32.1%."
    assert at_18.spoken == "18 years: minors who pass 26.7%, adults asked for an ID 3.3%"
    assert (at_18.adults, at_18.adults_said[:42]) == ("3.3%", "4 of 123 adults are asked for an ID. 95% i")
    assert [age[:2] for age in at_18.ages][2:] == [("15", "4 of 6"), ("16", "5 of 6"), ("17", "no faces")]
    assert till.by_age.rows[0] == ("18", "2 of 6", "3 of 6", "4 of 6", "5 of 6", "no faces")


def test_without_a_chosen_threshold_the_slider_starts_at_25():
    scores = PLAIN._replace(tables={"till": till_table(chosen=None)})
    till = till_of(scores)
    assert (till.start, till.by_age, till.outcomes) == (25, None, None)
    assert "No threshold is chosen here; 25 is shown first." in build_page(scores, PLAIN_CARD)
    assert "No threshold is chosen here" not in build_page(PLAIN, PLAIN_CARD)


def test_a_till_without_minors_says_so():
    empty = till_table().assign(minors=0, minors_pass=0, minor_pass=NONE, minor_pass_low=NONE, validation_bound=NONE)
    first = till_of(PLAIN._replace(tables={"till": empty})).thresholds[0]
    assert (first.minors, first.bound) == ("not known", "")
    assert first.minors_said == "The test fold has no faces under 18, so nothing is known of them."


def test_without_script_the_chosen_threshold_and_all_rows_are_read(html):
    page = Page(html)
    panels = {attributes["data-panel"]: attributes for _, attributes, _ in page.elements if "data-panel" in attributes}
    assert [name for name, attributes in panels.items() if "hidden" not in attributes] == ["25"]
    assert [attributes["data-row"] for _, attributes, _ in page.tags("tr") if "data-row" in attributes] == list(panels)
    assert len(panels) == 13
    assert "This does not verify an age." in page.texts("strong")


def test_faces_are_shown_only_when_asked(html, with_faces, of_genders):
    assert "<img" not in html
    assert "most doubted faces are left out: as report.faces has it." in html  # which are drawn by code
    assert "photos of faces are personal data" not in with_faces
    assert "Faces to look at" not in of_genders  # there are no sheets to leave out
    scores = PLAIN._replace(figures={"suspects": sheet("Suspects")})
    left_out = build_page(scores, Card("age", "utkface", sheets="reports/evaluate"))
    assert "photos of faces are personal data. They are in reports/evaluate." in left_out


def test_each_face_stands_above_its_words(with_faces):
    page = Page(with_faces)
    assert [attributes["alt"] for _, attributes, _ in page.tags("img")] == ["Face 1", "Face 2"] * 2
    assert [text for text in page.texts("li") if text.startswith("label")] == ["label 4", "label 5"] * 2
    empty = PLAIN._replace(figures={"worst_faces": draw_sheet(np.empty((0, 8, 8, 3), np.uint8), [], "Worst faces")})
    assert "There are none." in Page(build_page(empty, FACES)).texts("p")


def test_a_face_is_as_large_in_the_page_as_it_was_stored():
    grain = np.random.default_rng(1).integers(0, 256, (2, 48, 48, 3), np.uint8)
    large = grain.repeat(5, axis=1).repeat(5, axis=2)  # which a sheet leaves as it is
    for stored, side in ((grain, 48), (large, 48), (large[:, :239, :239], 239)):
        sheet_of = photos_of(draw_sheet(stored, ["true 4,\npredicted 5", "a face"], "Faces", note="utkface"))
        assert [photo.words for photo in sheet_of.photos] == ["true 4, predicted 5", "a face"]
        assert sheet_of.note == "utkface"
        with Image.open(io.BytesIO(base64.b64decode(sheet_of.photos[1].uri.partition(",")[2]))) as picture:
            assert (picture.format, picture.size) == ("JPEG", (side, side))


def test_the_list_of_suspects_is_not_in_the_page(with_faces):
    assert "004_somebody.png" not in with_faces


def test_hostile_text_is_only_text():
    tables = age_tables() | {"by_ethnicity": errors("ethnicity", ("<script>alert(1)</script>", 9, 1, 0, 2, 0))}
    figures = {"error_by_group": bars('<script> & style="x" ]]> <!-- stamp: revision and hardware -->')}
    figures["error_by_group"].axes[0].set_xlabel('"><script>alert(2)</script>')
    card = Card("age", "<b>faces", system="<i>x", made_by={"<u>": "</code><script>"}, settings={"a": "<script>"})
    html = build_page(PLAIN._replace(tables=tables, figures=figures, notes=("</li><script>",)), card)
    page = Page(html)
    assert len(page.tags("script")) == 1
    assert not page.tags("b", "i", "u")
    assert "<script>alert(1)</script>" in page.texts("th")
    assert stamp(html, {"revision": "4f2c1ab"}) != html


def test_a_name_in_any_script_or_none_is_drawn():
    figure = bars("Error by group")
    figure.axes[0].set_title("\u6f22\u5b57 \x01\ufffe \u05d0")
    html = build_page(PLAIN._replace(figures={"error_by_group": figure}), PLAIN_CARD)
    assert "\u6f22\u5b57 \ufffd\ufffd \u05d0" in html


def test_no_name_turns_around_what_is_written_behind_it():
    html = build_page(PLAIN, Card("age", "gpj.\u202eutkface", system="\u2067model\u2069.csv"))
    assert "measured on 153 test faces from gpj.utkface." in html
    assert Page(html).texts("h1") == ["model.csv is wrong by 5.7 years on average"]


def test_a_long_name_leaves_room_for_the_dots():
    names = ("Native Hawaiian and other Pacific Islander", "$\\frac$")
    figure = draw_error_by_group([errors("ethnicity", *((name, 9, 3, 2, 4, 1) for name in names))], "")
    figure.draw_without_rendering()
    written = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert written == ["Native Hawaiian and other Pac\N{HORIZONTAL ELLIPSIS}", "$\\frac$"]


def test_words_of_the_page_and_of_its_notes_are_explained(html):
    page = Page(html)
    assert {"95% interval", "Test faces", "Validation faces", "Bound from validation"} <= set(page.texts("dt"))
    assert "No training learned from them or chose by them;" in html
    assert "No training learned from them" not in build_page(PLAIN, PLAIN_CARD)  # which nothing is known of
    notes = ("Give more of them, or raise evaluate.minor_pass.",)
    page = Page(build_page(PLAIN._replace(notes=notes), CARD))
    assert "evaluate.minor_pass" in page.texts("dt")
    assert "a setting in params.yaml: the share of minors who may pass the till" in page.texts("dd")


def test_a_caption_comes_first_in_its_figure(page):
    order = [tag for tag, _, _ in page.tags("figure", "figcaption", "h3", "svg", "img")]
    assert all(following == "figcaption" for tag, following in pairwise(order) if tag == "figure")


def test_colours_follow_the_page_unless_they_are_a_scale(html):
    page = Page(html)
    own = [
        attributes["aria-label"]
        for _, attributes, _ in page.elements
        if "own-colours" in (attributes.get("class") or "")
    ]
    assert own == ["Predicted against true age, figure"]  # a picture with a colour map
    style = page.texts("style")[0]
    assert {"fill: var(--blue)", "fill: var(--orange)", "fill: var(--grey)"} <= set(
        re.findall(r"fill: var\(--\w+\)", style)
    )
    assert not re.search(r"svg \.s\d+ { [^}]*#(0072b2|d55e00|666666|000000)", style, re.IGNORECASE)
    assert "matplotlib" not in html


def test_a_figure_is_left_as_it_was():
    figure = bars("A title")
    build_page(PLAIN._replace(figures={"till": figure}), PLAIN_CARD)
    assert [text.get_visible() for text in figure.texts if text.get_text() == "A title"] == [True]
    assert figure.get_suptitle() == "A title"


def test_learning_curves_are_drawn_from_the_history(html, with_faces):
    assert "Learning, epoch by epoch" in Page(html).texts("h3")
    assert "phases and their epochs: top 1-2, fine_tune 3-4" in html
    assert "How it was trained" not in Page(with_faces).texts("h2")


def test_a_history_without_epochs_has_no_curve():
    assert "How it was trained" not in build_page(PLAIN, Card("age", "utkface", history=HISTORY.head(0)))


def test_what_is_absent_leaves_no_heading():
    scores = PLAIN._replace(metrics={"mae": 2.0, "n_test": 1}, tables={}, figures={}, notes=())
    page = Page(build_page(scores, Card("age", "utkface")))
    assert page.texts("h2") == ["What made it", "Limits and uses"]
    assert not page.tags("table", "figure", "details")
    assert [texts for _, _, texts in page.tags("a")] == [["Skip to the report"], ["What made it"], ["Limits and uses"]]


def test_a_table_without_its_figure_is_shown_still():
    page = Page(build_page(PLAIN, FACES))
    assert "By labelled ethnicity" in page.texts("caption")
    assert "Whom it serves better or worse" in page.texts("h2")


def test_a_figure_and_a_table_that_nothing_is_known_of_come_last():
    tables = {"by_weather": pd.DataFrame({"weather": ["rain"], "n": [3]})}
    page = Page(build_page(PLAIN._replace(figures={"error_by_hour": bars("x")}, tables=tables), FACES))
    assert page.texts("h2")[2:4] == ["More figures", "What made it"]
    assert "Error by hour" in page.texts("h3")
    assert page.texts("caption") == ["By weather"]


def test_settings_are_flat_and_as_in_params_yaml(html):
    assert list(flatten(SETTINGS)) == [
        ("target", "age"),
        ("train.seed", "1"),
        ("train.phases.top.epochs", "0"),
        ("train.deterministic", "true"),
    ]
    assert list(flatten({"a": {}, "b": [1, None, "x"], "c": 0.05})) == [
        ("a", "{}"),
        ("b", "[1, null, x]"),
        ("c", "0.05"),
    ]
    assert "All 4 settings" in Page(html).texts("summary")


def test_the_same_scores_give_the_same_bytes(tmp_path):
    path = tmp_path / "reports/index.html"
    pages = set()
    for _ in range(2):
        drawn = {"error_by_age": bars("Error by age"), "worst_faces": sheet("Worst faces")}
        write_report(path, PLAIN._replace(figures=drawn), FACES)
        pages.add(path.read_bytes())
    assert len(pages) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["index.html"]


def test_nothing_of_this_machine_is_in_the_page(html):
    assert "<metadata" not in html
    assert not re.search(r"/work|/home|/tmp|/usr|\b20\d\d-\d\d-\d\d\b|[Hh]ostname", html)


def test_a_stamp_is_put_where_the_page_is_shown(html):
    stamped = stamp(html, {"revision": "4f2c1ab", "hardware": "<2 cores>"})
    assert "<div><dt>revision</dt><dd>4f2c1ab</dd></div>" in stamped
    assert "<div><dt>hardware</dt><dd>&lt;2 cores&gt;</dd></div>" in stamped
    Page(stamped)
    assert stamp(html, {}) == html
    with pytest.raises(AgelineError, match="holds 0 places for a stamp, expected one"):
        stamp(stamped, {"revision": "5"})


def test_metrics_of_the_sample_are_all_told(html):
    said = {
        "mae": "5.7",
        "macro_mae": "6.0 years",
        "rmse": "7.8 years",
        "cs5": "56.9%",
        "coverage": "87.6%",
        "width": "22.4 years",
    }
    assert set(said) <= set(METRICS)
    assert [text for text in said.values() if text not in html] == []
