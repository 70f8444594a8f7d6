"""ci/train and ci/pull-request: from what somebody typed to data in the remote, a branch and a pull request."""

import pytest
import yaml
from github_api import REPOSITORY, GitHubApi
from small_pipeline import SmallPipeline

KEY = "t0ken"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A fresh clone of main, whose origin is beside it."""
    made = SmallPipeline(tmp_path, monkeypatch)
    made.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    made.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    made.git("fetch", "--quiet", "origin")
    return made


@pytest.fixture
def api():
    with GitHubApi(token=KEY) as running:
        yield running


@pytest.mark.long
def test_a_training_is_a_branch_with_its_data_in_the_remote(project):
    main = project.git("rev-parse", "main")
    done = project.ci("ci/train", NAME="A5-seed-2", OVERRIDES=" train.seed=2  evaluate.thresholds=[18,25] ")
    assert done.returncode == 0, done.stderr
    assert project.git("branch", "--show-current") == "train/A5-seed-2"
    assert project.git("rev-parse", "HEAD~1") == main
    assert project.git("log", "-1", "--format=%B") == "Train A5-seed-2\n\ntrain.seed=2 evaluate.thresholds=[18,25]"
    assert project.git("status", "--porcelain") == ""
    assert project.git("diff", "--name-only", "main").split() == ["dvc.lock", "params.yaml"]
    params = yaml.safe_load((project.folder / "params.yaml").read_text())
    assert (params["train"]["seed"], params["evaluate"]["thresholds"]) == (2, [18, 25])
    assert project.run("ci/pushed") == "All data that dvc.lock names is in the remote storage.\n"
    assert list((project.remote / "runs").iterdir())


@pytest.mark.long
def test_the_branch_is_fresh_in_a_clone_of_its_own(project, tmp_path):
    project.run("env", "NAME=wide", "OVERRIDES=train.batch_size=64", "ci/train")
    project.git("push", "--quiet", "origin", "train/wide")
    project.git("clone", "--quiet", "--branch=train/wide", str(tmp_path / "origin.git"), str(tmp_path / "other"))
    project.folder = tmp_path / "other"
    assert project.run("ci/fresh") == "dvc.lock is fresh: no stage would run.\n"


@pytest.mark.long
def test_overrides_that_train_nothing_make_no_branch(project):
    done = project.ci("ci/train", NAME="same", OVERRIDES="gate.limit=9.0")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "error: nothing was trained: dvc.lock has the result of these params already. Give other overrides.\n"
    )
    assert project.git("branch", "--list", "train/*") == ""


@pytest.mark.parametrize(
    "name", ["", "-n", "--queue", "a b", "a;touch x", "$(touch x)", "a..b", "a.lock", "a/b", "é", "a\nb", "x" * 61]
)
def test_a_name_that_is_none_starts_nothing(project, name):
    done = project.ci("ci/train", NAME=name, OVERRIDES="train.seed=2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: the name is '{name}', expected up to 60 letters and digits with . _ - ")
    assert not (project.folder / "x").exists()


@pytest.mark.parametrize(
    "word",
    ["train.seed", "--queue", "-f", "~train.seed", "+train.x=1", "train.seed=$(touch$IFS/x)", "a={b:c}", "*", "a='b'"],
)
def test_an_override_that_is_none_starts_nothing(project, word):
    done = project.ci("ci/train", NAME="good", OVERRIDES=f"train.seed=2 {word}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: the override '{word}' should be KEY=VALUE of letters, digits and ")


def test_a_name_is_taken_once(project):
    project.git("push", "--quiet", "origin", "main:refs/heads/train/taken")
    project.git("fetch", "--quiet", "origin")
    project.git("branch", "train/mine")
    for name in ("taken", "mine"):
        done = project.ci("ci/train", NAME=name)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: the branch train/{name} exists already. Choose another name.\n"


def test_without_a_remote_nothing_is_trained(project):
    project.write(".dvc/config", "")
    done = project.ci("ci/train", NAME="good")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: DVC has no default remote here, so a result could go nowhere.")


def publish(project: SmallPipeline, api: GitHubApi, **environment: str):
    """Run ci/pull-request on a branch train/seed-2 of one commit."""
    if not project.git("branch", "--list", "train/seed-2"):
        project.git("switch", "--quiet", "--create", "train/seed-2")
        project.commit({"params.yaml": "better"})
    given = {
        "NAME": "seed-2",
        "OVERRIDES": "train.seed=2 model.top.units=[128]",
        "BASE": "main",
        "GITHUB_TOKEN": KEY,
        "GITHUB_API_URL": api.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "NO_PROXY": "*",
    }
    return project.ci("ci/pull-request", **(given | environment))


def test_a_pull_request_is_opened_with_the_report(project, api, tmp_path):
    project.write("reports/pull-request.md", "## Age from a face\n\nBetter.\n")
    page = tmp_path / "summary.md"
    done = publish(project, api, STARTS_CHECKS="true", GITHUB_STEP_SUMMARY=str(page))
    assert (done.returncode, done.stdout, done.stderr) == (0, "https://github.com/team/faces/pull/1\n", "")
    (pull,) = api.pulls
    assert (pull["title"], pull["head"]["ref"], pull["base"]["ref"]) == ("Train seed-2", "train/seed-2", "main")
    assert pull["body"] == (
        "Trained by hand, see the job's page, with `train.seed=2` `model.top.units=[128]`.\n\n"
        "## Age from a face\n\nBetter.\n"
    )
    assert page.read_text() == "\nPull request: https://github.com/team/faces/pull/1\n"
    assert project.git("ls-remote", "origin", "train/seed-2").split()[0] == project.git("rev-parse", "HEAD")


def test_a_pull_request_of_a_workflow_says_that_its_checks_have_not_started(project, api):
    assert publish(project, api, OVERRIDES="", STARTS_CHECKS="false").returncode == 0
    assert api.pulls[0]["body"].startswith(
        "Trained by hand, see the job's page, with the params as they are.\n\n"
        "**The checks of this pull request have not started**"
    )


def test_a_job_that_runs_again_edits_its_pull_request(project, api):
    publish(project, api)
    done = publish(project, api, STARTS_CHECKS="true")
    assert (done.returncode, done.stdout) == (0, "https://github.com/team/faces/pull/1\n")
    assert [pull["body"] for pull in api.pulls] == [
        "Trained by hand, see the job's page, with `train.seed=2` `model.top.units=[128]`."
    ]


def test_a_branch_that_others_pushed_is_not_overwritten(project, api, tmp_path):
    project.git("clone", "--quiet", str(tmp_path / "origin.git"), str(tmp_path / "other"))
    project.git("-C", str(tmp_path / "other"), "commit", "--quiet", "--allow-empty", "--message=Theirs")
    project.git("-C", str(tmp_path / "other"), "push", "--quiet", "origin", "HEAD:refs/heads/train/seed-2")
    done = publish(project, api)
    assert done.returncode != 0
    assert "rejected" in done.stderr
    assert api.pulls == []


def test_a_token_that_may_not_open_one_is_told_what_to_set(project, api, monkeypatch):
    said = {"message": "GitHub Actions is not permitted to create or approve pull requests."}
    monkeypatch.setattr(api, "answer", lambda *_: (403, said))
    done = publish(project, api)
    assert done.returncode == 1
    assert done.stderr.startswith("error: GitHub answered 403 to POST pulls: GitHub Actions is not permitted to create")
    assert '"Allow GitHub Actions to create and approve pull requests".' in done.stderr


def test_what_github_finds_wrong_is_told(project, api, monkeypatch):
    said = {"message": "Validation Failed", "errors": [{"message": "No commits between main and train/seed-2"}]}
    monkeypatch.setattr(api, "answer", lambda method, *_: (422, said) if method == "POST" else (200, []))
    done = publish(project, api)
    assert done.returncode == 1
    assert done.stderr == (
        "error: GitHub answered 422 to POST pulls: Validation Failed: No commits between main and train/seed-2."
        " Mend what it names, then run this again.\n"
    )


def test_the_token_is_no_argument_of_git(project, api, tmp_path):
    program = project.folder / ".venv/bin/git"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/arguments\nenv >{tmp_path}/environment\n')
    program.chmod(0o755)
    publish(project, api, GITHUB_SERVER_URL="https://github.example")
    assert (tmp_path / "arguments").read_text() == "push --quiet origin refs/heads/train/seed-2\n"
    given = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines() if "=" in line)
    assert given["GIT_CONFIG_KEY_0"] == "http.https://github.example/.extraheader"
    assert given["GIT_CONFIG_VALUE_0"] == "Authorization: basic eC1hY2Nlc3MtdG9rZW46dDBrZW4="
