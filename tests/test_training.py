import keras
import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.training.feed import FaceFeed
from ageline.training.learning import learn
from ageline.training.prediction import predict_ages

CONSTANT = {"name": "adam", "learning_rate": 1e-3, "weight_decay": None, "schedule": "constant", "warmup": 0}


def tiny_model(size: int = 8) -> keras.Model:
    """Answers an age from the mean brightness: enough for what fit, checkpoint and history do."""
    keras.utils.set_random_seed(1)
    photo = keras.Input((size, size, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(photo)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(photo, keras.layers.Dense(1, bias_initializer="ones")(x))


def ages_of(feed: FaceFeed) -> list[float]:
    return [float(age) for batch in range(len(feed)) for age in feed[batch][1][:, 0]]


def test_a_feed_without_a_seed_keeps_the_order_and_the_last_batch_is_small(make_faces):
    feed = FaceFeed([make_faces([1, 2, 3, 4, 5])], batch_size=2)
    assert [len(feed[batch][1]) for batch in range(len(feed))] == [2, 2, 1]
    assert ages_of(feed) == [1, 2, 3, 4, 5]
    pixels, ages = feed[1]
    assert (pixels.dtype, pixels.shape, ages.dtype, ages.shape) == (np.uint8, (2, 8, 8, 3), np.float32, (2, 1))
    assert pixels[:, 0, 0, 0].tolist() == [6, 8]


def test_every_epoch_has_an_order_of_its_own_and_every_face_once(make_faces):
    faces = make_faces(range(1, 21))
    feed, again = FaceFeed([faces], 4, seed=1), FaceFeed([faces], 4, seed=1)
    first = ages_of(feed)
    feed.on_epoch_end()
    second = ages_of(feed)
    assert sorted(first) == sorted(second) == list(range(1, 21))
    assert first != second
    assert ages_of(again) == first
    assert ages_of(FaceFeed([faces], 4, seed=2)) != first


def test_face_sets_are_fed_as_one(make_faces):
    feed = FaceFeed([make_faces([1, 2]), make_faces([30], "copies"), make_faces([], "none")], 8, seed=3)
    pixels, ages = feed[0]
    assert sorted(ages[:, 0].tolist()) == [1, 2, 30]
    assert pixels[:, 0, 0, 0].tolist() == [2 * age for age in ages[:, 0]]


def test_the_best_epoch_is_kept_and_the_history_is_a_table(make_faces, make_params):
    train, val = make_faces(range(10, 90, 2)), make_faces([15, 45, 75], "val")
    params = make_params({"train.epochs": 4, "train.optimizer": CONSTANT | {"learning_rate": 3.0}})
    model = tiny_model()

    history = learn(model, FaceFeed([train], 8, seed=1), FaceFeed([val], 8), params.train)

    assert list(history.columns) == ["epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate"]
    assert history.epoch.tolist() == [1, 2, 3, 4]
    predicted = predict_ages(model, val, 8)
    kept = (predicted.predicted - predicted.true).abs().mean()
    assert kept == pytest.approx(history.val_mae.min(), abs=1e-4)
    assert history.val_mae.min() < history.val_mae.max()


def test_training_stops_early_and_lowers_the_learning_rate_when_nothing_improves(make_faces, make_params):
    faces = make_faces([50, 50])
    params = make_params(
        {
            "train.epochs": 20,
            # Too small to move a weight: no epoch is better than the first.
            "train.optimizer": CONSTANT | {"learning_rate": 1e-30},
            "train.early_stopping.patience": 4,
            "train.reduce_lr": {"patience": 2, "factor": 0.5},
        }
    )
    history = learn(tiny_model(), FaceFeed([faces], 2, seed=1), FaceFeed([faces], 2), params.train)
    assert len(history) == 5
    assert history.learning_rate.tolist() == pytest.approx([1e-30, 1e-30, 1e-30, 5e-31, 5e-31])


def test_training_that_diverges_says_in_which_epoch(make_faces, make_params):
    faces = make_faces([50, 50])
    model = tiny_model()
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    with pytest.raises(AgelineError, match=r"diverged in epoch 1:[^?]*Lower train\.optimizer\.learning_rate"):
        learn(model, FaceFeed([faces], 2, seed=1), FaceFeed([faces], 2), make_params({"train.epochs": 2}).train)


def test_predictions_are_listed_in_the_order_of_the_manifest(make_faces):
    model = tiny_model()
    model.set_weights([np.full((3, 1), 42.5, np.float32), np.zeros(1, np.float32)])  # age = brightness / 2
    predicted = predict_ages(model, make_faces([10, 90, 30]), batch_size=2)
    expected = pd.DataFrame(
        {"face_id": ["face000", "face001", "face002"], "true": [10.0, 90, 30], "predicted": [10.0, 90, 30]}
    )
    pd.testing.assert_frame_equal(predicted, expected, atol=1e-4)
