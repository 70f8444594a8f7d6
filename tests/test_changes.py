"""ageline changes: what dvc.lock has otherwise, and why."""

import pytest
import yaml
from repository import Repository

from ageline.changes import Change, as_markdown, as_text, compare, read_lock
from ageline.cli import main
from ageline.errors import AgelineError


def stage(cmd="python -m stages.train", seed=1, code="aa", data="bb", out="cc") -> dict:
    """An entry of dvc.lock."""
    return {
        "cmd": cmd,
        "deps": [
            {"path": "ageline/training", "hash": "md5", "md5": code, "size": 9},
            {"path": "data/faces/train", "hash": "md5", "md5": data, "size": 9, "nfiles": 2},
        ],
        "params": {"params.yaml": {"train": {"seed": seed, "optimizer": {"name": "adam"}}, "target": "age"}},
        "outs": [{"path": "models/model.keras", "hash": "md5", "md5": out, "size": 9}],
    }


def lock(**stages: dict) -> str:
    return yaml.safe_dump({"schema": "2.0", "stages": stages}, sort_keys=False)


def changes(before: str | None, after: str) -> list[Change]:
    return compare(read_lock(before, "before"), read_lock(after, "after"))


def test_nothing_changed():
    assert changes(lock(train=stage()), lock(train=stage())) == []
    assert as_text([], "main") == "No stage changed since main."
    assert as_markdown([], "main") == "### Stages that changed since `main`\n\nNone."


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ({"cmd": "python -m stages.train --fast"}, "train: another command; wrote the same"),
        ({"seed": 2}, "train: params train.seed; wrote the same"),
        ({"code": "dd"}, "train: code ageline/training; wrote the same"),
        ({"data": "dd"}, "train: data data/faces/train; wrote the same"),
        (
            {"out": "dd"},
            "train: run again on the same command, params, code and data; wrote another models/model.keras",
        ),
        (
            {"seed": 2, "data": "dd", "out": "dd"},
            "train: params train.seed; data data/faces/train; wrote another models/model.keras",
        ),
    ],
)
def test_why_a_stage_ran_again(other, line):
    assert as_text(changes(lock(train=stage()), lock(train=stage(**other))), "main") == line


def test_a_key_or_a_path_that_came_or_went_is_a_change():
    fewer = stage()
    del fewer["deps"][0], fewer["params"]["params.yaml"]["train"]["optimizer"]
    expected = "train: params train.optimizer.name; code ageline/training; wrote the same"
    assert as_text(changes(lock(train=stage()), lock(train=fewer)), "main") == expected
    assert as_text(changes(lock(train=fewer), lock(train=stage())), "main") == expected


def test_what_dvc_says_of_a_file_beside_its_hash_is_no_change():
    larger = stage()
    larger["deps"][0] |= {"size": 10, "isexec": True}
    assert changes(lock(train=stage()), lock(train=larger)) == []


def test_new_and_gone_stages():
    found = changes(lock(train=stage(), export=stage()), lock(eda=stage(), train=stage()))
    assert found == [Change("eda", "new"), Change("export", "gone")]
    assert as_text(found, "main") == "eda: new\nexport: gone"


def test_a_base_without_dvc_lock_has_no_stages():
    assert changes(None, lock(eda=stage(), train=stage())) == [Change("eda", "new"), Change("train", "new")]


def test_a_table_for_a_pull_request():
    before = lock(eda=stage(), train=stage(), export=stage())
    after = lock(eda=stage(code="dd"), train=stage(seed=2, out="dd"), evaluate=stage())
    assert as_markdown(changes(before, after), "main").splitlines() == [
        "### Stages that changed since `main`",
        "",
        "| Stage | Why | Outs that changed |",
        "| :-- | :-- | :-- |",
        "| `eda` | code `ageline/training` | none |",
        "| `train` | params `train.seed` | `models/model.keras` |",
        "| `evaluate` | new |  |",
        "| `export` | gone |  |",
    ]


