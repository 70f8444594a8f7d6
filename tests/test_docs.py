"""What README and docs say is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ageline.experiment import Wishes, plan_experiment
from ageline.overrides import flatten
from ageline.recipes import QUICK, read_recipe, recipe_names
from ageline.yaml12 import read_yaml

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text()


def test_the_picture_of_the_pipeline_is_what_dvc_draws():
    drawn = subprocess.run(
        [Path(sys.executable).parent / "dvc", "dag", "--md"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert drawn.strip() in README


def test_the_result_is_that_of_the_committed_run():
    metrics = json.loads((ROOT / "metrics/metrics.json").read_text())
    low, high = metrics["mae_low"], metrics["mae_high"]
    assert f"**{metrics['mae']:.2f}** (95% interval {low:.2f} to {high:.2f})" in README
    assert f"On the {metrics['n_test']} faces of the test" in README
    assert "synthetic" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_exists(page):
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page):
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", page.read_text(), flags=re.M))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_a_page_runs_exists(page):
    modules = re.findall(r"python -m ([a-z_.]+)", page.read_text())
    assert [name for name in modules if not (ROOT / (name.replace(".", "/") + ".py")).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_param_that_a_page_sets_exists(page):
    params = (ROOT / "params.yaml").read_text()
    keys = re.findall(r"-S '?([a-z_.]+)=", page.read_text())
    assert [key for key in keys if not re.search(rf"^\s*{key.split('.')[-1]}:", params, flags=re.M)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_a_place_left_to_fill(page):
    text = re.sub(r"`[^`]*`|(?:AGELINE|KERAS|SLURM|OMPI|JOB)_[A-Z_]+", "", page.read_text())
    assert re.findall(r"\b(?:[A-Z]{3,}_[A-Z_]+|TODO|TBD|FIXME)\b|@@", text) == []


RECIPES = (ROOT / "docs/recipes.md").read_text()


@pytest.mark.parametrize("name", recipe_names(ROOT / "recipes"))
def test_a_recipe_is_explained_by_the_params_that_it_changes(name):
    paragraph = re.search(rf"^\*\*{re.escape(name)}\*\* .*?(?=\n\n)", RECIPES, flags=re.M | re.S)
    [section] = [text for text in RECIPES.split("\n## ") if paragraph and paragraph[0] in text]
    common = [line.strip() for line in re.findall(r"^    [a-z_.]+: .*$", section, flags=re.M)]
    own = re.findall(r"`([a-z_]+\.[a-z_.]+: [^`]+)`", " ".join(paragraph[0].split()))
    told = {key: value for line in [*common, *own] for key, value in read_yaml(line).items()}
    quick, recipe = (read_recipe(known, ROOT / "recipes") for known in (QUICK, name))
    assert told == plan_experiment(recipe, quick, read_yaml((ROOT / "params.yaml").read_text()), Wishes()).changes


def test_the_recipe_of_ones_own_can_be_run():
    text = RECIPES.split("    # wide: ")[1].split("\n", 1)[1]
    written = read_yaml("\n".join(line.removeprefix("    ") for line in text.splitlines()))
    assert set(flatten(written)) <= set(read_recipe(QUICK, ROOT / "recipes").overrides)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_recipe_that_a_page_runs_exists(page):
    named = re.findall(r"ageline recipe (?:run|show) ([A-Za-z0-9+]+)", page.read_text())
    assert set(named) <= set(recipe_names(ROOT / "recipes"))
