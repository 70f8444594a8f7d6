import resource

import keras
import numpy as np
import pytest
from tiny_model import PLAIN, Run, TinyHead, tiny_model

from ageline.errors import AgelineError
from ageline.model.archive import load_model, save_model
from ageline.model.face_model import finished_model
from ageline.training.checkpoints import BestWeights, KeptEpochs, load_epoch
from ageline.training.history import Record


@pytest.fixture
def trained(tmp_path, make_faces, make_params):
    def learn(keep: str) -> Run:
        params = make_params(PLAIN | {"train.checkpoint.keep": keep, "train.phases.fine_tune.epochs": 2})
        run = Run(tmp_path, params, make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val"))
        run.learn()
        return run

    return learn


def test_the_weights_of_every_epoch_can_be_taken_back_into_the_saved_model(trained):
    run = trained("all")
    save_model(finished_model(run.model, run.head), run.folder / "model.keras")
    model = load_model(run.folder / "model.keras")
    errors = []
    for epoch in (1, 2):
        load_epoch(model, run.folder / "epochs", epoch)
        answers = model.predict(run.val.pixels([0, 1, 2]), verbose=0)["age"][:, 0]
        errors.append(np.abs(answers - run.val.ages).mean())
    assert errors == pytest.approx(run.history.val_mae.tolist())
    assert errors[0] != errors[1]


def test_the_best_epoch_is_the_first_of_equals_and_has_its_own_statistics(tmp_path, make_params):
    given = keras.Input((1,))
    model = keras.Model(given, keras.layers.BatchNormalization()(given))
    record = Record(tmp_path / "history.csv", tmp_path / "epochs", "mae")
    best = BestWeights(record, make_params().train)
    assert best.epoch == 0
    for epoch, mae in ((1, 9.0), (2, 5.0), (3, 5.0), (4, 7.0)):
        model.layers[1].moving_mean.assign([float(epoch)])
        record.add("top", dict.fromkeys(("loss", "mae", "val_loss", "val_mae", "learning_rate"), mae), None)
        best.look(model)
    best.hand_on(model)
    assert (best.epoch, best.value, model.layers[1].moving_mean.numpy().tolist()) == (2, 5.0, [2.0])


def test_a_full_disk_while_weights_are_kept_is_named_and_leaves_nothing_half_written(tmp_path):
    photo = keras.Input((100,))
    large = keras.Model(photo, keras.layers.Dense(1000)(photo))  # 400 kB
    kept = KeptEpochs(large, tmp_path / "scratch", tmp_path / "epochs")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as full:
            kept.save(1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.value.filename == str(tmp_path / "scratch" / "epoch-001.weights.h5")
    assert list((tmp_path / "scratch").iterdir()) == []
    assert kept.save(1) == "epoch-001.weights.h5"
    assert [path.name for path in (tmp_path / "epochs").iterdir()] == ["epoch-001.weights.h5"]


def test_kept_weights_are_without_optimizer(trained):
    run = trained("all")
    size = (run.folder / "epochs" / "epoch-001.weights.h5").stat().st_size
    run.model.save_weights(run.folder / "with_optimizer.weights.h5")
    assert size < (run.folder / "with_optimizer.weights.h5").stat().st_size


def test_without_keep_all_only_the_table_stays(trained):
    run = trained("best")
    assert [path.name for path in (run.folder / "epochs").iterdir()] == ["epochs.csv"]
    with pytest.raises(AgelineError, match=r"epoch-001.weights.h5 does not exist.*train\.checkpoint\.keep to all"):
        load_epoch(finished_model(run.model, run.head), run.folder / "epochs", 1)


def test_weights_of_another_model_are_refused(trained):
    run = trained("all")
    photo = keras.Input((8, 8, 3))
    other = keras.Model(photo, keras.layers.Dense(7)(keras.layers.Flatten()(photo)))
    with pytest.raises(AgelineError, match="does not hold the weights of this model"):
        load_epoch(other, run.folder / "epochs", 1)
    (run.folder / "epochs" / "epoch-001.weights.h5").write_text("no weights")
    with pytest.raises(AgelineError, match="does not hold the weights of this model"):
        load_epoch(finished_model(tiny_model(), TinyHead()), run.folder / "epochs", 1)
