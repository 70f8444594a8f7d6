"""Scores of a few predicted genders, against figures worked out by hand, and of a fold like a real one."""

import json
import math
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ageline.errors import AgelineError
from ageline.scoring.genders import score_genders
from ageline.scoring.genders.metrics import measure
from ageline.scoring.genders.plots import draw_accuracy_by_age, draw_confusion
from ageline.scoring.genders.predictions import check_predictions, describe_faces
from ageline.scoring.genders.sheets import describe_suspects, draw_worst_faces
from ageline.scoring.genders.suspects import judge
from ageline.scoring.genders.tables import (
    difference_interval,
    table_by_age,
    table_by_ethnicity,
    table_by_gender,
    table_of_confusion,
    table_of_gaps,
)
from ageline.scoring.predictions import Fold
from ageline.scoring.suspects import most_doubted
from ageline.scoring.writing import write_scores
from ageline.store.faceset import FaceSet

F, M = "female", "male"


def table_of(true: list[str], male: list[float]) -> pd.DataFrame:
    """Predictions of faces with these labels, given the probability of male."""
    probability = np.array(male, float)
    return pd.DataFrame(
        {
            "face_id": [f"face{number:03}" for number in range(len(true))],
            "true": true,
            "predicted": np.where(probability > 0.5, M, F),
            "female": 1 - probability,
            "male": probability,
        }
    )


@pytest.fixture
def make_fold(make_faces):
    """A fold with these labels and ages, which may be NaN, and the model's probability of male for each face."""

    def make(true: list[str], male: list[float], ages: list[float], split: str = "test") -> Fold:
        shown = make_faces(np.nan_to_num(np.array(ages, float)), split, split=split)
        faces = FaceSet(shown.manifest.assign(age=np.array(ages, float), gender=true), shown.packs)
        return Fold(table_of(true, male), faces)

    return make


@pytest.fixture
def realistic(make_fold):
    """48 faces, a quarter of them five or younger, of whom the model knows less; two labels are wrong."""
    generator = np.random.default_rng(3)
    ages = np.r_[generator.integers(1, 6, 12), generator.integers(6, 80, 36)].astype(float)
    male = generator.random(48) < 0.5
    strength = np.where(ages <= 5, 1.0, 4.0)
    logits = np.where(male, 1, -1) * strength + generator.normal(0, 1, 48)
    labelled = male.copy()
    labelled[[20, 40]] = ~labelled[[20, 40]]
    return make_fold(list(np.where(labelled, M, F)), list(1 / (1 + np.exp(-logits))), list(ages))


@pytest.fixture
def evaluate(make_params):
    return make_params({"evaluate.age_bins": [0, 6, 18, 40], "evaluate.worst": 4, "evaluate.suspects": 5}).evaluate


def test_metrics_of_five_faces():
    # right: 3 of 4 female, 0 of 1 male
    metrics = measure(check_predictions(table_of([F, F, F, F, M], [0.1, 0.2, 0.3, 0.6, 0.25])))
    assert metrics == {
        "accuracy": 0.6,
        "accuracy_low": 0.2307,  # (3 + 1.9207) / 8.8415 -+ 1.96 / 8.8415 * sqrt(3 * 2 / 5 + 0.9604)
        "accuracy_high": 0.8824,
        "balanced_accuracy": 0.375,  # (3 / 4 + 0 / 1) / 2
        "log_loss": 0.5976,  # -ln(0.9 * 0.8 * 0.7 * 0.4 * 0.25) / 5
        "n_test": 5,
    }


def test_certainty_in_a_mistake_costs_no_more_than_what_is_written():
    assert measure(check_predictions(table_of([F], [1.0])))["log_loss"] == 14.5087  # -ln 0.0000005
    assert measure(check_predictions(table_of([F], [0.0])))["log_loss"] == 0


def test_one_gender_alone_has_its_recall_for_balanced_accuracy():
    metrics = measure(check_predictions(table_of([M, M, M, M], [0.9, 0.9, 0.9, 0.1])))
    assert (metrics["accuracy"], metrics["balanced_accuracy"]) == (0.75, 0.75)


