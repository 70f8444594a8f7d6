"""Files as revisions have them, in a repository of two commits."""

import shutil
import subprocess
from pathlib import Path

import pytest
from repository import Repository

from ageline.errors import AgelineError
from ageline.revisions import describe, experiments, fetch_model, read_at, resolve


@pytest.fixture
def repository(tmp_path, monkeypatch):
    two_commits = Repository(tmp_path / "repository", monkeypatch)
    two_commits.commit({"age.txt": "42\n"})
    two_commits.commit({"age.txt": "43\n", "part/gender.txt": "é\n"})
    return two_commits


def test_each_revision_has_its_own_text(repository):
    repository.write("age.txt", "not committed\n")
    repository.git("tag", "v1", "HEAD~1")
    assert read_at("main", "age.txt") == "43\n"
    assert read_at("HEAD~1", "age.txt") == read_at("v1", "age.txt") == "42\n"
    assert read_at(repository.git("rev-parse", "HEAD~1"), "age.txt") == "42\n"
    assert read_at("main", "part/gender.txt") == "é\n"


@pytest.mark.usefixtures("repository")
def test_a_file_that_the_revision_lacks():
    assert read_at("HEAD~1", "part/gender.txt") is None
    assert read_at("main", "no/such.txt") is None


def test_paths_start_from_the_current_folder(repository, monkeypatch):
    monkeypatch.chdir(repository.folder / "part")
    assert read_at("main", "gender.txt") == "é\n"
    assert read_at("main", "age.txt") is None


@pytest.mark.parametrize("rev", ["nosuch", "", "^main", "main..HEAD", "HEAD:age.txt", "0" * 40, "--all", "--output=x"])
def test_a_name_that_is_no_revision(repository, rev):
    with pytest.raises(AgelineError, match=r"is no revision of this repository.*`git fetch origin`"):
        read_at(rev, "age.txt")
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git", "age.txt", "part"]


def test_a_shallow_clone_lacks_the_past(repository, tmp_path, monkeypatch):
    past = repository.git("rev-parse", "HEAD~1")
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(AgelineError, match="git fetch --unshallow"):
        resolve(past)


def test_a_commit_is_called_by_its_letters_or_its_tag_and_a_change_is_said(repository):
    assert describe() == repository.git("rev-parse", "--short", "HEAD")
    repository.git("tag", "--annotate", "v1", "--message=First", "HEAD~1")
    assert describe() == f"v1-1-g{repository.git('rev-parse', '--short', 'HEAD')}"
    repository.write("age.txt", "44\n")
    assert describe().endswith("-dirty")


def test_a_repository_without_a_commit_has_no_revision(tmp_path, monkeypatch):
    Repository(tmp_path / "empty", monkeypatch)
    with pytest.raises(AgelineError, match=r"git can't name a commit here: .*Commit first"):
        describe()


def test_experiments_are_those_of_one_commit(repository):
    head = repository.git("rev-parse", "HEAD")
    for name in ("A4+", "D-smoke"):
        repository.git("update-ref", f"refs/exps/{head[:2]}/{head[2:]}/{name}", head)
    assert experiments() == ["A4+", "D-smoke"]
    assert experiments("HEAD~1") == []


@pytest.mark.usefixtures("repository")
def test_a_folder_that_is_no_repository(tmp_path, monkeypatch):
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    with pytest.raises(AgelineError, match=r"no repository here: fatal: not a git repository.*Run from a clone"):
        read_at("main", "age.txt")


def test_a_machine_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AgelineError, match="git is not installed"):
        read_at("main", "age.txt")


DVC_YAML = """\
stages:
  export:
    cmd: mkdir -p models && echo onnx > models/model.onnx && echo '{}' > models/model.json
    outs: [models/model.onnx, models/model.json]
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A repository whose first commit has no model and whose second has one, in DVC's cache."""
    with pytest.MonkeyPatch.context() as patch:
        made = Repository(tmp_path_factory.mktemp("exported") / "repository", patch)
        made.commit({".gitignore": "/models/\n/.scratch/\n"})
        made.write("dvc.yaml", DVC_YAML)
        for command in (("init", "--quiet"), ("repro", "--quiet")):
            subprocess.run(["dvc", *command], cwd=made.folder, check=True)
        made.commit({})
        made.git("tag", "v1")
    return made


@pytest.fixture
def in_exported(exported, monkeypatch):
    monkeypatch.chdir(exported.folder)
    return exported


def test_the_model_of_a_revision_is_fetched_once(in_exported):
    commit = in_exported.git("rev-parse", "HEAD")
    shutil.rmtree("models")
    folder = fetch_model("v1")
    assert folder == Path(".scratch/models", commit)
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"model.onnx": "onnx\n", "model.json": "{}\n"}
    (folder / "model.onnx").write_text("as it was fetched\n")
    assert fetch_model("main") == folder
    assert (folder / "model.onnx").read_text() == "as it was fetched\n"


def test_a_model_is_fetched_from_any_folder_of_the_repository(in_exported, monkeypatch):
    (in_exported.folder / "docs/images").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(in_exported.folder / "docs/images")
    shutil.rmtree("../../.scratch", ignore_errors=True)
    folder = fetch_model("v1")
    assert folder == Path("../../.scratch/models", in_exported.git("rev-parse", "HEAD"))
    assert (folder / "model.onnx").read_text() == "onnx\n"


@pytest.mark.usefixtures("in_exported")
def test_a_revision_without_an_exported_model():
    with pytest.raises(
        AgelineError, match=r"HEAD~1 has no exported model: its dvc\.lock does not name models/model\.onnx"
    ):
        fetch_model("HEAD~1")
    with pytest.raises(AgelineError, match="'nosuch' is no revision of this repository"):
        fetch_model("nosuch")


def test_a_model_that_is_nowhere_any_more(in_exported, tmp_path, monkeypatch):
    in_exported.git("clone", "--quiet", str(in_exported.folder), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    with pytest.raises(AgelineError, match=r"models/model\.onnx of v1 can't be fetched: .*`dvc push`"):
        fetch_model("v1")
    assert not Path(".scratch/models").exists() or not list(Path(".scratch/models").iterdir())
