"""The scripts that the workflow calls, run in repositories of a few commits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import Repository, params_with_limit

ROOT = Path(__file__).parent.parent
NOBODY = "f" * 40  # a commit that no repository here has


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A clone's three commits: main at the second, and HEAD, on a branch of its own, one further."""
    for name in ("BASE_SHA", "BEFORE_SHA", "DEFAULT_BRANCH", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "true")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    project = Repository(tmp_path / "repository", monkeypatch)
    shutil.copytree(ROOT / "ci", project.folder / "ci")
    project.commit({"params.yaml": params_with_limit("8.0")})
    project.commit({"metrics/metrics.json": '{"mae": 6.3}\n'})
    project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    project.git("checkout", "--quiet", "-b", "better")
    project.commit({"metrics/metrics.json": '{"mae": 6.1}\n'})
    return project


def ci(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, check=False, capture_output=True, text=True)


def test_the_python_of_a_venv_that_is_to_be_replaced_is_not_found(tmp_path):
    own = tmp_path / ".venv/bin/python3"
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)
    search = f"{own.parent}:{Path(sys.executable).resolve().parent}:{os.environ['PATH']}"
    found = subprocess.run([ROOT / "ci/find-python"], cwd=tmp_path, env=os.environ | {"PATH": search},
                           check=True, capture_output=True, text=True).stdout  # fmt: skip
    assert found.strip() != str(own)


def test_a_pull_request_is_judged_against_its_base(repository):
    first = repository.git("rev-parse", "main~1")
    assert ci("ci/base", BASE_SHA=first, BEFORE_SHA="").stdout == f"{first}\n"


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("base", [NOBODY, "0" * 40, "--all", "main"])
def test_a_pull_request_without_its_base_is_never_judged_against_another(base):
    done = ci("ci/base", BASE_SHA=base)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: the base {base} is not in this clone")


def test_a_push_is_judged_against_what_was_there_before(repository):
    first = repository.git("rev-parse", "main~1")
    assert ci("ci/base", BASE_SHA="", BEFORE_SHA=first).stdout == f"{first}\n"


@pytest.mark.parametrize("before", ["", "0" * 40, NOBODY])
def test_a_new_or_rewritten_branch_is_judged_against_where_it_started(repository, before):
    assert ci("ci/base", BEFORE_SHA=before).stdout == repository.git("rev-parse", "main") + "\n"


def test_the_default_branch_is_judged_against_its_past(repository):
    repository.git("checkout", "--quiet", "main")
    assert ci("ci/base").stdout == repository.git("rev-parse", "main~1") + "\n"


def test_the_first_push_of_all_has_no_base(repository):
    repository.git("checkout", "--quiet", "main~1")
    repository.git("update-ref", "-d", "refs/remotes/origin/main")
    done = ci("ci/base", BEFORE_SHA="0" * 40)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_shallow_clone_fetches_its_base(repository, tmp_path, monkeypatch):
    past = repository.git("rev-parse", "main~1")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    assert ci("ci/base", BASE_SHA=past).stdout == f"{past}\n"


def test_the_gate_judges_against_the_base(repository):
    main = repository.git("rev-parse", "--short=10", "main")
    done = ci("ci/gate")
    assert (done.returncode, done.stdout) == (0, f"mae 6.10 years, limit 8.00, 6.30 at {main}: passed.\n")
    repository.write("metrics/metrics.json", '{"mae": 6.9}')
    assert ci("ci/gate").returncode == 1
    assert ci("ci/gate", "").returncode == 0  # without a base, the limit alone decides
    assert ci("ci/gate", BASE_SHA=NOBODY).returncode == 2


def test_the_summary_shows_the_verdict_and_what_changed(repository, tmp_path):
    repository.git("config", "core.excludesFile", "/dev/null")
    subprocess.run(["dvc", "init", "--quiet"], check=True)
    stage = "stages: {evaluate: {cmd: 'true', params: [train], metrics: [metrics/metrics.json: {cache: false}]}}\n"
    repository.commit({"dvc.yaml": stage})
    repository.write("metrics/metrics.json", '{"mae": 6.9}\n')
    page = tmp_path / "summary.md"
    done = ci("ci/summary", "HEAD", GITHUB_STEP_SUMMARY=str(page))
    assert (done.returncode, done.stdout) == (0, "")
    text = page.read_text()
    assert text.startswith("## Age from a face: error in years, lower is better\n")
    assert "**synthetic** faces" in text
    assert "0.80 worse than 6.10" in text
    assert "| mae      | 6.1          | 6.9         | 0.8      |" in text
    assert "No param changed." in text


def test_the_summary_says_what_is_learned_and_how_that_is_measured(repository):
    repository.git("config", "core.excludesFile", "/dev/null")
    subprocess.run(["dvc", "init", "--quiet"], check=True)
    stage = "stages: {evaluate: {cmd: 'true', params: [train], metrics: [metrics/metrics.json: {cache: false}]}}\n"
    gender = (
        params_with_limit("0.9").replace("target: age", "target: gender").replace("metric: mae", "metric: accuracy")
    )
    gender = gender.replace("head: regression", "head: classes").replace("loss: mae", "loss: crossentropy")
    repository.commit({"dvc.yaml": stage, "params.yaml": gender.replace("val_mae #", "val_accuracy #")})
    repository.write("metrics/metrics.json", '{"accuracy": 0.93}\n')
    text = ci("ci/summary", "HEAD").stdout
    assert text.startswith("## Gender from a face: accuracy, higher is better\n")
    assert "has mae and no accuracy, for its target is age: judged on the limit alone.\n" in text
    assert "accuracy 0.9300, limit 0.9000: passed." in text
    assert "`balanced_accuracy`" in text
    assert "`macro_mae`" not in text


def test_the_summary_fails_where_dvc_does(repository, tmp_path):
    broken = repository.folder / ".venv/bin/dvc"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 255\n")
    broken.chmod(0o755)
    done = ci("ci/summary", "HEAD", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert done.returncode != 0
    assert "No param changed." not in (tmp_path / "summary.md").read_text()