def test_predictions_are_sorted_and_rounded():
    predictions = table_of([F, M], [0.12345678, 0.99999999]).iloc[::-1].assign(age=3)
    assert check_predictions(predictions).to_csv(index=False, lineterminator="\n") == (
        "face_id,true,predicted,female,male\nface000,female,female,0.876543,0.123457\nface001,male,male,0.0,1.0\n"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"true": [F, None]}, "1 of 2 test faces are labelled neither female nor male: face face001 has (nan|None)"),
        ({"true": ["Male", F]}, "face face000 has Male. Run `dvc repro -f ingest`, which rejects faces without"),
        (
            {"male": [math.nan, 0.9]},
            "1 of 2 test faces have no finite probability of male: face face000 has nan. Train",
        ),
        ({"male": [0.2, 0.8]}, "1 of 2 .* face face001 has female 0.1 and male 0.8, expected numbers from 0 to 1 that"),
        ({"female": [1.2, 0.1], "male": [-0.2, 0.9]}, "face000 has female 1.2 and male -0.2, .* run `dvc repro -f tr"),
        ({"face_id": ["a", "a"]}, "holds face a twice"),
    ],
)
def test_what_cannot_be_scored(changes, message):
    predictions = table_of([F, M], [0.2, 0.9]).assign(**changes)
    with pytest.raises(AgelineError, match=message):
        check_predictions(predictions)


def test_a_fold_without_faces():
    with pytest.raises(AgelineError, match="the val fold holds no faces"):
        check_predictions(table_of([], []), "val")


def test_a_prediction_that_its_probabilities_contradict():
    with pytest.raises(ValueError, match="face face001 is predicted to be the less probable gender"):
        check_predictions(table_of([F, M], [0.2, 0.9]).assign(predicted=[F, F]))


def test_accuracy_by_age(make_fold):
    fold = make_fold([F, M, F, M, F], [0.1, 0.2, 0.3, 0.9, 0.6], [1, 5, 30, 17, math.nan])
    table = table_by_age(describe_faces(check_predictions(fold.predictions), fold.faces), [0, 6, 13, 18])
    assert table.to_csv(index=False, lineterminator="\n") == (
        "age_bin,n,accuracy,accuracy_low,accuracy_high,balanced_accuracy\n"
        "0-5,2,0.5,0.0945,0.9055,0.5\n"
        "6-12,0,,,,\n"
        "13-17,1,1.0,0.2065,1.0,1.0\n"
        "18+,1,1.0,0.2065,1.0,1.0\n"
        "unknown,1,0.0,0.0,0.7935,0.0\n"
    )


def test_accuracy_by_ethnicity_with_the_unknown_last():
    predictions = check_predictions(table_of([F, M, F, M, F], [0.1, 0.2, 0.3, 0.9, 0.6]))
    table = table_by_ethnicity(predictions.assign(ethnicity=["white", "white", "asian", None, math.nan]))
    assert table.to_csv(index=False, lineterminator="\n") == (
        "ethnicity,n,accuracy,accuracy_low,accuracy_high,balanced_accuracy\n"
        "asian,1,1.0,0.2065,1.0,1.0\n"
        "white,2,0.5,0.0945,0.9055,0.5\n"
        "unknown,2,0.5,0.0945,0.9055,0.5\n"
    )


def test_no_face_has_an_ethnicity():
    predictions = check_predictions(table_of([F, M], [0.1, 0.9]))
    assert table_by_ethnicity(predictions) is None
    assert table_by_ethnicity(predictions.assign(ethnicity=None)) is None


