"""ci/find-python, ci/base and ci/gate, run in repositories of a few commits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT, params_with_limit, run_of
from small_pipeline import Scripts

NOBODY = "f" * 40  # a commit that no repository here has


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A clone's three commits: main at the second, and HEAD, on a branch of its own, one further."""
    project = Scripts(tmp_path / "repository", monkeypatch)
    project.commit({"params.yaml": params_with_limit("8.0")})
    project.commit(run_of([6.3] * 80))
    project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    project.git("checkout", "--quiet", "-b", "better")
    project.commit(run_of([6.1] * 80))
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
    assert done.returncode == 0
    assert f"better than at {main} on the same 80 faces" in done.stdout
    for path, text in run_of([6.9] * 80).items():
        repository.write(path, text)
    assert ci("ci/gate").returncode == 1
    assert ci("ci/gate", "").returncode == 0  # without a base, the limit alone decides
    assert ci("ci/gate", BASE_SHA=NOBODY).returncode == 2
    assert ci("ci/gate", "nowhere").returncode == 4


def test_the_gate_takes_another_test_fold_where_the_environment_accepts_it(repository):
    for path, text in run_of([6.1] * 90).items():
        repository.write(path, text)
    assert ci("ci/gate").returncode == 3
    assert ci("ci/gate", ACCEPT_TEST_CHANGE="false").returncode == 3
    assert ci("ci/gate", ACCEPT_TEST_CHANGE="true").returncode == 0
