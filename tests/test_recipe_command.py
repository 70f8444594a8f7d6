"""`ageline recipe`, as one types it, in a repository whose only stage copies params.yaml; DVC itself runs it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repository import Repository

from ageline.cli import main
from ageline.yaml12 import read_yaml

ROOT = Path(__file__).parent.parent
STAGE = """\
stages:
  train:
    cmd: {command}
    params: [target, ingest, augment, model, train]
    outs: [seen.yaml]
"""


class Project(Repository):
    """A DVC repository with the shipped params and recipes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str = "cp params.yaml seen.yaml"):
        super().__init__(folder, monkeypatch)
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
        subprocess.run(["dvc", "init", "--quiet"], check=True)
        shutil.copytree(ROOT / "recipes", folder / "recipes")
        shutil.copy(ROOT / "params.yaml", folder)
        self.commit({"dvc.yaml": STAGE.format(command=command), ".gitignore": "/seen.yaml\n"})

    def seen(self) -> dict:
        return read_yaml((self.folder / "seen.yaml").read_text())


@pytest.fixture
def project(tmp_path, monkeypatch):
    return Project(tmp_path / "project", monkeypatch)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """The current folder, with the shipped params and recipes alone."""
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_recipe_runs_as_an_experiment_of_its_name(project, capfd):
    assert main(["recipe", "run", "A4+"]) == 0
    printed = capfd.readouterr().out
    assert printed.startswith("dvc exp run -n A4+ -S ingest.image_size=300 -S ingest.face_crop=stretch ")
    assert "Running stage 'train'" in printed
    assert "Ran experiment(s): A4+" in printed
    seen = project.seen()
    assert (seen["train"]["optimizer"]["learning_rate"], seen["model"]["top"]["units"]) == (5e-5, [256, 64])
    assert seen["train"]["optimizer"]["weight_decay"] is None
    assert seen["train"]["phases"]["polish"] == {"epochs": 10, "trainable": "all", "learning_rate_factor": 0.1}
    # As with any `dvc exp run`, the files here are now the experiment's, and HEAD is what it was.
    assert project.git("status", "--porcelain") == "M params.yaml\n?? dvc.lock"

    assert main(["recipe", "run", "A4+"]) == 2
    assert capfd.readouterr() == (
        "",
        "error: an experiment A4+ of this commit exists already. Remove it with `dvc exp remove A4+`, or use --name.\n",
    )
    assert main(["recipe", "run", "A2", "-S", "train.phases.fine_tune.trainable=[conv2,conv5]"]) == 0
    assert project.seen()["train"]["phases"]["fine_tune"]["trainable"] == ["conv2", "conv5"]
    assert project.seen()["train"]["phases"]["polish"]["epochs"] == 0


def test_an_experiment_in_a_folder_of_its_own_or_in_the_queue_leaves_the_files_here(project, capfd):
    assert main(["recipe", "run", "E", "--temp", "--budget", "smoke"]) == 0
    assert main(["recipe", "run", "D", "--queue"]) == 0
    assert project.git("status", "--porcelain") == ""
    assert "Queued experiment 'D' for future execution." in capfd.readouterr().out
    shown = project.git("show", f"{experiment(project, 'E-smoke')}:params.yaml")
    assert (read_yaml(shown)["target"], read_yaml(shown)["ingest"]["max_faces"]) == ("gender", 100)

    assert main(["recipe", "run", "D", "--queue"]) == 2
    assert capfd.readouterr().err == (
        "error: an experiment D of this commit exists already. Remove it with `dvc queue remove D`, or use --name.\n"
    )


def experiment(project: Project, name: str) -> str:
    refs = project.git("for-each-ref", "--format=%(refname)", "refs/exps").splitlines()
    return next(ref for ref in refs if ref.endswith(f"/{name}"))


def test_the_exit_status_of_dvc_is_handed_on(tmp_path, monkeypatch, capfd):
    Project(tmp_path / "failing", monkeypatch, command="exit 3")
    assert main(["recipe", "run", "C"]) == 255
    assert "failed to run: exit 3" in capfd.readouterr().err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 255), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_to_be_interrupted_or_told_to_end_is_for_dvc_too(tmp_path, monkeypatch, number, status):
    Project(tmp_path / "slow", monkeypatch, command="touch started && sleep 20")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "ageline.cli", "recipe", "run", "C"]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        deadline = time.monotonic() + 60
        while not Path("started").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        # A terminal interrupts all that runs in it; who tells to end tells one process.
        os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
        assert process.wait(timeout=15) == status


