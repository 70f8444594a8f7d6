"""The plots that DVC draws: each has its template in Git, and a template finds all that it asks for."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from dvc_render.vega import VegaRenderer

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / ".dvc/plots"
BUILT_IN = {"simple"}
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())


def render(template: str, rows: list[dict[str, str]], x: str, y: str) -> dict:
    """What DVC would hand to Vega for these rows of a CSV, which it reads as texts."""
    renderer = VegaRenderer(
        rows, "plot", template=template, template_dir=str(TEMPLATES), x=x, y=y, title="A title", x_label=x, y_label=y
    )
    filled = renderer.get_filled_template()
    assert re.findall("<DVC_METRIC_[A-Z_]+>", json.dumps(filled)) == []
    return filled


def templates_of(target: str, metric: str) -> list[str]:
    evaluated = PIPELINE["stages"]["evaluate"]["plots"][0]["metrics/predictions.csv"]
    plots = [evaluated, *(spec for plot in PIPELINE["plots"] if isinstance(plot, dict) for spec in plot.values())]
    return [plot["template"].replace("${target}", target).replace("${gate.metric}", metric) for plot in plots]


@pytest.mark.parametrize(("target", "metric"), [("age", "mae"), ("gender", "accuracy")])
def test_every_template_of_either_target_is_there(target, metric):
    own = {path.stem for path in TEMPLATES.glob("*.json")}
    assert set(templates_of(target, metric)) <= own | BUILT_IN


def test_every_template_is_used_and_git_takes_it():
    used = {*templates_of("age", "mae"), *templates_of("gender", "accuracy")}
    for path in TEMPLATES.iterdir():
        assert path.stem in used
        assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False).returncode == 1


def test_predicted_ages_are_drawn_against_a_diagonal():
    rows = [{"face_id": "a", "true": "30.0", "predicted": "31.2", "rev": "workspace"}]
    diagonal, points = render("predicted_age", rows, "true", "predicted")["layer"]
    assert diagonal["data"] == {"values": [{"age": 0}, {"age": 100}]}
    assert points["encoding"]["x"] == {"field": "true", "type": "quantitative", "title": "true (years)"}
    assert points["encoding"]["color"]["field"] == "rev"


def test_predicted_genders_are_counted_for_each_revision():
    rows = [{"true": "male", "predicted": "female", "male": "0.4", "female": "0.6", "rev": "workspace"}]
    filled = render("predicted_gender", rows, "true", "predicted")
    assert filled["transform"][0] == {"filter": "isDefined(datum.female)"}  # a revision of ages beside it has none
    assert filled["transform"][1]["groupby"] == ["rev", "true", "predicted"]
    assert filled["facet"]["column"]["field"] == "rev"


@pytest.mark.parametrize("metric", ["mae", "accuracy"])
def test_ages_keep_their_order_and_have_the_interval_of_the_metric(metric):
    rows = [{"age_bin": "0-12", "n": "9", metric: "1", f"{metric}_low": "0.5", f"{metric}_high": "", "rev": "main"}]
    filled = render("by_age", rows, metric, "age_bin")
    assert filled["encoding"]["y"]["sort"] == {"field": "position", "op": "min"}
    read = [step["calculate"] for step in filled["transform"][1:]]
    assert [re.findall(r"datum\['(\w+)'\]", text)[0] for text in read] == [metric, f"{metric}_low", f"{metric}_high"]


@pytest.mark.parametrize("target", ["age", "gender"])
def test_faces_are_counted_by_fold(target):
    rows = [{target: "1", "dvc_inferred_y_value": "3", "field": "train", "rev": "main"}]
    filled = render(f"counts_{target}", rows, target, "dvc_inferred_y_value")
    assert filled.get("spec", filled)["encoding"]["x"]["field"] == target


@pytest.mark.parametrize(
    ("template", "x", "y"), [("cumulative", "years", "share"), ("reliability", "level", "coverage")]
)
def test_a_share_has_its_interval(template, x, y):
    rows = [{x: "1", y: "0.5", f"{y}_low": "0.4", f"{y}_high": "0.6", "rev": "main"}]
    filled = render(template, rows, x, y)
    read = {step["as"]: re.findall(r"datum\['(\w+)'\]", step["calculate"]) for step in filled["transform"]}
    assert read == {"x": [x] * 2, "value": [y] * 2, "low": [f"{y}_low"] * 2, "high": [f"{y}_high"] * 2}
    drawn = [layer["encoding"] for layer in filled["layer"] if layer.get("encoding", {}).get("y2")]
    assert [(layer["y"]["field"], layer["y2"]["field"]) for layer in drawn] == [("low", "high")]


def test_reliability_is_held_against_a_diagonal():
    rows = [{"level": "0.9", "coverage": "1", "coverage_low": "0.8", "coverage_high": "1", "rev": "main"}]
    diagonal = render("reliability", rows, "level", "coverage")["layer"][0]
    assert diagonal["data"] == {"values": [{"level": 0}, {"level": 1}]}


def test_the_till_shows_minors_beside_adults_and_the_chosen_threshold():
    rows = [{"threshold": "25", "minor_pass": "0.01", "adult_ask": "", "chosen": "True", "rev": "main"}]
    filled = render("till", rows, "threshold", "minor_pass")
    fold, *read = filled["transform"]
    assert fold == {"fold": ["minor_pass", "adult_ask"], "as": ["share", "text"]}  # an empty text is no share of 0
    assert {"calculate": "datum.text === '' ? null : toNumber(datum.text)", "as": "value"} in read
    assert filled["facet"]["column"]["sort"] == ["minors that pass", "adults asked for an ID"]
    assert filled["spec"]["layer"][-1]["transform"] == [{"filter": "datum.is_chosen"}]
