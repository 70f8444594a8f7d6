"""Suspects among labels of age: a few faces' doubts worked out by hand, and wrong labels that are planted and found."""

import math

import numpy as np
import pandas as pd
import pytest

from ageline.errors import AgelineError
from ageline.scoring.ages import score_ages
from ageline.scoring.ages.suspects import describe_suspects, judge, usual_errors
from ageline.scoring.predictions import Fold
from ageline.scoring.sheets import draw_suspects
from ageline.scoring.suspects import most_doubted
from ageline.scoring.writing import write_scores
from ageline.store.faceset import FaceSet
from benchmarks import suspects as benchmark


@pytest.fixture
def make_fold(make_faces):
    """A fold of the true ages given, for which a model predicted the others."""

    def make(true: list[float], predicted: list[float], split: str = "train") -> Fold:
        faces = make_faces(true, split, split=split)
        return Fold(
            pd.DataFrame({"face_id": faces.manifest.face_id, "true": true, "predicted": np.array(predicted, float)}),
            faces,
        )

    return make


def test_the_doubt_of_five_faces(make_fold):
    # Errors of +2, -3, +4, 0 and +56 years, half of them no larger than 3.
    judged = judge(make_fold([20, 33, 40, 50, 5], [22, 30, 44, 50, 61]))
    assert judged.to_csv(index=False, lineterminator="\n") == (
        "face_id,source,split,true,predicted,error,usual,doubt,split_group,flags\n"
        "face000,face000.png,train,20.0,22.0,2.0,3.0,0.6667,face000,\n"
        "face001,face001.png,train,33.0,30.0,-3.0,3.0,1.0,face001,\n"
        "face002,face002.png,train,40.0,44.0,4.0,3.0,1.3333,face002,\n"
        "face003,face003.png,train,50.0,50.0,0.0,3.0,0.0,face003,\n"
        "face004,face004.png,train,5.0,61.0,56.0,3.0,18.6667,face004,\n"
    )


def test_a_year_is_the_least_that_counts_as_usual(make_fold):
    judged = judge(make_fold([20, 30, 40], [20, 30.1, 45]))
    assert list(judged.usual) == [1, 1, 1]
    assert list(judged.doubt) == [0, 0.1, 5]


def test_a_planted_wrong_label_comes_first(make_fold):
    ages = np.linspace(1, 90, 60)
    predicted = ages + np.tile([-3, 2, 4], 20)
    true = ages.copy()
    true[41] = 7
    first = most_doubted([judge(make_fold(true, predicted))], 3).iloc[0]
    assert (first.face_id, first.true, round(first.predicted)) == ("face041", 7, 67)


def test_faces_are_compared_with_those_predicted_about_as_old():
    # The young are off by 2 years, the old by 10; a face of the old that is off by 10 is nothing strange.
    predicted = np.r_[np.linspace(0, 20, 50), np.linspace(60, 80, 50)]
    distance = np.r_[np.full(50, 2.0), np.full(50, 10.0)]
    shuffled = np.random.default_rng(1).permutation(100)
    assert list(usual_errors(predicted, distance)) == list(distance)
    assert list(usual_errors(predicted[shuffled], distance[shuffled])) == list(distance[shuffled])


@pytest.mark.parametrize(("faces", "bins"), [(1, 1), (99, 1), (100, 2), (149, 2), (150, 3), (1000, 20), (5000, 20)])
def test_a_bin_has_fifty_faces_at_least_and_bins_are_twenty_at_most(faces, bins):
    predicted = np.arange(faces, dtype=float)
    assert len(set(usual_errors(predicted, predicted + 10))) == bins


def test_folds_are_judged_apart(make_fold):
    # Learned labels are off by 1 year: there 8 years are much, among test faces, off by 10, 30 years are little.
    train = judge(make_fold([20, 30, 40, 50, 60], [21, 31, 41, 51, 68], "train"))
    test = judge(make_fold([20, 30, 40, 50, 60], [30, 40, 50, 60, 90], "test"))
    listed = most_doubted([train, test], 2)
    assert list(zip(listed.split, listed.face_id, listed.error, listed.doubt, strict=True)) == [
        ("train", "face004", 8, 8),
        ("test", "face004", 30, 3),
    ]


def test_ties_are_listed_by_face(make_fold):
    fold = make_fold([50, 20, 30, 40], [55, 25, 25, 40])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        judged = judge(fold).iloc[order]
        assert list(most_doubted([judged], 3).face_id) == ["face000", "face001", "face002"]


def test_the_list_is_as_long_as_asked_for_or_as_there_are_faces(make_fold):
    judged = judge(make_fold([20, 30, 40], [21, 31, 41]))
    assert [len(most_doubted([judged], count)) for count in (1, 3, 50)] == [1, 3, 3]


