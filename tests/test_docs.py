"""What README and docs say is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from repository import Repository

from ageline.cli import main
from ageline.experiment import Wishes, plan_experiment
from ageline.gate.verdict import Status
from ageline.overrides import flatten
from ageline.params import load_params
from ageline.recipes import QUICK, read_recipe, recipe_names
from ageline.scoring.ages.metrics import measure, table_by_age
from ageline.scoring.ages.predictions import check_predictions
from ageline.yaml12 import read_yaml
from benchmarks import gate as gate_benchmark

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
    text = re.sub(r"`[^`]*`|(?:AGELINE|KERAS|SLURM|OMPI|JOB|DVC)_[A-Z_]+", "", page.read_text())
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


GATE = (ROOT / "docs/gate.md").read_text()
# The answers of the runs that docs/gate.md tells of, to each face of the sample's test fold: of train.seed 1 to 4, of
# half the epochs and of a tenth of the learning rate, made as it says there.
EXAMPLES = pd.read_csv(ROOT / "tests/gate_examples.csv", dtype={"face_id": str})


def files_of(example: str) -> dict[str, str]:
    """What `dvc repro` leaves in Git of one of the runs, but for intervals of faces."""
    predictions = EXAMPLES[["face_id", "true", example]].rename(columns={example: "predicted"})
    checked, evaluate = check_predictions(predictions), load_params(ROOT / "params.yaml").evaluate
    metrics = measure(checked, table_by_age(checked, evaluate), evaluate.bootstrap) | {"n_test": len(checked)}
    return {
        "metrics/metrics.json": json.dumps(metrics),
        "metrics/predictions.csv": predictions.to_csv(index=False, lineterminator="\n"),
    }


@pytest.fixture
def examples(tmp_path, monkeypatch):
    """A repository with a branch for each run; main has that of seed 1."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({"params.yaml": shipped_params()} | files_of("first"))
    for example in EXAMPLES.columns[3:]:
        project.git("checkout", "--quiet", "-b", example, "main")
        project.commit(files_of(example))
    return project


def shipped_params() -> str:
    return (ROOT / "params.yaml").read_text()


@pytest.mark.parametrize(
    ("branch", "base", "status"),
    [
        ("half", "main", Status.REFUSED),
        ("slow", "main", Status.REFUSED),
        ("main", "third", Status.PASSED),
        ("second", "main", Status.REFUSED),
        ("second", "third", Status.REFUSED),
        ("second", "fourth", Status.REFUSED),
        ("main", "fourth", Status.PASSED),
        ("fourth", "third", Status.PASSED),
    ],
)
@pytest.mark.usefixtures("examples")
def test_the_gate_says_of_the_examples_what_its_page_shows(capsys, branch, base, status):
    assert main(["gate", "--head", branch, "--base", base]) == status
    said = capsys.readouterr().out.splitlines()
    untold = {("main", "fourth"), ("fourth", "third")}  # two of the three seeds that pass, which the page counts
    assert [line for line in said if f"    {line}\n" not in GATE] == (said if (branch, base) in untold else [])


