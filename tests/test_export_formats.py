"""LiteRT and TensorFlow Serving: uint8 faces in, any number of them, and the answers by their names."""

import hashlib
from pathlib import Path

import pytest
from exported import MakeParams, largest_difference, noise, untrained
from heads import CNN, HEADS

from ageline.export.formats import read_litert, read_saved_model, write_litert, write_saved_model
from ageline.export.quiet import quiet

WRITTEN = {"litert": (write_litert, read_litert), "saved_model": (write_saved_model, read_saved_model)}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("head", ["ordinal", "classes"])
def test_a_format_answers_as_keras_for_any_number_of_faces(name, head, tmp_path, make_params: MakeParams):
    model = untrained(make_params(HEADS[head] | CNN))
    write, read = WRITTEN[name]
    with quiet():
        write(model, tmp_path / "exported")
        answer = read(tmp_path / "exported")
        for count in (5, 1):
            faces = noise(count)
            assert largest_difference(answer(faces), model.predict(faces, verbose=0)) < 1e-4


@pytest.mark.long
@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("backbone", ["ConvNeXtTiny", "MobileNetV3Small"])
def test_a_backbone_with_convolutions_of_groups_too(name, backbone, tmp_path, make_params: MakeParams):
    model, faces = untrained(make_params({"model.backbone": backbone})), noise(5)
    write, read = WRITTEN[name]
    with quiet():
        write(model, tmp_path / "exported")
        assert largest_difference(read(tmp_path / "exported")(faces), model.predict(faces, verbose=0)) < 1e-3


def test_a_model_for_litert_is_the_same_bytes_each_time(tmp_path, make_params: MakeParams):
    model = untrained(make_params(CNN))
    with quiet():
        for name in ("first", "second"):
            write_litert(model, tmp_path / name)
    assert digest(tmp_path / "first") == digest(tmp_path / "second")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
