from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ageline.explore.counts import count_ages, count_genders, count_sizes, summarise
from ageline.explore.figures import draw_ages, draw_ages_by_gender, draw_genders, draw_sizes
from ageline.explore.sheets import draw_extremes, draw_samples, find_extremes


def fold(ages: list[float], genders: list[str | None] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": ages,
            "gender": genders or [None] * len(ages),
            "ethnicity": None,
            "subject": None,
            "width": [200] * len(ages),
            "height": [200 + 10 * (position == 0) for position in range(len(ages))],
        }
    )


def test_every_year_between_youngest_and_oldest_is_counted():
    counts = count_ages({"train": fold([3, 3.9, 6]), "val": fold([5])})
    assert counts.to_dict("list") == {"age": [3, 4, 5, 6], "train": [2, 0, 0, 1], "val": [0, 0, 1, 0]}


def test_each_gender_is_counted_in_the_order_of_the_classes_even_where_a_fold_has_none():
    counts = count_genders({"train": fold([1, 2, 3], ["male", "female", "male"]), "val": fold([5], ["male"])})
    assert counts.to_dict("list") == {"gender": ["female", "male"], "train": [1, 2], "val": [0, 1]}


def test_the_summary_of_genders_knows_of_no_age_where_there_is_none():
    nan = float("nan")
    table = summarise(
        {"train": fold([nan, nan, 9], ["female", "male", "male"]), "val": fold([nan], ["male"])}, "gender"
    )
    assert [*table.columns[:4]] == ["fold", "faces", "female", "male"]
    assert table.iloc[0, 1:8].tolist() == [3, 1, 2, 9.0, 9.0, 9.0, 9.0]
    assert table.iloc[1, :4].tolist() == ["val", 1, 0, 1]
    assert table.iloc[1, 4:8].isna().all()
    assert table.age_missing.tolist() == [2, 1]


def test_the_summary_counts_missing_labels():
    table = summarise({"train": fold([1, 2, 9], ["female", None, "male"])}, "age")
    assert table.iloc[0].to_dict() == {
        "fold": "train",
        "faces": 3,
        "mean_age": 4.0,
        "median_age": 2.0,
        "youngest": 1.0,
        "oldest": 9.0,
        "age_missing": 0,
        "gender_missing": 1,
        "ethnicity_missing": 3,
        "subject_missing": 3,
    }


def test_the_commonest_size_comes_first():
    assert count_sizes({"train": fold([1, 2, 3])}).to_numpy().tolist() == [[200, 200, 2], [200, 210, 1]]


def test_the_extremes_are_the_youngest_and_the_oldest_each_face_once(make_faces):
    manifest = make_faces([40, 2, 90, 1, 50]).manifest
    youngest, oldest = find_extremes(manifest, 2)
    assert (youngest.tolist(), oldest.tolist()) == ([3, 1], [4, 2])
    youngest, oldest = find_extremes(manifest, 9)
    assert (youngest.tolist(), oldest.tolist()) == ([3, 1, 0], [4, 2])


def test_extremes_are_of_faces_whose_age_is_known(make_faces):
    manifest = make_faces([40, 2, 90, 1, 50]).manifest.assign(age=[40.0, None, 90.0, 1.0, None])
    youngest, oldest = find_extremes(manifest, 1)
    assert (youngest.tolist(), oldest.tolist()) == ([3], [2])
    youngest, oldest = find_extremes(manifest.assign(age=float("nan")), 9)
    assert (youngest.tolist(), oldest.tolist()) == ([], [])


@pytest.mark.parametrize("ages", [[1, 2, 50, 90], [1, None, 50, 90], [None] * 4], ids=["all", "some", "none"])
def test_genders_draw_with_ages_or_without_and_the_same_bytes_each_time(tmp_path, make_faces, ages):
    labels = {"age": np.array(ages, float), "gender": ["male", "female", "male", "male"]}
    faces = replace(plain := make_faces([1, 2, 50, 90]), manifest=plain.manifest.assign(**labels))
    folds = {"train": faces.manifest, "val": faces.manifest[:0], "test": faces.manifest[:1]}
    for run in ("a", "b"):
        draw_genders(tmp_path / f"genders-{run}.png", count_genders(folds), "a note")
        draw_ages_by_gender(tmp_path / f"ages-{run}.png", folds, "a note")
        draw_samples(tmp_path / f"samples-{run}.png", faces, 3, "gender", "a note")
        draw_extremes(tmp_path / f"extremes-{run}.png", faces, 20, "gender", "a note")
    for name in ("genders", "ages", "samples", "extremes"):
        first = (tmp_path / f"{name}-a.png").read_bytes()
        assert first.startswith(b"\x89PNG")
        assert first == (tmp_path / f"{name}-b.png").read_bytes()


def test_figures_and_sheets_are_the_same_bytes_each_time(tmp_path, make_faces):
    faces, folds = make_faces([1, 2, 50, 90]), {"train": fold([1, 2, 50, 90])}
    for run in ("a", "b"):
        draw_ages(tmp_path / f"ages-{run}.png", count_ages(folds), 2, "a note")
        draw_sizes(tmp_path / f"sizes-{run}.png", folds, (48, 48), "a note")
        draw_samples(tmp_path / f"samples-{run}.png", faces, 3, "age", "a note")
        draw_extremes(tmp_path / f"extremes-{run}.png", faces, 20, "age", "a note")
    for name in ("ages", "sizes", "samples", "extremes"):
        first = (tmp_path / f"{name}-a.png").read_bytes()
        assert first.startswith(b"\x89PNG")
        assert first == (tmp_path / f"{name}-b.png").read_bytes()


def test_faces_of_one_age_draw_too(tmp_path, make_faces):
    draw_ages(tmp_path / "ages.png", count_ages({"train": fold([30])}), 0, "")
    draw_extremes(tmp_path / "extremes.png", make_faces([30]), 5, "age", "")
    assert np.all([(tmp_path / name).exists() for name in ("ages.png", "extremes.png")])