def test_names_of_others_stay_in_their_cells():
    hostile = stage()
    hostile["deps"].append({"path": "data/@x|<b>", "md5": "ee"})
    assert as_markdown(changes(lock(train=stage()), lock(train=hostile)), "a|b").splitlines() == [
        "### Stages that changed since <code>a&#124;b</code>",
        "",
        "| Stage | Why | Outs that changed |",
        "| :-- | :-- | :-- |",
        "| `train` | data <code>data&#47;&#64;x&#124;&#60;b&#62;</code> | none |",
    ]


def test_many_names_are_counted():
    wide = stage()
    wide["params"]["params.yaml"] |= {f"key{number:02}": 1 for number in range(15)}
    (change,) = changes(lock(train=stage()), lock(train=wide))
    assert as_text([change], "main") == (
        "train: params key00, key01, key02, key03, key04, key05, key06, key07, key08, key09, key10, key11, 3 more;"
        " wrote the same"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "dvc.lock should hold stages as DVC writes them, it begins with nothing. Run `dvc repro` and commit dvc"),
        ("[1, 2]", "it begins with [1, 2]. Run"),
        ("stages: {train: 3}", "it begins with stages: {train: 3}. Run"),
        ("stages: {train: {deps: []}}", "should hold stages as DVC writes them"),
        ("stages: {train: {cmd: x, deps: [3]}}", "should hold stages as DVC writes them"),
        ("stages: {train: {cmd: x, params: [3]}}", "should hold stages as DVC writes them"),
        ("<<<<<<< HEAD\na: [", "dvc.lock is not readable as YAML: "),
        ("[" * 5000, "dvc.lock "),
    ],
)
def test_a_lock_that_dvc_never_wrote(text, said):
    with pytest.raises(AgelineError) as raised:
        read_lock(text, "dvc.lock")
    assert said in str(raised.value)
    assert str(raised.value).endswith("Run `dvc repro` and commit dvc.lock.")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """main without a dvc.lock, then two commits with one, of which the second trained with another seed."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({"params.yaml": ""})
    project.commit({"dvc.lock": lock(train=stage())})
    project.commit({"dvc.lock": lock(train=stage(seed=2))})
    return project


def test_the_command_compares_with_a_revision(repository, capsys):
    repository.write("dvc.lock", lock(train=stage(seed=3)))
    assert main(["changes", "--base", "main~1"]) == 0
    assert main(["changes", "--base", "main"]) == 0
    assert main(["changes", "--base", "main~2", "--markdown"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "train: params train.seed; wrote the same",
        "train: params train.seed; wrote the same",
        "### Stages that changed since `main~2`",
        "",
        "| Stage | Why | Outs that changed |",
        "| :-- | :-- | :-- |",
        "| `train` | new |  |",
    ]


def test_the_command_compares_two_revisions(repository, capsys):
    repository.write("dvc.lock", "what a run here has left")
    assert main(["changes", "--base", "main~1", "--head", "main"]) == 0
    assert capsys.readouterr().out == "train: params train.seed; wrote the same\n"


def test_a_commit_is_named_shortly(repository, capsys):
    commit = repository.git("rev-parse", "main")
    assert main(["changes", "--base", commit]) == 0
    assert capsys.readouterr().out == f"No stage changed since {commit[:10]}.\n"


def test_a_broken_lock_is_a_sentence_and_exit_status_2(repository, capsys):
    assert main(["changes", "--base", "nowhere"]) == 2
    broken = repository.commit({"dvc.lock": "stages: 3"})[:10]
    assert main(["changes", "--base", broken]) == 2
    assert main(["changes", "--base", "main~1"]) == 2
    (repository.folder / "dvc.lock").unlink()
    assert main(["changes", "--base", "main~1"]) == 2
    unknown, base, here, missing = capsys.readouterr().err.splitlines()
    assert unknown.startswith("error: 'nowhere' is no revision of this repository")
    assert base.startswith(f"error: dvc.lock at {broken} should hold stages")
    assert base.endswith(f"Mend {broken} first: run `dvc repro` there.")
    assert here.endswith("it begins with stages: 3. Run `dvc repro` and commit dvc.lock.")
    assert missing.startswith(f"error: dvc.lock does not exist in {repository.folder}. Run `dvc repro`")