@pytest.mark.usefixtures("examples")
def test_the_gate_prints_the_table_and_the_json_that_its_page_shows(capsys):
    main(["gate", "--head=half", "--base=main", "--markdown"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert "\n".join(rows) in GATE
    main(["gate", "--head=half", "--base=main", "--json"])
    text = capsys.readouterr().out
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", GATE.split("| name | holds |")[1], flags=re.M)
    listed = re.findall(r"`([a-z_]+)`", " ".join(rows))
    assert list(json.loads(text)) == listed
    printed = [f"    {line}" for line in text.splitlines()]
    before, after = (part.strip("\n") for part in GATE[GATE.index("\n    {\n") :].split("\n        ...\n"))
    assert "\n".join(printed).startswith(before)
    assert "\n".join(printed).endswith(after[: after.index("\n    }\n") + len("\n    }")])


def test_the_seeds_that_the_page_of_the_gate_lists_gave_these_errors():
    errors = EXAMPLES.iloc[:, 2:].sub(EXAMPLES["true"], axis=0)
    maes = errors.abs().mean().round(2)[["first", "second", "third", "fourth"]]
    assert f"| `mae` on the 153 test faces, years | {' | '.join(f'{mae:.2f}' for mae in maes)} |" in GATE
    correlations = errors[["first", "second", "third", "fourth"]].corr().to_numpy()[np.triu_indices(4, 1)]
    assert f"{correlations.min():.2f} to {correlations.max():.2f}" in GATE


def test_the_page_of_the_gate_says_how_much_narrower_the_paired_interval_is():
    first, half = (np.abs(EXAMPLES[name] - EXAMPLES["true"]).to_numpy() for name in ("first", "half"))
    generator = np.random.default_rng(1)
    drawn, others = (generator.integers(0, len(first), (2000, len(first))) for _ in range(2))
    paired = np.quantile((half - first)[drawn].mean(axis=1), [0.025, 0.975])
    apart = np.quantile(half[others].mean(axis=1) - first[drawn].mean(axis=1), [0.025, 0.975])
    told = " ".join(GATE.split())
    assert f"this could be {paired[0]:.2f} to {paired[1]:.2f}; with other faces" in told
    assert f"for each model, {apart[0]:.2f} to {apart[1]:.2f}." in told
    assert f"{np.ptp(paired):.2f} years wide and not {np.ptp(apart):.2f}" in told


def test_the_exit_codes_of_the_gate_are_those_that_its_page_and_its_help_list(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["gate", "--help"])
    listed = set(re.findall(r"^  ([0-9])  ", capsys.readouterr().out, flags=re.M))
    assert listed == set(re.findall(r"^\| ([0-9]) \|", GATE, flags=re.M)) == {str(int(status)) for status in Status}


def test_the_settings_of_the_gate_are_those_that_its_page_shows():
    shown = read_yaml(GATE[GATE.index("    gate:\n") :].split("\n\n")[0])["gate"]
    assert shown == read_yaml(shipped_params())["gate"]
    assert set(re.findall(r"^\| `([a-z_]+)` \| ", GATE.split("## Why on the same")[0], flags=re.M)) == set(shown)


def test_the_rows_of_the_table_of_how_often_the_gate_is_right_are_those_of_the_benchmark():
    table = [
        line.strip("| ").split(" | ") for line in GATE.splitlines() if re.match(r"^\| (?:normal|Student t) ", line)
    ]
    rows = [(errors, float(correlation), float(mae), int(faces.replace(",", "")))
            for errors, correlation, mae, faces, *_ in table]  # fmt: skip
    settings = [(one.errors, one.correlation, one.mae, one.faces) for one in gate_benchmark.SETTINGS]
    assert sorted(rows) == sorted(settings)
    assert {len(row) - 4 for row in table} == {len(gate_benchmark.LOSSES)}


def test_what_the_readme_says_of_the_gates_exit_codes_is_all_there_is():
    told = README.split("Exit codes: ")[1].split("\n\n")[0]
    assert re.findall(r"(?:^|, |\n)([0-9]) ", told) == [str(int(status)) for status in Status]


TEMPLATE = (ROOT / "docs/template.md").read_text()
WORKFLOWS = "".join(path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml"))


def test_the_page_of_a_repository_of_ones_own_names_what_the_workflows_read():
    for name in ("DVC_REMOTE", "DVC_CONFIG_LOCAL", "PULL_REQUEST_TOKEN"):
        assert name in TEMPLATE
        assert re.search(rf"(?:vars|secrets)\.{name}\b", WORKFLOWS)
    for text in ("accept-test-change", "id: repro", "id: reproduced", "- run: make check test", "environment: train"):
        assert text in WORKFLOWS
    assert "[self-hosted, gpu]" in WORKFLOWS


def test_the_checks_that_a_branch_is_to_require_are_names_of_jobs():
    required = re.findall(r"^- `([^`]+)`", TEMPLATE.split("these checks:")[1].split("In `.github")[0], flags=re.M)
    jobs = re.findall(r"^    name: (.+)$", WORKFLOWS, flags=re.M)
    spelled = [
        name.replace("${{ matrix.python }}", "3.11").replace("${{ github.event_name }}", "pull_request")
        for name in jobs
    ]
    assert len(required) == 3
    assert set(required) <= set(spelled)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_script_that_a_page_names_exists(page):
    named = set(re.findall(r"(?:`|^ {4})(ci/[a-z-]+)\b", page.read_text(), flags=re.M))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
