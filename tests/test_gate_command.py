"""`ageline gate`, as one types it in a repository."""

import json
import re
import subprocess
import sys

import pytest
from repository import AGES, Repository, params_with_limit, run_of, run_of_genders

from ageline.cli import main
from ageline.gate.runs import METRICS, PREDICTIONS

PASSED = "mae 6.00 years [6.00, 6.00], limit 8.00; "


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Two commits, first without and then with a run; the model in the working tree is a better one."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({"params.yaml": params_with_limit("8.0")})
    project.commit(run_of([6.2] * 80))
    write(project, run_of([6.0] * 80))
    return project


def write(project: Repository, files: dict[str, str]) -> None:
    for path, text in files.items():
        project.write(path, text)


def params_of_genders() -> str:
    shipped = params_with_limit("0.6")
    learned = {"target: age": "target: gender", "metric: mae": "metric: accuracy", "head: regression": "head: classes",
               "loss: mae": "loss: crossentropy", "monitor: val_mae": "monitor: val_accuracy"}  # fmt: skip
    for of_age, of_gender in learned.items():
        assert shipped.count(f"{of_age} ") + shipped.count(f"{of_age}\n") == 1, of_age
        shipped = shipped.replace(of_age, of_gender)
    return shipped


@pytest.mark.usefixtures("repository")
def test_a_model_within_the_limit_passes(capsys):
    assert main(["gate"]) == 0
    assert capsys.readouterr() == (
        "There is no base to compare with: judged on the limit alone.\n"
        "mae 6.00 years [6.00, 6.00], limit 8.00: passed.\n",
        "",
    )


@pytest.mark.usefixtures("repository")
def test_a_better_model_passes(capsys):
    assert main(["gate", "--base", "main"]) == 0
    assert capsys.readouterr().out == f"{PASSED}0.20 better than at main on the same 80 faces: passed.\n"


def test_a_worse_model_is_refused_with_each_reason(repository, capsys):
    write(repository, run_of([9.0] * 80))
    assert main(["gate", "--base=main"]) == 1
    assert capsys.readouterr() == (
        "mae is 9.00 years, over the limit of 8.00 (gate.limit).\n"
        "mae is 2.80 years worse than at main on the same 80 faces, with 95% confidence at least 2.80: more than the"
        " tolerance of 0.10 (gate.tolerance).\n",
        "",
    )


def test_a_worse_age_is_refused(repository, capsys):
    repository.commit(run_of([6.2] * 400))
    write(repository, run_of([5.9 if age != 15 else 7.9 for age in AGES] * 50))
    assert main(["gate", "--base", "main"]) == 1
    assert capsys.readouterr().out.startswith("mae of ages 13-17 is 1.70 years worse than at main on the same 50 faces")


def test_a_commit_is_named_by_its_first_letters(repository, capsys):
    commit = repository.git("rev-parse", "HEAD")
    assert main(["gate", "--base", commit]) == 0
    assert f"better than at {commit[:10]} on" in capsys.readouterr().out


def test_a_commit_is_judged_whatever_lies_in_the_working_tree(repository, capsys):
    repository.commit(run_of([6.0] * 80))
    write(repository, run_of([9.0] * 80))
    assert main(["gate", "--base", "main~1", "--head", "main"]) == 0
    assert capsys.readouterr().out == f"{PASSED}0.20 better than at main~1 on the same 80 faces: passed.\n"
    assert main(["gate", "--head", "main~2"]) == 2
    assert "metrics/metrics.json and metrics/predictions.csv do not exist at main~2." in capsys.readouterr().err
    assert main(["gate", "--head", "nosuch"]) == 2
    assert "'nosuch' is no revision of this repository" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_a_first_run_has_no_base(capsys):
    assert main(["gate", "--base", "main~1"]) == 0
    assert capsys.readouterr().out == (
        "main~1 has no metrics/metrics.json and no metrics/predictions.csv yet: a first run, judged on the limit"
        " alone.\n"
        "mae 6.00 years [6.00, 6.00], limit 8.00: passed.\n"
    )