@pytest.mark.long
@pytest.mark.usefixtures("project")
def test_each_experiment_of_a_sweep_is_looked_up_by_the_name_that_dvc_gives_it(capfd):
    assert main(["recipe", "run", "D", "--queue", "-S", "train.seed=1,2"]) == 0
    assert "Queued experiment 'D-2'" in capfd.readouterr().out
    assert main(["recipe", "run", "D", "--name", "D-1", "-S", "train.seed=1"]) == 0
    assert main(["recipe", "run", "D", "--queue", "-S", "train.seed=1,2"]) == 2
    assert "error: an experiment D-1 of this commit exists already. Remove it with `dvc exp" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "A51"], "error: recipes/ has no recipe 'A51'. Did you mean A5?\n"),
        (["show", "a4+"], "error: recipes/ has no recipe 'a4+'. Did you mean A4+?\n"),
        (["run", "zzz"], "error: recipes/ has no recipe 'zzz'. It has A1, A2, A3, A4, A4+, A5, A6, A7, B, B70, B200,"),
        (
            ["run", "A5", "-S", "train.batchsize=3"],
            "train.batchsize: unknown key, received 3. Did you mean batch_size?",
        ),
        (["run", "A5", "-S", "train.seed=1,2"], "error: -S with several values by comma makes an experiment of each"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_cannot_be_run_is_said_before_anything_runs(capfd, arguments, message):
    assert main(["recipe", *arguments]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert message in printed.err


@pytest.mark.usefixtures("here")
def test_recipes_are_listed_with_what_they_reached(capsys):
    assert main(["recipe", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "A1     ResNet50 at 256 pixels with a wide top, where its study began.",
        "       MAE 7.60 on the first 20% of the rows of labels.csv.",
    ]
    assert [line.split()[0] for line in lines[::2]] == [
        "A1", "A2", "A3", "A4", "A4+", "A5", "A6", "A7", "B", "B70", "B200", "C", "D", "E", "quick",
    ]  # fmt: skip
    assert len(lines) == 30


@pytest.mark.usefixtures("here")
def test_a_recipe_is_shown_with_what_it_changes_here_and_the_command(capsys):
    assert main(["recipe", "show", "A6"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("A6: A5 at 224 pixels.\n\nFrom: system A of the published studies")
    assert "\nOurs: model.top.output_bias stays mean" in shown
    assert "\ntrain:\n  batch_size: 32\n" in shown
    assert "In params.yaml it changes\n  ingest.image_size: 48 -> 224\n  ingest.face_crop: whole -> stretch\n" in shown
    assert "  train.optimizer.weight_decay: 0.05 -> null\n" in shown
    assert shown.endswith(" -S train.phases.fine_tune.epochs=50 -S train.checkpoint.use=last\n")
    assert "\nwhich is\n  dvc exp run -n A6 -S ingest.image_size=224 -S ingest.face_crop=stretch -S " in shown
    assert "-S 'model.top.units=[256,64]'" in shown

    assert main(["recipe", "show", "quick"]) == 0
    assert "In params.yaml it changes nothing.\n" in capsys.readouterr().out


def test_params_yaml_may_be_half_edited_if_the_recipe_completes_it(here, capsys):
    text = (here / "params.yaml").read_text()
    (here / "params.yaml").write_text(text.replace("target: age", "target: gender"))
    assert main(["recipe", "show", "E"]) == 0
    assert "target: " not in capsys.readouterr().out.partition("In params.yaml it changes")[2]


def test_outside_of_a_project(here, capsys):
    (here / "params.yaml").unlink()
    assert main(["recipe", "run", "A5"]) == 2
    assert "error: params.yaml does not exist in " in capsys.readouterr().err
    shutil.rmtree(here / "recipes")
    for arguments in (["list"], ["show", "A5"], ["run", "A5"]):
        assert main(["recipe", *arguments]) == 2
        assert "error: recipes/ does not exist in " in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_without_git_or_dvc(capsys, monkeypatch, tmp_path):
    git = shutil.which("git")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["recipe", "run", "A5"]) == 2
    assert "error: git is not installed" in capsys.readouterr().err
    (tmp_path / "git").symlink_to(git)
    assert main(["recipe", "run", "A5"]) == 2
    assert "error: dvc is not installed, or not on PATH. `make setup` installs it" in capsys.readouterr().err


def test_in_a_repository_without_dvc(project, capfd):
    shutil.rmtree(project.folder / ".dvc")
    assert main(["recipe", "run", "A5"]) == 253
    assert "you are not inside of a DVC repository" in capfd.readouterr().err
    assert main(["recipe", "run", "A5", "--queue"]) == 2
    assert "error: dvc queue status failed: ERROR: you are not inside of a DVC repository" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: [1", "recipes/mine.yaml is not readable as YAML"),
        ("# mine: nothing yet.\n", "recipes/mine.yaml should hold sections such as `train:`, received None"),
        ("data:\n  source: data/raw/faces\n", "recipes/mine.yaml sets data.source, which no recipe steers"),
        ("target: gender\n", "params.yaml with recipe mine is not valid, nothing was run:\n  model.top.head should be"),
    ],
)
def test_a_recipe_of_ones_own_that_cannot_be_run(here, capsys, text, message):
    (here / "recipes/mine.yaml").write_text(text)
    assert main(["recipe", "run", "mine"]) == 2
    assert message in capsys.readouterr().err


def test_a_recipe_of_ones_own_is_one_among_others(here, capsys):
    (here / "recipes/wide.yaml").write_text("# wide: A wider top.\nmodel:\n  top:\n    units: [512]\n")
    assert main(["recipe", "show", "wide"]) == 0
    assert "  model.top.units: null -> [512]\n" in capsys.readouterr().out
    assert main(["recipe", "list"]) == 0
    assert "wide   A wider top.\n" in capsys.readouterr().out
