"""The pipeline itself, run by DVC in a repository of its own, on few and small faces for a single epoch.

The model is a small CNN but for that of the recipe, a ResNet50; test_recipe_runs.py compares the bytes of two of these.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from project import SMALL_CNN, Project


def small(folder: Path) -> Project:
    made = Project.tiny(folder)
    made.set_params(SMALL_CNN)
    made.commit("A second of training")
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Project:
    """A repository in which `dvc repro` has run once."""
    made = small(tmp_path_factory.mktemp("repository"))
    assert made.repro() == ["sample", "ingest", "eda", "augment", "backbone", "train", "evaluate", "export"]
    made.commit("First run")
    return made


def test_a_run_leaves_its_metrics_and_predictions_for_git_and_the_rest_to_dvc(repository):
    assert list(repository.metrics()) == [
        "mae", "mae_low", "mae_high", "macro_mae", "rmse", "bias", "cs5", "coverage", "width", "n_test", "n_failed",
    ]  # fmt: skip
    predictions = pd.read_csv(repository.folder / "metrics/predictions.csv")
    assert list(predictions.columns) == ["face_id", "true", "predicted", "low", "high"]
    assert len(predictions) == repository.metrics()["n_test"]
    tracked = repository.run("git", "ls-files", "data", "metrics", "models", "reports").splitlines()
    assert tracked == [
        "data/detectors/README.md",
        "data/splits/README.md",
        "data/weights/README.md",
        "metrics/export.json",
        "metrics/metrics.json",
        "metrics/predictions.csv",
    ]


def test_training_leaves_its_history_its_cost_and_no_weights_that_were_not_asked_for(repository):
    history = pd.read_csv(repository.folder / "metrics/train/history.csv")
    assert history.columns.tolist() == ["epoch", "phase", "loss", "mae", "val_loss", "val_mae", "learning_rate"]
    assert history.phase.tolist() == ["fine_tune"]
    assert sorted(path.name for path in (repository.folder / "models/epochs").iterdir()) == ["epochs.csv"]
    shown = json.loads(repository.run("dvc", "metrics", "show", "--json"))
    files = next(iter(shown.values()))["data"]
    assert set(files) == {"metrics/export.json", "metrics/metrics.json", "metrics/train/cost.json"}
    assert files["metrics/train/cost.json"]["data"]["seconds"] > 0


def test_the_folds_share_no_face_and_hold_all_of_them(repository):
    folds = [
        set(pd.read_parquet(repository.folder / "data/faces" / fold / "manifest.parquet").face_id)
        for fold in ("train", "val", "test")
    ]
    assert sum(map(len, folds)) == len(set.union(*folds)) == 60


def test_copies_are_of_training_faces_alone(repository):
    train = pd.read_parquet(repository.folder / "data/faces/train/manifest.parquet")
    copies = pd.read_parquet(repository.folder / "data/augmented/manifest.parquet")
    assert len(copies) > 0
    assert set(copies.copy_of) <= set(train.face_id)


def test_suspects_are_of_all_folds_and_no_copies(repository):
    suspects = pd.read_csv(repository.folder / "metrics/evaluate/suspects.csv")
    assert len(suspects) == 50
    for fold, listed in suspects.groupby("split"):
        faces = pd.read_parquet(repository.folder / "data/faces" / fold / "manifest.parquet")
        assert set(listed.face_id) <= set(faces.face_id)
    assert set(suspects.split) == {"train", "val", "test"}


def test_nothing_runs_again_when_nothing_changed(repository):
    assert repository.repro() == []
    assert repository.run("git", "status", "--porcelain") == ""


def test_an_edited_figure_of_evaluate_trains_nothing(repository):
    repository.edit("ageline/scoring/ages/plots/agreement.py", "_MANY = 2000", "_MANY = 10")
    assert repository.repro() == ["evaluate", "export"]


@pytest.mark.long
def test_an_edited_oversampler_runs_augment_and_what_comes_after(repository):
    repository.edit("ageline/oversample/drawing.py", "rotate=(-15, 15)", "rotate=(-5, 5)")
    assert repository.repro() == ["augment", "train", "evaluate", "export"]


def test_bad_params_stop_the_run_and_are_all_named(repository):
    repository.set_params({"train.batchsize": 8, "train.phases.top.epochs": "many"})
    try:
        with pytest.raises(AssertionError) as failed:
            repository.repro()
        message = str(failed.value)
        assert "train.batchsize: unknown key, received 8. Did you mean batch_size?" in message
        assert "train.phases.top.epochs: should be a valid integer, received 'many'" in message
        assert "Traceback" not in message
    finally:
        repository.run("git", "checkout", "--quiet", "params.yaml")


@pytest.mark.long
def test_a_folder_of_ones_own_is_added_and_ingested(repository):
    repository.run("git", "restore", ".")
    shutil.copytree(repository.folder / "data/sample", repository.folder / "data/raw/faces")
    repository.run("dvc", "add", "data/raw/faces")
    repository.set_params({"data.source": "data/raw/faces"})
    try:
        assert "Running stage 'ingest'" in repository.run("dvc", "repro", "ingest")
        assert "?? data/raw/faces.dvc" in repository.run("git", "status", "--porcelain", "-uall").splitlines()
        assert not [
            line for line in repository.run("git", "status", "--porcelain", "-uall").splitlines() if "jpg" in line
        ]
    finally:
        repository.run("git", "restore", ".")
        repository.run("dvc", "remove", "data/raw/faces.dvc")
        shutil.rmtree(repository.folder / "data/raw")
        repository.run("dvc", "checkout")


@pytest.mark.long
def test_the_same_run_in_another_repository_gives_the_same_bytes(repository, tmp_path):
    repository.run("git", "checkout", "--quiet", ".")
    other = small(tmp_path / "other")
    other.repro()
    assert other.run("git", "show", "HEAD:params.yaml") == repository.run("git", "show", "HEAD:params.yaml")
    for file in ("metrics/metrics.json", "metrics/predictions.csv"):
        assert (other.folder / file).read_bytes() == repository.run("git", "show", f"HEAD:{file}").encode()
    assert without_cost((other.folder / "dvc.lock").read_text()) == without_cost(
        repository.run("git", "show", "HEAD:dvc.lock")
    )


def without_cost(lock: str) -> dict:
    """All of dvc.lock but what training took, which is another time another figure."""
    stages = yaml.safe_load(lock)["stages"]
    outs = stages["train"]["outs"]
    kept = [out for out in outs if out["path"] != "metrics/train/cost.json"]
    assert len(kept) == len(outs) - 1
    return stages | {"train": stages["train"] | {"outs": kept}}


@pytest.mark.long
def test_experiments_change_what_they_should_and_are_seen(repository):
    repository.run("git", "checkout", "--quiet", ".")
    repository.repro()
    base = repository.metrics()["mae"]
    repository.run("dvc", "exp", "run", "--name", "wide", "-S", "model.top.units=[16]")
    repository.run("git", "restore", ".")
    repository.run("dvc", "checkout")
    repository.run("dvc", "exp", "run", "--name", "slow", "-S", "train.optimizer.learning_rate=1e-5")

    shown = json.loads(repository.run("dvc", "exp", "show", "--json"))
    experiments = {
        revision["revs"][0]["name"]: revision["revs"][0]["data"]
        for revision in shown[1]["experiments"]
    }  # fmt: skip
    assert set(experiments) == {"wide", "slow"}
    slow = experiments["slow"]["params"]["params.yaml"]["data"]["train"]["optimizer"]["learning_rate"]
    assert slow == 1e-5
    assert experiments["slow"]["params"]["params.yaml"]["data"]["model"]["top"]["units"] is None
    assert experiments["wide"]["params"]["params.yaml"]["data"]["model"]["top"]["units"] == [16]
    for name in ("wide", "slow"):
        difference = json.loads(repository.run("dvc", "metrics", "diff", "HEAD", name, "--json"))
        assert difference["metrics/metrics.json"]["mae"]["old"] == base
        assert difference["metrics/metrics.json"]["mae"]["diff"] != 0


@pytest.mark.long
def test_a_recipe_is_run_compared_and_brought_back_by_name(repository):
    repository.run("git", "restore", ".")
    repository.run("dvc", "checkout")
    base = repository.metrics()["mae"]
    small = ["-S", "model.weights=random", "-S", "ingest.image_size=32"]
    printed = repository.run("ageline", "recipe", "run", "A2", "--budget", "smoke", *small)
    assert "Ran experiment(s): A2-smoke" in printed
    history = pd.read_csv(repository.folder / "metrics/train/history.csv")
    assert history.phase.tolist() == ["top", "fine_tune"]

    repository.run("git", "restore", ".")
    repository.run("dvc", "checkout")
    assert repository.metrics()["mae"] == base
    params = json.loads(repository.run("dvc", "params", "diff", "HEAD", "A2-smoke", "--json"))["params.yaml"]
    assert params["train.phases.fine_tune.trainable"]["new"] == "['conv1', 'conv4', 'conv5']"
    assert params["train.max_epochs"]["new"] == 1
    difference = json.loads(repository.run("dvc", "metrics", "diff", "HEAD", "A2-smoke", "--json"))
    assert difference["metrics/metrics.json"]["mae"]["old"] == base
    repository.run("dvc", "exp", "apply", "A2-smoke")
    assert repository.metrics()["mae"] == difference["metrics/metrics.json"]["mae"]["new"]
    assert repository.repro() == []
