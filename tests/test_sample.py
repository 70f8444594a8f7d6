import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from ageline.params import Sample
from ageline.sample import write_sample
from ageline.sample.camera import photograph
from ageline.sample.head import lay_out
from ageline.sample.people import draw_age, person_of
from stages import sample as stage

PARAMS = Path(__file__).parent.parent / "params.yaml"


def draw(folder, faces=10, image_size=32, seed=1):
    write_sample(folder, Sample(faces=faces, image_size=image_size, seed=seed))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def labels(files):
    return list(csv.DictReader(files["labels.csv"].decode().splitlines()))


def test_the_same_params_draw_the_same_bytes_and_another_seed_others(tmp_path):
    first, again = draw(tmp_path / "first"), draw(tmp_path / "again")
    other = draw(tmp_path / "other", seed=2)
    assert first == again
    assert other["labels.csv"] != first["labels.csv"]
    assert all(other[name] != first[name] for name in first if name.endswith(".jpg"))


def test_labels_list_exactly_the_faces(tmp_path):
    files = draw(tmp_path / "sample")
    assert files["labels.csv"].startswith(b"file_name,real_age\n000000.jpg,")
    named = {f"final_files/{row['file_name']}" for row in labels(files)}
    assert named == {f"final_files/00000{face}.jpg" for face in range(10)}
    assert set(files) == named | {"labels.csv", "README.txt"}


def test_the_folder_says_that_its_faces_are_synthetic(tmp_path):
    said = " ".join(draw(tmp_path / "sample")["README.txt"].decode().split())
    assert said.startswith("Synthetic faces, drawn by code. They are not people")
    assert "says anything about real faces" in said


@pytest.mark.parametrize("image_size", [16, 64, 97])
def test_every_face_is_a_square_of_the_size_asked_for(tmp_path, image_size):
    draw(tmp_path / "sample", image_size=image_size)
    for path in (tmp_path / "sample/final_files").iterdir():
        with Image.open(path) as face:
            assert (face.format, face.mode, face.size) == ("JPEG", "RGB", (image_size, image_size))


def test_a_face_stays_as_it_is_when_more_are_drawn(tmp_path):
    few, more = draw(tmp_path / "few"), draw(tmp_path / "more", faces=12)
    names = [f"final_files/00000{face}.jpg" for face in range(10)]
    assert [few[name] for name in names] == [more[name] for name in names]
    assert labels(few) == labels(more)[:10]


def test_no_two_faces_are_alike(tmp_path):
    files = draw(tmp_path / "sample", faces=60)
    digests = {hashlib.sha256(content).hexdigest() for name, content in files.items() if name.endswith(".jpg")}
    assert len(digests) == 60


def test_ages_are_whole_years_from_1_to_90_most_of_them_of_young_adults():
    ages = np.array([draw_age(np.random.default_rng((1, face))) for face in range(2000)])
    assert ages.min() == 1
    assert 85 <= ages.max() <= 90
    children, young, old = ((ages >= low) & (ages < high) for low, high in ((1, 13), (20, 40), (65, 91)))
    assert 0.06 < children.mean() < 0.15
    assert 0.35 < young.mean() < 0.50
    assert 0.06 < old.mean() < 0.18


def test_older_faces_have_more_fine_detail_but_are_no_darker():
    faces = {age: np.stack([grey_face(age, seed) for seed in range(40)]) for age in (15, 45, 75)}
    detail = {age: np.abs(np.diff(grey[:, 16:52, 20:44], axis=1)).mean() for age, grey in faces.items()}
    assert detail[45] > 1.2 * detail[15]
    assert detail[75] > 1.2 * detail[45]
    brightness = {age: grey.mean() for age, grey in faces.items()}
    assert abs(brightness[75] - brightness[15]) < 0.1 * brightness[15]


def test_children_have_larger_eyes_lower_in_the_head():
    layouts = {age: lay_out(person_of(age, rng := np.random.default_rng(1)), rng) for age in (3, 30)}
    assert layouts[3].eye > 1.2 * layouts[30].eye
    assert layouts[3].eyes > layouts[30].eyes + 0.1
    assert layouts[3].chin < layouts[30].chin - 0.1


def test_no_single_trait_gives_the_age_away():
    old = [person_of(70, np.random.default_rng(seed)) for seed in range(200)]
    assert 0.2 < np.mean([person.grey == 0 for person in old]) < 0.7
    assert 0.2 < np.mean([person.glasses for person in old]) < 0.8
    assert 0.05 < np.mean([person.hair == "hat" for person in old]) < 0.3
    assert np.std([person.marks["forehead"] for person in old]) > 0.02


def test_the_stage_draws_what_params_say(tmp_path, monkeypatch):
    params = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    params["sample"] = {"faces": 11, "image_size": 20, "seed": 3}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    stage.main(["--out", "data/sample"])
    expected = draw(tmp_path / "expected", faces=11, image_size=20, seed=3)
    written = {name: (tmp_path / "data/sample" / name).read_bytes() for name in expected}
    assert written == expected


def grey_face(age, seed):
    """A face of `age`, the same for every age as far as chance goes, as `[64, 64]` floats without its grain."""
    rng = np.random.default_rng(seed)
    return np.asarray(photograph(person_of(age, rng), 64, rng).convert("L"), float)