def test_another_test_fold_waits_to_be_accepted(repository, capsys):
    write(repository, run_of([6.0] * 81))
    assert main(["gate", "--base", "main"]) == 3
    assert capsys.readouterr().out == (
        "The test fold is another than that of main: 1 added (face080). Compared are the 80 faces that are the same in"
        " both. If that is meant, give --accept-test-change.\n"
        f"{PASSED}0.20 better than at main on the same 80 faces: passes once --accept-test-change is given.\n"
    )
    assert main(["gate", "--base", "main", "--accept-test-change"]) == 0
    assert "the same 80 faces: passed." in capsys.readouterr().out


def test_a_moved_limit_is_told(repository, capsys):
    moved = (
        params_with_limit("9").replace("bin_tolerance: 0.5", "bin_tolerance: 5").replace("    seed: 1", "    seed: 2")
    )
    repository.write("params.yaml", moved)
    assert main(["gate", "--base", "main"]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "evaluate.bootstrap.seed is 2 here and was 1 at main.",
        "gate.limit is 9.0 here and was 8.0 at main.",
        "gate.bin_tolerance is 5.0 here and was 0.5 at main.",
    ]


@pytest.mark.parametrize(
    "params",
    [
        "",
        "gate: {limit: 8.0}\n",
        "<<<<<<< HEAD\n",
        "gate: 7\n",
        "gate: {limit: !!timestamp 2020-01-01}\n",
        "gate: {limit: !!float abc}\n",
        "gate: {limit: [" + 4000 * "[",
        None,
    ],
)
def test_a_base_with_older_or_broken_params_is_compared_all_the_same(repository, params):
    if params is None:
        repository.git("rm", "--quiet", "params.yaml")
        repository.commit({})
        repository.write("params.yaml", params_with_limit("8.0"))
    else:
        shipped = (repository.folder / "params.yaml").read_text()
        repository.commit(run_of([6.2] * 80) | {"params.yaml": params})
        repository.write("params.yaml", shipped)
    write(repository, run_of([6.0] * 80))
    assert main(["gate", "--base", "main"]) == 0


