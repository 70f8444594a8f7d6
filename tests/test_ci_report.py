"""ci/report: the whole page, and that nothing is swallowed, invented, or rendered as its author chose."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from repository import run_of, run_of_genders
from small_pipeline import SmallPipeline

pytestmark = pytest.mark.long  # DVC runs many times

WORSE = [5.7, 5.9, 6.2, 7.9] * 20  # 0.425 years worse than the 6.0 of the base
HOSTILE = "data/raw|<img src=x>`@everyone #1 ```"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A branch one commit after main, whose model is worse."""
    made = SmallPipeline(tmp_path, monkeypatch)
    made.git("checkout", "--quiet", "-b", "worse")
    made.commit(run_of(WORSE))
    return made


def steps(**outcomes: str) -> str:
    """What `toJSON(steps)` gives a workflow."""
    return json.dumps({name: {"outcome": outcome, "outputs": {}} for name, outcome in outcomes.items()})


def put_in_venv(project: SmallPipeline, name: str, script: str) -> None:
    """A program that ci/report finds before any other."""
    program = project.folder / ".venv/bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_the_page_of_a_worse_model(project, tmp_path):
    project.set_param("  batch_size: 32", "  batch_size: 64")
    page = tmp_path / "summary.md"
    done = project.ci("ci/report", "main", GITHUB_STEP_SUMMARY=str(page), HEAD_SHA="ab" * 20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (project.folder / "reports/pull-request.md").read_text()
    assert page.read_text() == text
    parts = text.split("\n\n")
    assert parts[0] == "## Age from a face: error in years, lower is better"
    assert parts[1] == "Commit `ababababab`, against `main`."
    assert "**synthetic** faces" in parts[2]
    assert parts[3] == "### The gate: stopped"
    assert "mae is 0.42 years worse than at main on the same 80 faces" in parts[4]
    assert "| `mae` | 6.0000 | 6.4250 | +0.4250 |" in text
    assert "| `cs5` | 0.0000 | 0.0000 | 0.0000 |" in text
    assert "| `n_test` | 80 | 80 | 0 |" in text
    assert "### Params, against `main`, empty where null or not there\n\n" in text
    assert "| `train.batch_size` | `32` | `64` |" in text
    assert "### Stages that changed since `main`\n\nNone." in text
    assert parts[-1].startswith("`mae` with its 95% interval")
    assert text.endswith("defines them all.\n")


def test_metrics_come_in_the_order_of_their_file(project):
    text = project.ci("ci/report", "main").stdout
    assert re.findall(r"^\| `(\w+)` \|", text.split("### Params")[0], flags=re.M) == [
        "mae", "mae_low", "mae_high", "macro_mae", "rmse", "bias", "cs5", "n_test",
    ]  # fmt: skip


def test_what_the_author_chose_is_text_in_code(project):
    text = (project.folder / "params.yaml").read_text()
    project.write("params.yaml", text.replace("source: data/sample", f"source: {json.dumps(HOSTILE)}"))
    lock = (project.folder / "dvc.lock").read_text()
    project.write("dvc.lock", lock.replace("path: model.txt", f"path: {json.dumps(HOSTILE)}"))
    metrics = json.loads((project.folder / "metrics/metrics.json").read_text())
    project.write("metrics/metrics.json", json.dumps(metrics | {HOSTILE: 1, "note": HOSTILE}))
    done = project.ci("ci/report", "main")
    assert done.returncode == 0
    html = MarkdownIt("commonmark").enable("table").render(done.stdout)
    assert set(re.findall(r"<(\w+)", html)) <= {
        "h2", "h3", "h4", "p", "strong", "code", "pre", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert "everyone" in html
    assert "@everyone" not in re.sub(r"<code[^>]*>[^<]*</code>", "", html)
    rows = [row.count("<td") for row in html.split("<tr>") if "<code>data/raw" in row]
    assert rows == [4, 4, 3, 3, 3]  # two metrics, a param, a stage that writes it and one that reads it


def test_a_refusal_without_a_verdict_is_shown(project):
    broken = project.commit({"metrics/predictions.csv": "face_id,true\n"})
    here = project.ci("ci/report", "main")
    assert here.returncode == 0
    assert "### The gate: can't judge\n\n```text\nerror: metrics/predictions.csv" in here.stdout
    project.commit(run_of(WORSE))
    base = project.ci("ci/report", broken)
    assert base.returncode == 0
    assert f"error: metrics/predictions.csv at {broken[:10]}" in base.stdout


def test_what_dvc_can_not_read_is_told(project):
    project.write("metrics/metrics.json", "{")
    done = project.ci("ci/report", "main")
    assert done.returncode == 0
    assert "| `mae` | 6.0000 |  |  |" in done.stdout
    assert "```text\nDVC failed to load some metrics for following revisions: 'workspace'.\n```\n" in done.stdout
    assert "### Metrics\n\nNone that can be read.\n" in project.ci("ci/report", "").stdout


def test_another_test_fold_waits_for_the_label_and_passes_with_it(project):
    project.commit(run_of([6.0] * 90))
    waits = project.ci("ci/report", "main", ACCEPT_TEST_CHANGE="false")
    assert "### The gate: waits for `--accept-test-change`" in waits.stdout
    assert "gives the pull request the label `accept-test-change`." in waits.stdout
    assert "### The gate: passed" in project.ci("ci/report", "main", ACCEPT_TEST_CHANGE="true").stdout


def test_the_first_run_of_all_has_nothing_to_compare_with(project):
    done = project.ci("ci/report", "")
    assert done.returncode == 0
    assert ", with nothing to compare with." in done.stdout
    assert "### The gate: passed" in done.stdout
    assert "### Metrics\n\n| Metric | Value |\n| :-- | --: |\n| `mae` | 6.4250 |" in done.stdout
    assert "### Params" not in done.stdout


def test_a_model_of_genders_is_measured_otherwise(project):
    text = (project.folder / "params.yaml").read_text()
    for old, new in [
        ("target: age", "target: gender"),
        ("metric: mae", "metric: accuracy"),
        ("limit: 8.0", "limit: 0.9"),
        ("head: regression", "head: classes"),
        ("loss: mae", "loss: crossentropy"),
        ("monitor: val_mae", "monitor: val_accuracy"),
    ]:
        text = text.replace(old, new)
    project.commit({"params.yaml": text} | run_of_genders([True] * 19 + [False]))
    done = project.ci("ci/report", "main")
    assert done.stdout.startswith("## Gender from a face: accuracy, higher is better\n")
    assert "### The gate: waits for `--accept-test-change`" in done.stdout
    assert "`balanced_accuracy`, the mean of the two" in done.stdout
    assert "`macro_mae`, " not in done.stdout


def test_the_steps_before_it_are_listed(project):
    outcomes = steps(fresh="success", repro="failure", reproduced="skipped", gate="cancelled", setup="success")
    assert (
        "| Check | Outcome |\n"
        "| :-- | :-- |\n"
        "| `dvc.lock` is fresh: of this code, these params, this data | passed |\n"
        "| The pipeline runs | **failed** |\n"
        "| Run again, it gives the committed figures | not reached |\n"
        "| The gate | **cancelled** |\n"
        "\n"
        "### The committed figures, checked\n"
        "\n"
        "Not checked: a step before it failed. The figures below are those in the commit.\n"
    ) in project.ci("ci/report", "main", STEPS=outcomes).stdout


@pytest.mark.parametrize(
    ("step", "outcome", "confirm", "said"),
    [
        ("rescored", "success", "echo They are those of $2$3.", "```text\nThey are those of HEAD.\n```\n"),
        ("reproduced", "success", "echo They are those of $2$3.", "```text\nThey are those of HEAD--retrained.\n```\n"),
        (
            "rescored",
            "failure",
            "echo 'mae is 5.0 at HEAD, 6.4 here.'; exit 1",
            "```text\nmae is 5.0 at HEAD, 6.4 here.\n```\n\n**The committed figures don't hold.**",
        ),
        ("rescored", "failure", "echo They are.", "Not checked: the model could not be scored again, and its step"),
        ("rescored", "failure", "echo 'error: no file' >&2; exit 2", "```text\nerror: no file\n```\n"),
    ],
)
def test_whether_the_committed_figures_were_confirmed(project, step, outcome, confirm, said):
    put_in_venv(project, "ageline", f'[ "$1" != confirm ] || {{ {confirm}; exit; }}\necho "### $1"')
    done = project.ci("ci/report", "main", STEPS=steps(**{step: outcome}))
    assert done.returncode == 0
    assert f"### The committed figures, checked\n\n{said}" in done.stdout


def test_a_tolerance_of_the_re_score_is_that_of_the_report(project):
    put_in_venv(project, "ageline", 'echo "$@"')
    done = project.ci("ci/report", "main", STEPS=steps(rescored="success"), CONFIRM="--within 0.1")
    assert "```text\nconfirm HEAD --within 0.1\n```" in done.stdout


def test_all_is_of_the_commit_where_the_pipeline_ran_again(project):
    for path, text in ({"dvc.lock": "what this machine's run left"} | run_of([9.0] * 80)).items():
        project.write(path, text)
    done = project.ci("ci/report", "main", STEPS=steps(repro="success"))
    assert "mae is 0.42 years worse than at main" in done.stdout
    assert "| `mae` | 6.0000 | 6.4250 | +0.4250 |" in done.stdout
    assert "### Stages that changed since `main`\n\nNone." in done.stdout
    shown = project.ci("ci/report", "main")
    assert shown.returncode == 0
    assert "### Stages that changed\n\n```text\nerror: dvc.lock should hold stages" in shown.stdout


@pytest.mark.parametrize("crash", ["exit 5", "kill -9 $$", "echo 'Traceback (most recent call last):' >&2; exit 1"])
def test_a_crash_ends_the_report_and_fails(project, crash):
    put_in_venv(project, "ageline", crash)
    done = project.ci("ci/report", "main")
    assert done.returncode == 1
    assert "**The report ends here, for a part of it failed.**\n\n`ageline gate --markdown" in done.stdout
    assert "`mae` with" not in done.stdout


def test_the_report_fails_where_dvc_does(project, tmp_path):
    put_in_venv(project, "dvc", "echo 'ERROR: ``` no cache' >&2; exit 255")
    page = tmp_path / "summary.md"
    done = project.ci("ci/report", "main", GITHUB_STEP_SUMMARY=str(page), REPORT=str(tmp_path / "report.md"))
    assert (done.returncode, done.stderr) == (1, "ERROR: ``` no cache\n")
    text = Path(page).read_text()
    assert "### The gate: stopped" in text
    assert "failed with exit status 255:\n\n````text\nERROR: ``` no cache\n````\n" in text
    assert "None changed." not in text
    assert (tmp_path / "report.md").read_text() == text


def test_without_the_base_there_is_no_report(project):
    done = project.ci("ci/report", BASE_SHA="f" * 40)
    assert done.returncode == 2
    assert not (project.folder / "reports/pull-request.md").exists()
