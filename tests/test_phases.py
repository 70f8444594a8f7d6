import numpy as np
import pytest
from tiny_model import PLAIN, Run, TinyClasses, sgd

from ageline.errors import AgelineError
from ageline.store.faceset import FaceSet
from ageline.training.phases import plan_phases


@pytest.fixture
def run(tmp_path, make_faces, make_params):
    """A training of the tiny model on 40 faces, one batch per epoch, that has not begun."""

    def make(changes: dict[str, object], head=None) -> Run:
        train, val = make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val")
        return Run(tmp_path, make_params(changes | {"train.batch_size": 40}), train, val, head)

    return make


def test_phases_run_in_order_without_those_of_no_epochs(make_params):
    params = make_params(
        {
            "train.phases.top": {"epochs": 3, "trainable": "none", "learning_rate_factor": 2.0},
            "train.phases.fine_tune.epochs": 0,
            "train.phases.polish": {"epochs": 2, "trainable": ["conv5"], "learning_rate_factor": 0.5},
        }
    )
    assert [
        (p.name, p.epochs, p.trainable, p.learning_rate_factor, p.epochs_after) for p in plan_phases(params.train)
    ] == [
        ("top", 3, "none", 2.0, 2),
        ("polish", 2, ("conv5",), 0.5, 0),
    ]


def test_max_epochs_caps_each_phase(make_params):
    changes = {"train.max_epochs": 2, "train.phases.top.epochs": 1, "train.phases.polish.epochs": 5}
    assert [(p.epochs, p.epochs_after) for p in plan_phases(make_params(changes).train)] == [(1, 4), (2, 2), (2, 0)]


def test_a_block_that_a_late_phase_names_in_vain_stops_training_before_the_first(run):
    trained = run({"train.phases.polish": {"epochs": 1, "trainable": ["conv9"], "learning_rate_factor": 1.0}})
    with pytest.raises(AgelineError, match="received 'conv9'"):
        trained.learn()
    assert trained.history.empty


def test_a_phase_trains_what_it_names_at_its_own_rate(run):
    trained = run(
        sgd(0.01)
        | {
            "train.phases.top": {"epochs": 1, "trainable": "none", "learning_rate_factor": 1.0},
            "train.phases.fine_tune": {"epochs": 1, "trainable": "all", "learning_rate_factor": 0.5},
            "train.checkpoint": {"use": "last", "keep": "all"},
        }
    )
    trained.learn()
    assert trained.history.phase.tolist() == ["top", "fine_tune"]
    assert trained.history.epoch.tolist() == [1, 2]
    assert trained.history.learning_rate.tolist() == pytest.approx([0.01, 0.005])
    kernel, dense, bias = trained.weights_of_epoch(1)
    assert kernel[0, 0].tolist() == np.eye(3).tolist()
    # Every age is above the answer, so that the gradient of the bias is -1.
    assert bias.tolist() == pytest.approx([0.01])
    assert dense.min() > 1
    kernel, _, bias = trained.weights_of_epoch(2)
    assert bias.tolist() == pytest.approx([0.015])
    assert kernel[0, 0].tolist() != np.eye(3).tolist()


OVERSHOT = sgd(60.0) | {  # the first step goes beyond the goal, the second back behind it, the third nowhere
    "train.phases.top": {"epochs": 2, "trainable": "none", "learning_rate_factor": 1.0},
    "train.phases.fine_tune": {"epochs": 1, "trainable": "none", "learning_rate_factor": 1e-30},
}


@pytest.mark.parametrize(("use", "handed_on"), [("best", 1), ("last", 2)])
def test_the_best_epoch_so_far_or_the_last_is_handed_on_and_kept(run, use, handed_on):
    trained = run(OVERSHOT | {"train.checkpoint": {"use": use, "keep": "all"}})
    trained.learn()
    errors = trained.history.val_mae
    assert errors[0] < errors[1]
    assert errors[2] == pytest.approx(errors[handed_on - 1])
    expected = np.concatenate([weight.ravel() for weight in trained.weights_of_epoch(handed_on)])
    np.testing.assert_allclose(trained.weights, expected, atol=1e-6)


def test_patience_is_counted_anew_in_each_phase(run, capsys):
    # Too small to move a weight: no epoch is better than the first of its phase.
    trained = run(
        sgd(1e-30)
        | {
            "train.phases.top.epochs": 9,
            "train.phases.fine_tune.epochs": 9,
            "train.early_stopping.patience": 2,
        }
    )
    trained.learn()
    assert trained.history.phase.tolist() == ["top"] * 3 + ["fine_tune"] * 3
    assert "top ends: 2 epochs without a better val_mae" in capsys.readouterr().out


def test_the_learning_rate_falls_when_nothing_improves(run):
    # A rate too small to move a weight: no epoch is better than the first.
    trained = run(sgd(2e-8) | {"train.phases.fine_tune.epochs": 4, "train.reduce_lr": {"patience": 2, "factor": 0.5}})
    trained.learn()
    assert trained.history.learning_rate.tolist() == pytest.approx([2e-8, 2e-8, 2e-8, 1e-8], abs=0)


def test_the_learning_rate_is_that_of_each_epoch_s_last_step(run):
    phases = {"train.phases.top": {"epochs": 2, "trainable": "all", "learning_rate_factor": 1.0}}
    trained = run(sgd(0.02, schedule="cosine") | phases | {"train.phases.fine_tune.epochs": 3})
    trained.learn()
    # Half a cosine over the phase, of as many steps as epochs; each step learns at the rate before it.
    expected = [0.02, 0.01, *(0.01 * (1 + np.cos(np.pi * step / 3)) for step in range(3))]
    assert trained.history.learning_rate.tolist() == pytest.approx(expected, rel=1e-5)


def test_more_accuracy_is_better(run):
    genders = {
        "target": "gender",
        "model.top.head": "classes",
        "train.loss": "crossentropy",
        "train.monitor": "val_accuracy",
        "gate.metric": "accuracy",
    }
    trained = run(sgd(5.0) | genders | {"train.phases.fine_tune.epochs": 12}, TinyClasses())
    for name in ("train", "val"):
        faces: FaceSet = getattr(trained, name)
        manifest = faces.manifest.assign(gender=np.where(faces.ages > 50, "male", "female"), age=np.nan)
        setattr(trained, name, FaceSet(manifest, faces.packs))
    trained.learn()
    history = trained.history
    assert history.columns.tolist() == [
        "epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate",
    ]  # fmt: skip
    assert history.val_accuracy.max() > history.val_accuracy.min()
    kept = trained.predict("gender")
    assert (kept.predicted == kept.true).mean() == pytest.approx(history.val_accuracy.max())


def test_weights_count_in_the_loss_and_not_in_the_metric(run):
    plain = run(PLAIN | {"train.phases.fine_tune.epochs": 1})
    plain.learn()
    history = plain.history
    assert history.loss.tolist() == pytest.approx(history.mae.tolist())
    weighted = run({"train.weighting": "lds"})
    weighted.train = FaceSet(weighted.train.manifest.assign(age=[10.0] * 39 + [80.0]), weighted.train.packs)
    weighted.learn()
    history = weighted.history
    assert history.mae.tolist() != pytest.approx(history.loss.tolist())
    assert history.val_mae.tolist() == pytest.approx(history.val_loss.tolist())