def test_the_verdict_as_json_is_all_of_stdout(repository, capsys):
    write(repository, run_of([9.0] * 80))
    assert main(["gate", "--base", "main", "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["status"], verdict["passed"], len(verdict["reasons"])) == (1, False, 2)


@pytest.mark.usefixtures("repository")
def test_the_verdict_as_markdown(capsys):
    assert main(["gate", "--base", "main", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith(f"### The gate: passed\n\n- {PASSED}0.20 better than at main")


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (METRICS, '{"mae": NaN}', "metrics/metrics.json has the mae nan, expected a number of years"),
        (METRICS, "{", "metrics/metrics.json is not readable as JSON"),
        (METRICS, '{"mae": 5.0, "n_test": 80}', "contradict each other: the first has the mae 5, the 80 faces of"),
        (
            METRICS,
            '{"accuracy": 0.9}',
            "metrics/metrics.json has accuracy and no mae (gate.metric): it is of a run with",
        ),
        (METRICS, None, "metrics/metrics.json does not exist, while metrics/predictions.csv does"),
        (PREDICTIONS, None, "metrics/predictions.csv does not exist, while metrics/metrics.json does"),
        (PREDICTIONS, "face_id,true,predicted\na,1,2\na,1,2\n", "metrics/predictions.csv, line 3: the face 'a' comes"),
        ("params.yaml", params_with_limit("none"), "gate.limit: should be a valid number"),
        ("params.yaml", None, "params.yaml does not exist in"),
        ("params.yaml", "gate: {limit: !!float abc}", "params.yaml is not readable as YAML"),
        ("params.yaml", "gate: " + 4000 * "[", "params.yaml is not readable as YAML"),
        (
            "params.yaml",
            re.sub("batch_size: .*", "batchsize: 18", params_with_limit("8.0")),
            "train.batchsize: unknown key, received 18",
        ),
    ],
)
def test_a_run_that_cannot_be_judged_is_an_error(repository, capsys, path, text, message):
    if text is None:
        (repository.folder / path).unlink()
    else:
        repository.write(path, text)
    assert main(["gate", "--base", "main"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert message in printed.err


def test_no_run_at_all_is_an_error(repository, capsys):
    for path in (METRICS, PREDICTIONS):
        (repository.folder / path).unlink()
    assert main(["gate", "--base", "main"]) == 2
    assert "metrics/metrics.json and metrics/predictions.csv do not exist in" in capsys.readouterr().err


@pytest.mark.parametrize("path", [METRICS, PREDICTIONS])
def test_bytes_that_are_no_text_are_an_error(repository, capsys, path):
    (repository.folder / path).write_bytes(b"\xff\xfe\x00")
    assert main(["gate"]) == 2
    assert f"{path} cannot be read: 'utf-8' codec can't decode" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("rev", ["nosuch", "", "--help", "HEAD:metrics"])
def test_an_unknown_base_has_a_status_of_its_own(capsys, rev):
    assert main(["gate", f"--base={rev}"]) == 4
    assert f"error: {rev!r} is no revision of this repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({METRICS: "{}"}, "metrics/metrics.json at main has no `mae` (gate.metric), it has nothing."),
        ({PREDICTIONS: "<<<<<<< HEAD\n"}, "metrics/predictions.csv at main has no column face_id and no true"),
        ({METRICS: '{"mae": 5.0}'}, "metrics/metrics.json at main and metrics/predictions.csv at main contradict"),
    ],
)
def test_a_broken_base_has_the_same_status_and_a_remedy(repository, capsys, files, message):
    repository.commit(run_of([6.2] * 80) | files)
    write(repository, run_of([6.0] * 80))
    assert main(["gate", "--base", "main"]) == 4
    error = capsys.readouterr().err
    assert message in error
    assert "Mend main: run `dvc repro` there and commit the result. Or name another --base, or judge wi" in error


def test_a_base_without_its_predictions_is_an_error(repository, capsys):
    repository.git("rm", "--quiet", "-f", PREDICTIONS)
    repository.commit({})
    write(repository, run_of([6.0] * 80))
    assert main(["gate", "--base", "main"]) == 4
    assert "metrics/predictions.csv at main does not exist, while metrics/metrics.json does" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_outside_of_a_repository_there_is_no_base(tmp_path, monkeypatch, capsys):
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    for path, text in (run_of([6.0] * 80) | {"params.yaml": params_with_limit("8.0")}).items():
        (outside / path).parent.mkdir(exist_ok=True)
        (outside / path).write_text(text)
    assert main(["gate"]) == 0
    assert main(["gate", "--base", "main"]) == 4
    assert "git finds no repository here" in capsys.readouterr().err


def test_genders_are_judged_by_their_accuracy(repository, capsys):
    repository.commit({"params.yaml": params_of_genders()} | run_of_genders([True] * 190 + [False] * 10))
    write(repository, run_of_genders([True] * 140 + [False] * 60))
    assert main(["gate", "--base", "main"]) == 1
    assert capsys.readouterr().out.startswith("accuracy is 0.2500 worse than at main on the same 200 faces")


def test_a_base_of_another_target_waits_to_be_accepted(repository, capsys):
    write(repository, {"params.yaml": params_of_genders()} | run_of_genders([True] * 190 + [False] * 10))
    assert main(["gate", "--base", "main"]) == 3
    assert "main has mae and no accuracy, for its target is age: nothing can be compared" in capsys.readouterr().out
    assert main(["gate", "--base", "main", "--accept-test-change"]) == 0


@pytest.mark.usefixtures("repository")
def test_the_gate_starts_without_a_heavy_library():
    program = "import sys; from ageline.cli import main; main(['gate', '--base', 'main']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"pandas", "pyarrow", "matplotlib", "scipy", "keras", "tensorflow", "dvc"} & set(done.stdout.split())


def test_what_stands_in_a_file_can_neither_steer_a_terminal_nor_begin_a_line(repository, capsys):
    repository.write(PREDICTIONS, 'face_id,true,predicted\n"a\n::error::\x1b[2J",1,2\n"a\n::error::\x1b[2J",1,2\n')
    assert main(["gate"]) == 2
    assert "the face 'a\\n::error::\\x1b[2J' comes twice" in capsys.readouterr().err
    repository.write(METRICS, '{"a\\n::error::\\u001b[2J": 1}')
    assert main(["gate"]) == 2
    assert "it has 'a\\n::error::\\x1b[2J'" in capsys.readouterr().err