def test_flags_groups_and_sources_are_those_of_the_manifest(make_fold):
    fold = make_fold([20, 30], [21, 35])
    marked = fold.faces.manifest.assign(
        source=["a b/1.jpg", "c/2.jpg"], split_group=["one", "one"], flags=["conflict partial_label", ""]
    )
    judged = judge(fold._replace(faces=FaceSet(marked, fold.faces.packs)))
    assert judged[["source", "split_group", "flags"]].to_numpy().tolist() == [
        ["a b/1.jpg", "one", "conflict partial_label"],
        ["c/2.jpg", "one", ""],
    ]


def test_predictions_of_other_faces(make_fold):
    fold = make_fold([20, 30], [21, 31])
    with pytest.raises(ValueError, match="1 predictions are of other faces than the fold's"):
        judge(fold._replace(predictions=fold.predictions.replace({"face_id": {"face001": "stranger"}})))


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_fold_that_cannot_be_judged_is_named(make_fold, split):
    with pytest.raises(AgelineError, match=f"1 of 2 {split} faces have no finite predicted age in years: face face001"):
        judge(make_fold([20, 30], [21, math.nan], split))


def test_the_sheet_shows_the_listed_faces_in_their_order(make_fold):
    train = make_fold([10, 5], [11, 61], "train")
    test = make_fold([40, 20], [40, 50], "test")
    listed = most_doubted([judge(train), judge(test)], 3)
    sheet = draw_suspects(listed, [train.faces, test.faces], describe_suspects(listed), note="")
    captions = [" ".join(text.get_text().split()) for text in sheet.texts]
    assert captions[-3:] == ["label 20, model 50, test", "label 5, model 61, train", "label 10, model 11, train"]
    assert [int(image.get_array()[0, 0, 0]) for image in sheet.images] == [40, 10, 20]  # twice as bright as old


def test_a_long_list_is_shown_in_part(make_fold):
    fold = make_fold(list(range(60)), list(range(60)))
    judged = judge(fold)
    assert len(draw_suspects(judged, [fold.faces], describe_suspects(judged), note="").images) == 50


def test_train_and_val_reach_the_list_and_of_so_few_only_the_counts_of_ages_learned_from(
    make_fold, make_params, paths, tmp_path
):
    evaluate = make_params({"evaluate.bootstrap.samples": 100, "evaluate.suspects": 4}).evaluate
    test = make_fold([10, 20], [12, 30], "test")
    train, val = make_fold([40, 50], [40, 80], "train"), make_fold([60, 70], [61, 69], "val")
    written = []
    for folds in ((None, None), (val, train)):
        write_scores(score_ages(test, *folds, evaluate, "faces"), **paths)
        written.append({path.name: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()})
    without, with_others = written
    differing = {name for name, content in with_others.items() if without.get(name) != content}
    assert differing == {"suspects.csv", "suspects.png", "by_shot.csv", "error_by_shot.png"}
    listed = pd.read_csv(paths["tables_dir"] / "suspects.csv")
    assert list(zip(listed.split, listed.face_id, listed.doubt, strict=True)) == [
        ("train", "face001", 2.0),
        ("test", "face001", 1.6667),
        ("val", "face000", 1.0),
        ("val", "face001", 1.0),
    ]


def test_the_same_predictions_in_another_order_give_the_same_bytes(make_fold, make_params, paths):
    evaluate = make_params({"evaluate.bootstrap.samples": 100}).evaluate
    fold = make_fold([10, 20, 20, 40], [14, 24, 16, 40], "test")
    written = []
    for order in ([0, 1, 2, 3], [2, 3, 1, 0]):
        turned = fold._replace(predictions=fold.predictions.iloc[order])
        write_scores(score_ages(turned, None, None, evaluate, "faces"), **paths)
        written.append([(paths[at] / f"suspects.{kind}").read_bytes() for at, kind in
                        (("tables_dir", "csv"), ("figures_dir", "png"))])  # fmt: skip
    assert written[0] == written[1]


def test_the_benchmark_plants_ages_of_other_faces_ten_years_away():
    ages = np.array([5.0, 12.0, 14.0, 15.0, 40.0])
    planted = benchmark.plant(ages, np.array([0, 4]), np.random.default_rng(1))
    assert list(planted[1:4]) == [12, 14, 15]
    assert planted[0] in {15, 40}
    assert planted[4] in {5, 12, 14, 15}
    with pytest.raises(AgelineError, match=r"no age is 10 years from 14, so no wrong one can be planted there"):
        benchmark.plant(np.array([12.0, 14.0]), np.array([1]), np.random.default_rng(1))


def test_the_benchmark_finds_everything_of_a_model_without_error(make_fold):
    ages = list(range(0, 100, 2))
    found = benchmark.find([make_fold(ages, ages)], share=0.1, seed=1)
    assert found == {"doubt": 1, "abs(error)": 1}
