from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ageline.errors import AgelineError
from ageline.store.faceset import FaceSet
from ageline.training.feed import FaceFeed, training_feed, validation_feed
from ageline.training.labels import labels_of, mean_age
from ageline.training.processes import Processes


def ages_of(feed: FaceFeed) -> list[float]:
    return [float(age) for batch in range(len(feed)) for age in feed[batch][1][:, 0]]


def grey(batch) -> list[int]:
    """How bright each face of a batch is; one that is not grey all over fails."""
    pixels = batch[0]
    assert (pixels == pixels[:, :1, :1, :1]).all()
    return pixels[:, 0, 0, 0].tolist()


def with_gender(faces: FaceSet, *genders: str | None) -> FaceSet:
    return FaceSet(faces.manifest.assign(gender=list(genders)), faces.packs)


def test_a_label_is_the_age_in_years(make_faces):
    labels = labels_of([make_faces([30, 40.5]), make_faces([80], "copies")], "age")
    assert (labels.dtype, labels.tolist()) == (np.float32, [[30], [40.5], [80]])


def test_a_label_of_gender_is_the_number_of_the_class(make_faces):
    faces = with_gender(make_faces([30, 20, 40]), "male", "female", "male")
    labels = labels_of([faces], "gender")
    assert (labels.dtype, labels.tolist()) == (np.float32, [[1], [0], [1]])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("age", r"1 of 3 faces have no age to learn from, face001.png the first: expected years, received nan"),
        ("gender", r"2 of 3 faces have no gender .* face000.png the first: expected female or male, received nan"),
    ],
)
def test_a_face_without_its_label_stops_training_by_name(make_faces, target, message):
    faces = make_faces([30, 20, 40])
    manifest = faces.manifest.assign(age=[30, np.nan, 40], gender=[None, "female", "unknown"])
    with pytest.raises(AgelineError, match=message):
        labels_of([FaceSet(manifest, faces.packs)], target)


def test_the_mean_age_is_of_the_faces_and_none_where_no_age_is_learned(make_faces):
    faces = make_faces([10, 20, 60])
    assert mean_age(faces, "age") == 30
    assert mean_age(faces, "gender") == 0


def test_a_feed_without_a_seed_keeps_the_order_and_the_last_batch_is_small(make_faces):
    faces = make_faces([1, 2, 3, 4, 5])
    feed = FaceFeed([faces], 2, labels_of([faces], "age"))
    assert [len(feed[batch][1]) for batch in range(len(feed))] == [2, 2, 1]
    assert ages_of(feed) == [1, 2, 3, 4, 5]
    pixels, ages = feed[1]
    assert (pixels.dtype, pixels.shape, ages.dtype, ages.shape) == (np.uint8, (2, 8, 8, 3), np.float32, (2, 1))
    assert pixels[:, 0, 0, 0].tolist() == [6, 8]


def test_without_labels_a_batch_is_pixels_alone(make_faces):
    (pixels,) = FaceFeed([make_faces([1, 2])], 8)[0]
    assert pixels.shape == (2, 8, 8, 3)


def test_every_epoch_has_an_order_of_its_own_and_every_face_once(make_faces):
    faces = make_faces(range(1, 21))
    labels = labels_of([faces], "age")
    feed = FaceFeed([faces], 4, labels, seed=1)
    first = ages_of(feed)
    feed.epoch = 2
    second = ages_of(feed)
    assert sorted(first) == sorted(second) == list(range(1, 21))
    assert first != second
    feed.epoch = 1
    assert ages_of(feed) == first
    assert ages_of(FaceFeed([faces], 4, labels, seed=2)) != first


def test_faces_of_several_sets_and_packs_arrive_each_in_its_place(make_faces):
    first, second = make_faces([age % 120 for age in range(600)], size=2), make_faces([125, 126, 127], "more", size=2)
    assert (len(first.packs), len(second.packs)) == (4, 1)
    feed = FaceFeed([first, second], 7, labels_of([first, second], "age"), seed=3)
    for batch in (feed[number] for number in range(len(feed))):
        assert grey(batch) == (2 * batch[1][:, 0]).tolist()
    assert sorted(ages_of(feed)) == sorted([*(age % 120 for age in range(600)), 125, 126, 127])


