"""The scripts about dvc.lock and the DVC remote: ci/fresh, ci/pushed, ci/remote."""

import shutil

import pytest
from small_pipeline import SmallPipeline

pytestmark = pytest.mark.long  # DVC runs many times

KEYS = "['remote \"storage\"']\n    jobs = 3\n"  # what a secret may hold


@pytest.fixture
def project(tmp_path, monkeypatch):
    return SmallPipeline(tmp_path, monkeypatch)


def test_a_committed_run_is_fresh_without_data_and_without_remote(project):
    shutil.rmtree(project.remote)
    done = project.ci("ci/fresh")
    assert (done.returncode, done.stdout) == (0, "dvc.lock is fresh: no stage would run.\n")


def test_a_stage_whose_data_is_missing_is_stale(project):
    project.set_param("  batch_size: 32", "  batch_size: 64")
    done = project.ci("ci/fresh")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "error: dvc.lock is stale: code, params or data changed since train ran."
    assert "params.yaml:" in lines[3]
    assert "train" in lines[4]
    assert lines[-1] == "Run `dvc repro`, then commit dvc.lock and what it wrote in metrics/."


def test_a_stage_that_needs_no_data_is_stale(project):
    project.set_param("  faces: 1000", "  faces: 2000")
    done = project.ci("ci/fresh")
    assert done.returncode == 1
    assert done.stderr.startswith("error: dvc.lock is stale: code, params or data changed since sample ran.\n")


def test_a_stale_stage_is_found_where_its_data_is_here_and_dvc_exits_0(project):
    project.run("dvc", "pull", "--quiet", "model.txt")
    project.write("score.json", '{"mae": 5.0}\n')
    done = project.ci("ci/fresh")
    assert done.returncode == 1
    assert "since evaluate ran." in done.stderr


def test_a_broken_dvc_yaml_is_not_called_stale(project):
    project.write("dvc.yaml", "stages: [")
    done = project.ci("ci/fresh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `dvc repro --dry` failed, so nobody can tell whether dvc.lock is fresh.")
    assert "'./dvc.yaml' is invalid" in done.stderr


def test_pushed_data_is_found_and_what_is_never_pushed_is_not_missed(project):
    assert project.run("ci/pushed") == "All data that dvc.lock names is in the remote storage.\n"


def test_data_that_was_not_pushed_is_named_with_the_remedy(project):
    shutil.rmtree(project.remote)
    done = project.ci("ci/pushed")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: not in the remote storage, or it can't be reached:",
        "  model.txt",
        "Run `dvc push` where the pipeline ran, then run this job again.",
    ]


def test_without_a_remote_nothing_is_called_pushed(project):
    project.write(".dvc/config", "")
    done = project.ci("ci/pushed")
    assert (done.returncode, done.stdout) == (2, "")
    assert "DVC has no default remote here" in done.stderr
    assert "Run `dvc remote add --default NAME URL` and commit .dvc/config." in done.stderr


def test_a_secret_becomes_the_local_config_that_only_its_owner_reads(project):
    done = project.ci("ci/remote", DVC_CONFIG_LOCAL=KEYS, DVC_REMOTE="storage")
    assert (done.returncode, done.stdout, done.stderr) == (0, "DVC uses storage.\n", "")
    local = project.folder / ".dvc/config.local"
    assert local.stat().st_mode & 0o777 == 0o600
    assert project.run("dvc", "config", "remote.storage.jobs") == "3\n"
    assert project.git("status", "--porcelain") == ""
    project.run("ci/remote", "--forget")
    assert not local.exists()


def test_the_variable_chooses_among_remotes(project):
    project.run("dvc", "remote", "add", "--quiet", "mirror", "../mirror")
    assert project.ci("ci/remote", DVC_REMOTE="mirror").stdout == "DVC uses mirror.\n"
    assert project.run("dvc", "config", "core.remote") == "mirror\n"


def test_without_secret_and_variable_nothing_is_written(project):
    assert project.run("ci/remote") == "DVC uses its default remote.\n"
    assert not (project.folder / ".dvc/config.local").exists()


@pytest.mark.parametrize("name", ["storag", "--unset", "true", "stor.ge"])
def test_a_variable_that_names_no_remote(project, name):
    done = project.ci("ci/remote", DVC_CONFIG_LOCAL=KEYS, DVC_REMOTE=name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: DVC_REMOTE is {name}, expected the name of a remote. There are: storage\n")
    assert not (project.folder / ".dvc/config.local").exists()


@pytest.mark.parametrize("secret", ["sesame [", "['remote \"storage\"']\n    sesame = sesame"])
def test_a_secret_that_dvc_cannot_use_is_never_printed(project, secret):
    done = project.ci("ci/remote", DVC_CONFIG_LOCAL=secret, DVC_REMOTE="storage")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: DVC can't use what DVC_CONFIG_LOCAL holds. Expected")
    assert "sesame" not in done.stderr
    assert not (project.folder / ".dvc/config.local").exists()


def test_credentials_of_somebody_are_not_overwritten(project):
    project.write(".dvc/config.local", "[core]\n    # mine\n")
    done = project.ci("ci/remote", DVC_CONFIG_LOCAL=KEYS)
    assert done.returncode == 2
    assert done.stderr.startswith("error: .dvc/config.local exists, and may hold credentials of yours.")
    project.run("ci/remote", "--forget")
    assert (project.folder / ".dvc/config.local").read_text() == "[core]\n    # mine\n"
