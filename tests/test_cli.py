"""`ageline`, as one types it."""

import re
import subprocess
import sys

import pytest
from repository import Repository, params_with_limit

from ageline.cli import main


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Two commits, first without and then with metrics; the model in the working tree is a better one."""
    project = Repository(tmp_path / "repository", monkeypatch)
    project.commit({"params.yaml": params_with_limit("8.0")})
    project.commit({"metrics/metrics.json": '{"mae": 6.3}\n'})
    project.write("metrics/metrics.json", '{"mae": 6.1, "mae_low": 5.4, "mae_high": 6.9}\n')
    return project


@pytest.fixture
def gender_repository(repository):
    """The same, with a branch on which gender is learned, and a better model in the working tree."""
    repository.git("checkout", "--quiet", "-b", "gender")
    shipped = params_with_limit("0.95")
    learned = {"target: age": "target: gender", "metric: mae": "metric: accuracy", "head: regression": "head: classes",
               "loss: mae": "loss: crossentropy", "monitor: val_mae": "monitor: val_accuracy"}  # fmt: skip
    for of_age, of_gender in learned.items():
        assert shipped.count(f"{of_age} ") + shipped.count(f"{of_age}\n") == 1, of_age
        shipped = shipped.replace(of_age, of_gender)
    repository.commit({"params.yaml": shipped, "metrics/metrics.json": '{"accuracy": 0.959}'})
    repository.write("metrics/metrics.json", '{"accuracy": 0.9616, "accuracy_low": 0.9512, "accuracy_high": 0.9698}')
    return repository


@pytest.mark.usefixtures("repository")
def test_a_model_within_the_limit_passes(capsys):
    assert main(["gate"]) == 0
    assert capsys.readouterr() == ("mae 6.10 years [5.40, 6.90], limit 8.00: passed.\n", "")


@pytest.mark.usefixtures("repository")
def test_a_better_model_passes(capsys):
    assert main(["gate", "--base", "main"]) == 0
    assert capsys.readouterr().out == "mae 6.10 years [5.40, 6.90], limit 8.00, 6.30 at main: passed.\n"


def test_a_worse_model_fails(repository, capsys):
    repository.write("metrics/metrics.json", '{"mae": 6.5}')
    assert main(["gate", "--base", "main"]) == 1
    assert capsys.readouterr() == (
        "mae is 6.50 years, 0.20 worse than 6.30 at main, more than the tolerance of 0.10 (gate.tolerance).\n",
        "",
    )


def test_a_bad_model_fails_with_each_reason(repository, capsys):
    repository.write("metrics/metrics.json", '{"mae": 9.12}')
    assert main(["gate", "--base=main"]) == 1
    assert capsys.readouterr().out == (
        "mae is 9.12 years, over the limit of 8.00 (gate.limit).\n"
        "mae is 9.12 years, 2.82 worse than 6.30 at main, more than the tolerance of 0.10 (gate.tolerance).\n"
    )


def test_a_commit_is_named_by_its_first_letters(repository, capsys):
    commit = repository.git("rev-parse", "HEAD")
    assert main(["gate", "--base", commit]) == 0
    assert f"6.30 at {commit[:10]}: passed." in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_a_base_without_metrics(capsys):
    assert main(["gate", "--base", "main~1"]) == 0
    assert capsys.readouterr().out == (
        "main~1 has no metrics/metrics.json yet: judged on the limit alone.\n"
        "mae 6.10 years [5.40, 6.90], limit 8.00: passed.\n"
    )


def test_the_limit_is_that_of_params_yaml(repository, capsys):
    repository.write("params.yaml", params_with_limit("5"))
    assert main(["gate"]) == 1
    assert capsys.readouterr().out == "mae is 6.10 years, over the limit of 5.00 (gate.limit).\n"


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("metrics/metrics.json", '{"mae": NaN}', "metrics/metrics.json has the mae nan, expected a number of years"),
        ("metrics/metrics.json", "{", "metrics/metrics.json is not readable as JSON"),
        ("params.yaml", params_with_limit("none"), "gate.limit: should be a valid number"),
        (
            "params.yaml",
            re.sub("batch_size: .*", "batchsize: 18", params_with_limit("8.0")),
            "train.batchsize: unknown key, received 18",
        ),
    ],
)
def test_what_cannot_be_judged_is_an_error(repository, capsys, path, text, message):
    repository.write(path, text)
    assert main(["gate"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert message in printed.err


def test_accuracy_is_judged_where_gender_is_learned(gender_repository, capsys):
    assert main(["gate", "--base", "gender"]) == 0
    assert capsys.readouterr().out == "accuracy 0.9616 [0.9512, 0.9698], limit 0.9500, 0.9590 at gender: passed.\n"
    gender_repository.write("metrics/metrics.json", '{"accuracy": 0.91}')
    assert main(["gate"]) == 1
    assert capsys.readouterr().out == "accuracy is 0.9100, under the limit of 0.9500 (gate.limit).\n"


@pytest.mark.usefixtures("gender_repository")
def test_a_base_of_another_target(capsys):
    assert main(["gate", "--base", "main"]) == 0
    assert capsys.readouterr().out == (
        "main has mae and no accuracy, for its target is age: judged on the limit alone.\n"
        "accuracy 0.9616 [0.9512, 0.9698], limit 0.9500: passed.\n"
    )


def test_metrics_of_another_target_are_an_error(gender_repository, capsys):
    gender_repository.write("metrics/metrics.json", '{"mae": 6.1, "n_test": 9}')
    assert main(["gate"]) == 2
    assert capsys.readouterr().err == (
        "error: metrics/metrics.json has no `accuracy` (gate.metric), it has mae, n_test. A run with `target: gender`"
        " writes it. Run `dvc repro` and commit the result.\n"
    )


def test_a_missing_file_is_an_error(repository, capsys):
    (repository.folder / "metrics/metrics.json").unlink()
    assert main(["gate"]) == 2
    assert "metrics/metrics.json cannot be read" in capsys.readouterr().err


def test_broken_metrics_at_the_base_are_an_error(repository, capsys):
    repository.git("checkout", "--quiet", "-b", "broken")
    repository.commit({"metrics/metrics.json": "{}"})
    repository.write("metrics/metrics.json", '{"mae": 6.1}')
    assert main(["gate", "--base", "broken"]) == 2
    assert capsys.readouterr().err == (
        "error: metrics/metrics.json at broken has no `mae` (gate.metric), it has nothing. A run with `target: age`"
        " writes it. Mend broken first, or judge without --base.\n"
    )


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("rev", ["nosuch", "", "--help"])
def test_an_unknown_base_is_an_error(capsys, rev):
    assert main(["gate", f"--base={rev}"]) == 2
    assert f"error: {rev!r} is no revision of this repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        (["--version"], 0, "ageline 0."),
        (["--help"], 0, "gate"),
        (["gate", "--help"], 0, "--base REV"),
        (["data", "--help"], 0, "check"),
        (["recipe", "--help"], 0, "run a recipe as an experiment of DVC"),
        (["recipe", "run", "--help"], 0, "--budget {smoke}"),
        (["data", "check", "--help"], 0, "--pattern REGEX"),
        ([], 2, ""),
        (["data"], 2, ""),
        (["recipe"], 2, ""),
        (["recipe", "run", "A5", "--queue", "--temp"], 2, ""),
    ],
)
def test_help(arguments, status, printed, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == status
    assert printed in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_the_gate_loads_no_heavy_library():
    program = "import sys; from ageline.cli import main; main(['gate', '--base', 'main']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"pandas", "numpy", "pyarrow", "matplotlib", "keras", "tensorflow", "dvc"} & set(done.stdout.split())