def test_batches_read_by_threads_are_those_read_one_by_one(make_faces):
    faces = make_faces([age % 120 for age in range(600)], size=16)
    feed = FaceFeed([faces], 16, labels_of([faces], "age"), seed=1)
    one_by_one = [grey(feed[batch]) for batch in range(len(feed))]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert list(threads.map(lambda batch: grey(feed[batch]), range(len(feed)))) == one_by_one


def test_batches_that_are_held_stay_as_they_are(make_faces):
    faces = make_faces(range(1, 65))
    feed = FaceFeed([faces], 4, seed=1)
    held = [feed[batch] for batch in range(len(feed))]
    assert sorted(face for batch in held for face in grey(batch)) == [2 * age for age in range(1, 65)]


def test_keras_does_not_move_the_order_on(make_faces):
    faces = make_faces(range(1, 21))
    feed = FaceFeed([faces], 4, labels_of([faces], "age"), seed=1)
    first = ages_of(feed)
    feed.on_epoch_end()
    assert ages_of(feed) == first


def test_the_training_feed_is_faces_and_copies_each_with_its_label_and_weight(make_faces, make_params):
    train, copies = make_faces([30, 30, 30, 30]), make_faces([31, 80], "copies")
    feed = training_feed(train, copies, make_params({"train.weighting": "lds", "train.batch_size": 6}))
    pixels, labels, weights = feed[0]
    assert feed.faces == 6
    assert feed.mean_label(1) == pytest.approx((4 * 30 + 31 + 80) / 6)
    assert sorted(labels[:, 0].tolist()) == [30, 30, 30, 30, 31, 80]
    assert pixels[:, 0, 0, 0].tolist() == [2 * age for age in labels[:, 0]]
    by_age = dict(zip(labels[:, 0].tolist(), weights.tolist(), strict=True))
    assert by_age == pytest.approx({30: 0.753337, 31: 0.767450, 80: 2.219201}, rel=1e-5)


def test_only_training_shuffles_and_only_training_weighs(make_faces, make_params):
    faces = make_faces(range(1, 31))
    params = make_params({"train.weighting": "lds"})
    assert ages_of(training_feed(faces, make_faces([], "none"), params)) != list(range(1, 31))
    validation = validation_feed(faces, params)
    assert ages_of(validation) == list(range(1, 31))
    assert len(validation[0]) == 2


def test_an_empty_fold_is_named(make_faces, make_params):
    nobody = make_faces([], "none")
    with pytest.raises(AgelineError, match=r"the training fold holds no faces.* ingest\.split"):
        training_feed(nobody, nobody, make_params())
    with pytest.raises(AgelineError, match=r"the validation fold holds no faces.* ingest\.split"):
        validation_feed(nobody, make_params())


def test_processes_get_parts_of_the_batches_that_one_gets_alone(make_faces):
    faces = make_faces(range(1, 15))
    labels = labels_of([faces], "age")
    alone = FaceFeed([faces], 4, labels, seed=1)
    both = [FaceFeed([faces], 4, labels, seed=1, processes=Processes(rank, 2, 2)) for rank in (0, 1)]
    assert [len(feed) for feed in both] == [len(alone)] * 2 == [4, 4]
    assert [feed.faces for feed in both] == [14, 14]
    for batch in range(4):
        for whole, *parts in zip(alone[batch], *(feed[batch] for feed in both), strict=True):
            assert len(parts[0]) == len(parts[1])
            np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_devices_cannot_share_is_left_out_of_the_epoch(make_faces):
    faces = make_faces([10, 20, 30, 40, 50, 60, 70])
    labels = labels_of([faces], "age")
    feed = FaceFeed([faces], 4, labels, processes=Processes(0, 1, 4))
    assert (len(feed), feed.faces, feed.left_out, feed.mean_label(1)) == (1, 4, 3, 25)
    assert ages_of(feed) == [10, 20, 30, 40]
    feed = FaceFeed([faces], 4, labels, seed=1, processes=Processes(0, 1, 2))
    assert (len(feed), feed.faces, feed.left_out) == (2, 6, 1)
    first, mean = ages_of(feed), feed.mean_label(1)
    feed.epoch = 2
    assert len(set(first)) == len(set(ages_of(feed))) == 6
    assert mean == pytest.approx(np.mean(first))
    assert set(first) != set(ages_of(feed))
    with pytest.raises(AgelineError, match=r"a fold holds fewer faces than the 8 devices that share each batch\."):
        FaceFeed([faces], 8, labels, processes=Processes(0, 1, 8))
