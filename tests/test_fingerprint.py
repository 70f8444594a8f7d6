import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml

from ageline.errors import AgelineError
from ageline.training import fingerprint as module
from ageline.training.fingerprint import CODE, PARAMS, check_unchanged, fingerprint

ROOT = Path(__file__).parent.parent


@pytest.fixture
def faces(tmp_path, make_faces):
    make_faces([20, 30])
    return tmp_path / "faces"


def test_it_is_of_all_that_dvc_runs_train_again_for():
    train = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["train"]
    assert list(PARAMS) == train["params"]
    assert set(CODE) == {dep for dep in train["deps"] if dep.startswith(("ageline", "stages"))}


def test_a_param_that_matters_changes_it_and_another_does_not(faces, make_params):
    first = fingerprint(make_params(), [faces])
    assert first == fingerprint(make_params({"resume.seconds": 0, "gate.limit": 3.0, "evaluate.worst": 5}), [faces])
    assert first != fingerprint(make_params({"train.optimizer.learning_rate": 0.001}), [faces])
    assert first != fingerprint(make_params({"train.optimizer.learning_rate": 0.002, "ingest.ages": [0, 99]}), [faces])


def test_a_pixel_and_a_file_more_change_it(faces, make_params):
    params = make_params()
    first = fingerprint(params, [faces])
    pack = faces / "pack-00000.npy"
    content = pack.read_bytes()
    pack.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert fingerprint(params, [faces]) != first
    pack.write_bytes(content)
    assert fingerprint(params, [faces]) == first
    (faces / "pack-00001.npy").touch()
    assert fingerprint(params, [faces]) != first


def test_an_edited_module_changes_it_and_one_of_another_stage_does_not(faces, make_params, tmp_path, monkeypatch):
    for name in ("ageline", "stages"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    params = make_params()
    first = fingerprint(params, [faces])
    with (tmp_path / "ageline/scoring/bins.py").open("a") as file:
        file.write("# another line")
    assert fingerprint(params, [faces]) == first
    with (tmp_path / "ageline/training/feed.py").open("a") as file:
        file.write("# another line")
    assert fingerprint(params, [faces]) != first


def test_another_version_of_the_engine_and_another_number_of_devices_change_it(faces, make_params, monkeypatch):
    params = make_params()
    first = fingerprint(params, [faces])
    assert fingerprint(params, [faces], devices=2) != first
    for library in (keras, np, sys.modules[keras.config.backend()]):
        with monkeypatch.context() as patched:
            patched.setattr(library, "__version__", "0.0.0")
            assert fingerprint(params, [faces]) != first


def test_a_model_is_not_handed_over_for_another_one():
    check_unchanged("a", "a")
    with pytest.raises(AgelineError, match=r"changed while the model was trained.*undo the change and run `dvc repro`"):
        check_unchanged("a", "b")
