"""Photos damaged on purpose: each is a face or has a reason, within 10 seconds, whatever is in it."""

import re
from multiprocessing import get_context

import pytest
from bad_input import (
    BAD_EXIF,
    BOMBS,
    MODES,
    PHOTOS,
    STRANGERS,
    flips,
    in_mode,
    jpeg,
    outcome,
    outcome_of_detect,
    peak,
    thin,
    truncations,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from photos import GREEN, photo

from ageline.faces.image import FORMATS, ImageError, decode_face

SECONDS = 10  # for each photo: those here take some milliseconds, the slowest bomb one second
REASONS = {"face", "empty file", "not a photo", "broken photo", "too many pixels", "too few pixels", "too many parts"}
SAME_EACH_RUN = settings(derandomize=True, database=None, deadline=SECONDS * 1000)


@pytest.fixture(scope="module")
def outcomes():
    """What becomes of photos, in another process: where one of them takes too long, the test fails and it is ended."""
    with get_context("spawn").Pool(1) as process:

        def decode(photos):
            photos = list(photos)
            results = process.imap(outcome, photos)
            return [results.next(timeout=SECONDS) for _ in photos]

        yield decode


def reasons(outcomes):
    return {re.split(":", outcome)[0] for outcome in outcomes}


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_photo_cut_anywhere_has_a_reason(outcomes, kind):
    found = outcomes(truncations(PHOTOS[kind], 7))
    assert found[0] == "empty file"
    assert reasons(found[: len(found) // 2]) <= {"empty file", "not a photo", "broken photo"}
    assert reasons(found) <= REASONS
    assert outcomes([PHOTOS[kind]]) == ["face"]


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_photo_with_a_wrong_bit_is_a_face_or_has_a_reason(outcomes, kind):
    assert reasons(outcomes(flips(PHOTOS[kind], 29))) <= REASONS


@pytest.mark.long
@pytest.mark.parametrize("kind", PHOTOS)
def test_every_cut_and_every_wrong_bit(outcomes, kind):
    assert reasons(outcomes(truncations(PHOTOS[kind], 1))) <= REASONS
    assert reasons(outcomes(flips(PHOTOS[kind], 1))) <= REASONS


@pytest.mark.parametrize("what", STRANGERS)
def test_what_is_no_photo_is_said_to_be_none(outcomes, what):
    (said,) = outcomes([STRANGERS[what]])
    if what == "nothing":
        assert said == "empty file"
    elif begun := re.match("the first bytes of an? (.*)", what):
        assert said == f"broken photo: begins as {begun[1].upper()} does, and can't be read on"
    else:
        assert said == "not a photo: expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF"


def test_a_bomb_has_a_reason_and_takes_neither_time_nor_memory():
    with get_context("spawn").Pool(1) as process:
        before = process.apply(peak)
        found = {what: process.apply_async(outcome, (data,)).get(timeout=SECONDS) for what, (data, _) in BOMBS.items()}
        assert process.apply(peak) - before < 500  # MiB
    assert {what: said for what, said in found.items() if not re.match(BOMBS[what][1], said)} == {}


def test_where_a_face_is_looked_for_the_same_photos_have_the_same_reasons():
    photos = [data for data, said in BOMBS.values() if said == "face"] + list(STRANGERS.values())
    photos += [data for kind in PHOTOS for data in truncations(PHOTOS[kind], 97)]
    photos += [data for kind in PHOTOS for data in flips(PHOTOS[kind], 997)]
    photos += [data for kind in ("PNG", "JPEG", "TIFF") for data in thin(kind, 30_000).values()]
    with get_context("spawn").Pool(1) as process:
        looked_for = [process.apply_async(outcome_of_detect, (data,)).get(timeout=SECONDS) for data in photos]
        assert looked_for == process.map(outcome, photos)


def test_a_photo_in_as_many_parts_as_programs_make_is_used(outcomes):
    film = jpeg() + bytes([0xFF, 0xDA]) * 100_000  # such as telephones put behind a photo
    assert outcomes([film, photo(kind="JPEG", size=(64, 64), progressive=True)]) == ["face", "face"]


@pytest.mark.parametrize("what", BAD_EXIF)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_face_is_lost_to_its_exif(what, kind):
    face = decode_face(photo(GREEN, (8, 16), kind, exif=BAD_EXIF[what]), (8, 8), "center")
    assert (face.width, face.height) == (8, 16)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_mode_that_a_format_can_hold_is_used_or_has_a_reason(kind):
    found = {mode: outcome(data) for mode in MODES if (data := in_mode(mode, kind)) is not None}
    assert found.keys() >= {"1", "L", "RGB"}
    unknown = {mode: found[mode] for mode in found if found[mode] != "face"}
    expected = {
        mode: f"unknown range of colours: Pillow's mode {mode}, expected 8 or 16 bits a channel"
        for mode in ("I", "F", "LAB")
    }
    assert unknown == (expected if kind == "TIFF" else {})


@pytest.mark.parametrize("kind", FORMATS)
def test_a_side_may_be_8_pixels_and_may_be_30_000(outcomes, kind):
    thinnest, longest = thin(kind, 1), thin(kind, 16_383 if kind == "WEBP" else 30_000)
    assert reasons(outcomes(thinnest.values())) == {"too few pixels"}
    assert reasons(outcomes(longest.values())) == {"too few pixels", "face"}
    assert outcomes(longest.values()).count("face") == 2


edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)), max_size=6)


def edited(data, edits):
    """The bytes with some taken out and others put in, at places given as shares of the length."""
    for place, new, taken in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + taken :]
    return data


@settings(SAME_EACH_RUN, max_examples=1000)
@given(st.sampled_from(sorted(PHOTOS)), edits)
def test_any_edit_gives_a_face_or_an_image_error(kind, edits):
    data = edited(PHOTOS[kind], edits)
    try:
        assert decode_face(data, (8, 8), "whole").pixels.shape == (8, 8, 3)
    except ImageError as error:
        assert error.problem.reason in REASONS  # noqa: PT017, either outcome is right


@settings(SAME_EACH_RUN, max_examples=300)
@given(st.sampled_from([data[:12] for data in PHOTOS.values()]), st.binary(max_size=200))
def test_any_bytes_behind_the_right_first_ones_give_a_face_or_an_image_error(start, rest):
    assert re.split(":", outcome(start + rest))[0] in REASONS