def test_the_interval_of_a_gap_is_that_of_the_paper():
    # Newcombe (1998), table II, method 10
    assert difference_interval((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_interval((5, 56), (0, 29)) == pytest.approx((-0.0381, 0.1926), abs=5e-5)
    assert difference_interval((0, 10), (0, 20)) == pytest.approx((-0.1611, 0.2775), abs=5e-5)
    assert difference_interval((10, 10), (0, 10)) == pytest.approx((0.6075, 1), abs=5e-5)


def test_the_gaps_between_groups_of_fifty_faces():
    # female: 56 of 70 right, all of them 20 years old; male: 48 of 80, 49 of them 50 years old, too few for a bin
    labels, wrong = [F] * 70 + [M] * 80, [False] * 56 + [True] * 14 + [False] * 48 + [True] * 32
    male = [0.9 if (label == M) != mistaken else 0.1 for label, mistaken in zip(labels, wrong, strict=True)]
    aged = check_predictions(table_of(labels, male)).assign(
        age=[20.0] * 70 + [50.0] * 49 + [math.nan] * 31, ethnicity=["white"] * 75 + [None] * 75
    )
    assert table_of_gaps(aged, [0, 18, 40]).to_csv(index=False, lineterminator="\n") == (
        "grouping,worst,best,gap,gap_low,gap_high\ngender,male,female,0.2,0.0524,0.3339\n"
    )


def test_gaps_between_ages_and_between_ethnicities():
    # 0-17: 52 of 52 right; 40+: 26 of 52; each ethnicity 39 of 52, of equal ones the first and the last
    aged = check_predictions(table_of([F] * 104, [0.1] * 52 + [0.1, 0.1, 0.9, 0.9] * 13)).assign(
        age=[5.0] * 52 + [60.0] * 52, ethnicity=["asian", "white"] * 52
    )
    table = table_of_gaps(aged, [0, 18, 40])
    assert table.iloc[:, :4].to_csv(index=False, lineterminator="\n").splitlines()[1:] == [
        "age_bin,40+,0-17,0.5",
        "ethnicity,asian,white,0.0",
    ]


@pytest.mark.parametrize(("labels", "male"), [([F], [0.1]), ([M] * 120, [0.9] * 120)])
def test_there_is_no_gap_within_one_group(labels, male):
    aged = check_predictions(table_of(labels, male)).assign(age=20.0)
    assert table_of_gaps(aged, [0, 18, 40]) is None


def test_ages_are_found_by_face(make_fold):
    fold = make_fold([F, M], [0.1, 0.9], [20, 70])
    assert list(describe_faces(fold.predictions.iloc[::-1], fold.faces).age) == [70, 20]
    with pytest.raises(ValueError, match="face face002 is none of the fold's"):
        describe_faces(table_of([F, M, M], [0.1, 0.9, 0.9]), fold.faces)


def test_each_gender_and_what_it_was_taken_for():
    predictions = check_predictions(table_of([F, F, F, F, M], [0.1, 0.2, 0.3, 0.6, 0.7]))
    assert table_of_confusion(predictions).to_csv(index=False, lineterminator="\n") == (
        "true,predicted,n,share\nfemale,female,3,0.75\nfemale,male,1,0.25\nmale,female,0,0.0\nmale,male,1,1.0\n"
    )
    assert table_by_gender(predictions).to_csv(index=False, lineterminator="\n") == (
        "gender,n,recall,recall_low,recall_high,n_predicted,precision\n"
        "female,4,0.75,0.3006,0.9544,3,1.0\n"
        "male,1,1.0,0.2065,1.0,2,0.5\n"
    )


def test_a_gender_that_no_face_has_or_is_taken_for():
    predictions = check_predictions(table_of([F], [0.1]))
    assert table_by_gender(predictions).iloc[1].isna().to_dict() == {
        "gender": False, "n": False, "recall": True, "recall_low": True, "recall_high": True, "n_predicted": False,
        "precision": True,
    }  # fmt: skip
    assert list(table_of_confusion(predictions).n) == [1, 0, 0, 0]


def test_the_doubt_of_four_faces(make_fold):
    # Women's labels are usually given (0.9 + 0.8 + 0.1) / 3 = 0.6.
    judged = judge(make_fold([F, F, F, M], [0.1, 0.2, 0.9, 0.7], [20, 30, 40, 50], "train"))
    assert judged.to_csv(index=False, lineterminator="\n", float_format="%.4f") == (
        "face_id,source,split,true,predicted,confidence,usual,doubt,split_group,flags\n"
        "face000,face000.png,train,female,female,0.9000,0.6000,0.6667,face000,\n"
        "face001,face001.png,train,female,female,0.8000,0.6000,0.7500,face001,\n"
        "face002,face002.png,train,female,male,0.1000,0.6000,6.0000,face002,\n"
        "face003,face003.png,train,male,male,0.7000,0.7000,1.0000,face003,\n"
    )


def test_wrong_labels_are_doubted_first(realistic):
    assert set(most_doubted([judge(realistic)], 2).face_id) == {"face020", "face040"}


def test_the_captions_of_suspects_say_what_the_model_gives_their_labels(make_fold):
    judged = judge(make_fold([F, M], [0.97, 0.62], [20, 30], "val"))
    assert describe_suspects(judged) == ["label female, model\u00a03%, val", "label male, model\u00a062%, val"]


def test_mistakes_come_first_of_which_the_model_is_surest(make_fold):
    fold = make_fold([F, M, F, M], [0.6, 0.02, 0.1, 0.3], [10, 20, 30, math.nan])
    aged = describe_faces(check_predictions(fold.predictions), fold.faces)
    sheet = draw_worst_faces(aged, fold.faces, 2, "")
    captions = [" ".join(text.get_text().split()) for text in sheet.texts]
    assert captions[-2:] == ["taken for female 98%, age 20", "taken for female 70%"]
    assert [int(image.get_array()[0, 0, 0]) for image in sheet.images] == [40, 0]


def test_a_model_without_mistakes_has_no_worst_faces(make_fold):
    fold = make_fold([F, M], [0.1, 0.9], [10, 20])
    sheet = draw_worst_faces(describe_faces(check_predictions(fold.predictions), fold.faces), fold.faces, 2, "")
    assert " ".join(sheet.texts[0].get_text().split()).endswith("most sure: no faces")


def test_the_matrix_shows_counts_and_shares():
    predictions = check_predictions(table_of([F, F, F, F], [0.1, 0.2, 0.3, 0.6]))
    figure = draw_confusion(table_of_confusion(predictions), measure(predictions), "")
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert cells == ["3\n75.0%", "1\n25.0%", "0\nno such faces", "0\nno such faces"]


def test_the_accuracy_of_each_age_is_shown_with_its_faces(realistic, evaluate):
    predictions = check_predictions(realistic.predictions)
    table = table_by_age(describe_faces(predictions, realistic.faces), evaluate.age_bins)
    axes = draw_accuracy_by_age(table, measure(predictions), "").axes[0]
    assert axes.get_xticklabels()[0].get_text() == "0-5\nn = 12"
    assert [text.get_text() for text in axes.texts] == ["58%", "100%", "91%", "95%"]


def test_everything_is_written_and_metrics_follow_from_the_predictions(realistic, evaluate, paths, tmp_path):
    scores = score_genders(realistic, None, None, evaluate, "faces")
    write_scores(scores, **paths)
    metrics = json.loads(paths["metrics_path"].read_text())
    assert list(metrics) == ["accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy", "log_loss", "n_test"]
    written = StringIO(paths["predictions_path"].read_text())
    assert measure(pd.read_csv(written)) == metrics == scores.metrics
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*/evaluate/*")) == [
        "metrics/evaluate/by_age.csv",
        "metrics/evaluate/by_gender.csv",
        "metrics/evaluate/confusion.csv",
        "metrics/evaluate/suspects.csv",
        "reports/evaluate/accuracy_by_age.png",
        "reports/evaluate/accuracy_by_group.png",
        "reports/evaluate/confusion.png",
        "reports/evaluate/suspects.png",
        "reports/evaluate/worst_faces.png",
    ]
    assert len(pd.read_csv(paths["tables_dir"] / "suspects.csv")) == 5


def test_the_same_predictions_in_another_order_give_the_same_bytes(realistic, evaluate, paths, tmp_path):
    runs = []
    for order in (1, -1):
        turned = realistic._replace(predictions=realistic.predictions[::order])
        write_scores(score_genders(turned, None, None, evaluate, "faces"), **paths)
        files = [*tmp_path.rglob("*/evaluate/*"), paths["metrics_path"], paths["predictions_path"]]
        runs.append({path: path.read_bytes() for path in files})
    assert runs[0] == runs[1]


def test_faces_without_ages_leave_the_figure_of_ages_out(make_fold, evaluate, paths):
    fold = make_fold([F, M], [0.1, 0.9], [math.nan] * 2)
    write_scores(score_genders(fold, None, None, evaluate, "faces"), **paths)
    assert not (paths["figures_dir"] / "accuracy_by_age.png").exists()
    lines = (paths["tables_dir"] / "by_age.csv").read_text().splitlines()
    assert lines[1] == "0-5,0,,,,"
    assert lines[-1] == "unknown,2,1.0,0.3424,1.0,1.0"


def test_train_and_val_reach_the_list_of_suspects_alone(realistic, make_fold, evaluate, paths, tmp_path):
    train = make_fold([F, F, F, F, F], [0.99, 0.01, 0.01, 0.01, 0.01], [20, 30, 40, 50, 60], "train")
    written = []
    for learned in (None, train):
        write_scores(score_genders(realistic, None, learned, evaluate, "faces"), **paths)
        files = [path for folder in ("metrics", "reports") for path in (tmp_path / folder).rglob("*.*")]
        written.append({path.name: path.read_bytes() for path in files})
    differing = {name for name, content in written[1].items() if written[0][name] != content}
    assert differing == {"suspects.csv", "suspects.png"}


def test_one_face_is_drawn(make_fold, evaluate, paths):
    write_scores(score_genders(make_fold([M], [0.3], [4]), None, None, evaluate, "faces"), **paths)
    for path in paths["figures_dir"].iterdir():
        with Image.open(path) as image:
            assert image.width > 100
