import keras
import numpy as np
import pytest

from ageline.model.augmentation import augment
from ageline.params import Augmentation

NOTHING = {
    "flip": False, "rotate": 0.0, "shift": 0.0, "zoom": 0.0, "brightness": 0.0, "contrast": 0.0, "erase": 0.0,
}  # fmt: skip
EVERYTHING = {
    "flip": True, "rotate": 0.1, "shift": 0.2, "zoom": 0.2, "brightness": 0.3, "contrast": 0.3, "erase": 0.5,
}  # fmt: skip
FACE = np.random.default_rng(0).integers(0, 256, (1, 24, 20, 3), dtype=np.uint8)
MANY = np.repeat(FACE, 64, axis=0)


def model_of(seed: int = 1, **amounts: object) -> keras.Model:
    photo = keras.Input(FACE.shape[1:], dtype="uint8")
    return keras.Model(photo, augment(photo, Augmentation(**NOTHING | amounts), seed))


def drawn(seed: int = 1, **amounts: object) -> np.ndarray:
    return np.array(model_of(seed, **amounts)(MANY, training=True))


def test_what_is_switched_off_is_no_layer():
    assert model_of().layers[1:] == []
    assert [layer.name for layer in model_of(**EVERYTHING).layers[1:]] == list(EVERYTHING)
    assert [layer.name for layer in model_of(zoom=0.1).layers[1:]] == ["zoom"]


def test_at_inference_nothing_happens():
    np.testing.assert_array_equal(model_of(**EVERYTHING)(MANY, training=False), MANY)


@pytest.mark.parametrize("name", EVERYTHING)
def test_values_stay_pixels(name):
    faces = drawn(**{name: 1.0 if name == "erase" else EVERYTHING[name]})
    assert faces.dtype == np.float32
    assert faces.min() >= 0
    assert faces.max() <= 255
    assert not np.array_equal(faces, MANY)


def test_half_of_the_faces_are_flipped_left_to_right():
    faces = drawn(flip=True)
    mirrored = [np.array_equal(face, FACE[0, :, ::-1]) for face in faces]
    assert 20 < sum(mirrored) < 44
    assert all(turned or np.array_equal(face, FACE[0]) for turned, face in zip(mirrored, faces, strict=True))


def test_brightness_is_a_share_of_the_whole_range_either_way():
    grey = np.full_like(MANY, 128)
    added = np.array(model_of(brightness=0.2)(grey, training=True))[:, 0, 0, 0] - 128
    assert -51 <= added.min() < -35
    assert 35 < added.max() <= 51


def test_contrast_grows_and_shrinks():
    halves = np.where(np.arange(20) < 10, 100, 156)[None, None, :, None].repeat(64, 0).repeat(24, 1).repeat(3, 3)
    faces = np.array(model_of(contrast=0.4)(halves.astype(np.uint8), training=True))
    ratio = (faces[:, 0, 19, 0] - faces[:, 0, 0, 0]) / 56
    assert 0.6 <= ratio.min() < 0.7
    assert 1.3 < ratio.max() <= 1.4


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_a_rectangle_is_cut_from_the_share_of_faces_that_params_say(share):
    cut = [not np.array_equal(face, FACE[0]) for face in drawn(erase=share)]
    assert share * 64 * 0.6 <= sum(cut) <= share * 64 * 1.4
    faces = drawn(erase=share)
    assert set(faces[faces != MANY]) == {127.5}


def test_a_shift_moves_a_face_and_mirrors_what_it_uncovers():
    line = np.zeros((64, 24, 20, 3), np.uint8)
    line[:, :, 10] = 255
    faces = np.array(model_of(shift=0.2)(line, training=True))
    centre = (faces[:, 12, :, 0] * np.arange(20)).sum(1) / faces[:, 12, :, 0].sum(1)
    assert 6 - 0.01 <= centre.min() < 7
    assert 13 < centre.max() <= 14.01
    across = np.zeros((64, 24, 20, 3), np.uint8)
    across[:, 12] = 255
    faces = np.array(model_of(shift=0.2)(across, training=True))
    centre = (faces[:, :, 10, 0] * np.arange(24)).sum(1) / faces[:, :, 10, 0].sum(1)
    assert 12 - 4.8 - 0.01 <= centre.min() < 8.5
    assert 15.5 < centre.max() <= 12 + 4.8 + 0.01


@pytest.mark.parametrize("name", ["rotate", "shift", "zoom"])
def test_a_margin_is_filled_with_the_mirrored_face(name):
    white = np.full_like(MANY, 255)
    np.testing.assert_allclose(np.array(model_of(**{name: 0.2})(white, training=True)), 255, atol=1e-3)


def test_a_rotation_and_a_zoom_leave_the_centre_where_it_is():
    dot = np.zeros((64, 25, 25, 3), np.uint8)
    dot[:, 11:14, 11:14] = 255
    photo = keras.Input((25, 25, 3), dtype="uint8")
    for amounts in ({"rotate": 0.5}, {"zoom": 0.3}):
        model = keras.Model(photo, augment(photo, Augmentation(**NOTHING | amounts), 1))
        assert np.array(model(dot, training=True))[:, 12, 12].min() > 200


def test_a_rotation_is_a_share_of_a_full_turn_either_way():
    # A line from the centre to the right; where it ends up tells the angle.
    line = np.zeros((64, 41, 41, 3), np.uint8)
    line[:, 20, 30:34] = 255
    photo = keras.Input((41, 41, 3), dtype="uint8")
    model = keras.Model(photo, augment(photo, Augmentation(**NOTHING | {"rotate": 0.1}), 1))
    bright = np.array(model(line, training=True))[..., 0]
    rows, columns = np.mgrid[-20:21, -20:21]
    angles = np.degrees(np.arctan2((bright * rows).sum((1, 2)), (bright * columns).sum((1, 2))))
    assert -37 < angles.min() < -25
    assert 25 < angles.max() < 37


def test_a_zoom_is_a_share_of_the_size_in_or_out():
    disc = np.zeros((64, 41, 41, 3), np.uint8)
    disc[:, 14:27, 14:27] = 255
    photo = keras.Input((41, 41, 3), dtype="uint8")
    model = keras.Model(photo, augment(photo, Augmentation(**NOTHING | {"zoom": 0.3}), 1))
    sides = np.sqrt(np.array(model(disc, training=True))[..., 0].sum((1, 2)) / 255)
    assert 13 / 1.3 - 0.5 < sides.min() < 11
    assert 16 < sides.max() < 13 / 0.7 + 0.5


def test_the_seed_decides_what_is_drawn_and_layers_draw_apart():
    first = drawn(**EVERYTHING)
    np.testing.assert_array_equal(drawn(**EVERYTHING), first)
    assert not np.array_equal(drawn(seed=2, **EVERYTHING), first)
    model = model_of(**EVERYTHING)
    assert len({layer.seed for layer in model.layers[1:]}) == 7
    assert not np.array_equal(model(MANY, training=True), model(MANY, training=True))
    assert model_of(flip=True).get_layer("flip").seed == model.get_layer("flip").seed
