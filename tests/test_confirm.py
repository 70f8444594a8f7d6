"""Results that are, and are not, what is committed: of a few faces, their files written out by hand."""

import math

import pytest
from repository import ROOT, run_of, run_of_genders

from ageline.confirm.result import Result, read_result
from ageline.confirm.score import TOLERANCES, allowed, confirm_score
from ageline.confirm.training import confirm_training, explained_by_training
from ageline.errors import AgelineError
from ageline.gate.runs import METRICS, PREDICTIONS

AGES = {
    METRICS: '{"mae": 2.0, "cs5": 1.0, "width": 10.0, "threshold": 27, "minor_pass": 0.5, "n_test": 3, "n_failed": 0}',
    PREDICTIONS: """face_id,true,predicted,low,high
anna,4.0,6.0,1.0,11.0
bert,17.0,15.0,10.0,20.0
cleo,30.0,32.0,27.0,37.0
""",
}
GENDERS = {
    METRICS: '{"accuracy": 0.5, "log_loss": 0.7, "n_test": 2}\n',
    PREDICTIONS: """face_id,true,predicted,female,male
anna,female,female,0.9,0.1
bert,male,female,0.501,0.499
""",
}


def result(files: dict[str, str], *edits: tuple[str, str]) -> Result:
    """The result of these files, a text in one of them replaced by another."""
    return read_result(edited(files, *edits).get, "", "Run it again.")


def edited(files: dict[str, str], *edits: tuple[str, str]) -> dict[str, str]:
    for old, new in edits:
        assert sum(text.count(old) for text in files.values()) == 1, old
        files = {path: text.replace(old, new) for path, text in files.items()}
    return files


def compared(files: dict[str, str], *edits: tuple[str, str]) -> list[str]:
    """What is said where the edited files came out, and these are committed; without the remedy."""
    found = result(files, *edits)
    verdict = confirm_score(result(files), found, "HEAD", TOLERANCES[found.metric])
    assert verdict.confirmed == ("those of HEAD" in verdict.sentences[0])
    if not verdict.confirmed:
        assert verdict.sentences[-1].startswith("What HEAD has is not what its model gives here. Run `dvc repro`")
    return list(verdict.sentences if verdict.confirmed else verdict.sentences[:-1])


def test_the_same_numbers():
    assert compared(AGES) == ["metrics.json and predictions.csv of 3 faces are those of HEAD, to the last digit."]


def test_numbers_that_another_processor_rounded():
    assert compared(AGES, ('"mae": 2.0', '"mae": 2.02'), ("6.0,1.0,11.0", "6.06,1.06,11.06")) == [
        "metrics.json and predictions.csv of 3 faces are those of HEAD up to rounding: mae is 0.0200 years apart (at"
        " most 0.02 expected), no face more than 0.0600 (at most 0.5)."
    ]


def test_a_metric_that_was_edited():
    assert compared(AGES, ('"mae": 2.0', '"mae": 2.53')) == [
        "mae is 2.0 at HEAD and 2.53 here: 0.5300 years apart, expected at most 0.0200."
    ]
    assert compared(AGES, ('"threshold": 27', '"threshold": 28')) == [
        "threshold is 27 at HEAD and 28 here: expected the same."
    ]


def test_a_share_may_be_one_face_off():
    one_of_three, one_of_the_minors = ('"cs5": 1.0', '"cs5": 0.6667'), ('"minor_pass": 0.5', '"minor_pass": 0.0')
    assert "are those of HEAD up to rounding" in compared(AGES, one_of_three, one_of_the_minors)[0]
    assert compared(AGES, ('"cs5": 1.0', '"cs5": 0.3333')) == [
        "cs5 is 1.0 at HEAD and 0.3333 here: 0.6667 apart, expected at most 0.3334."
    ]


def test_a_prediction_that_was_edited():
    assert compared(AGES, ("anna,4.0,6.0", "anna,4.0,4.9"), ("bert,17.0,15.0", "bert,17.0,15.51")) == [
        "predicted of 2 of 3 faces is over 0.5 years apart: anna (6 at HEAD, 4.9 here), bert (15 at HEAD, 15.51 here)."
    ]


def test_the_worst_faces_are_named_and_the_others_counted():
    claimed, found = (result(run_of(errors)) for errors in ([0.0] * 12, [0.0, 3.0, *[1.0] * 10]))
    sentences = confirm_score(claimed, found, "v1", TOLERANCES["mae"]).sentences
    assert (
        "predicted of 11 of 12 faces is over 0.5 years apart: face001 (15 at v1, 18 here), face002 (20 at v1, 21 here),"
        " face003 (30 at v1, 31 here) and 8 more."
    ) in sentences


def test_one_face_at_the_edge_of_two_bins_of_age_may_have_the_other_interval():
    assert compared(AGES, ("6.0,1.0,11.0", "6.0,0.0,13.0"))[1:] == [
        "1 face has another interval, as one at the edge of two bins of age may have."
    ]
    assert compared(AGES, ("6.0,1.0,11.0", "6.0,0.0,11.0"), ("15.0,10.0,20.0", "15.0,9.0,20.0")) == [
        "low of 2 of 3 faces is over 0.5 years apart: anna (1 at HEAD, 0 here), bert (10 at HEAD, 9 here)."
    ]


def test_another_tolerance_is_for_metrics_and_in_proportion_for_faces():
    claimed, found = result(AGES), result(AGES, ('"mae": 2.0', '"mae": 2.1'), ("6.0,1.0", "8.5,1.0"))
    assert confirm_score(claimed, found, "HEAD", TOLERANCES["mae"].within(0.1)).confirmed
    assert not confirm_score(claimed, found, "HEAD", TOLERANCES["mae"].within(0.09)).confirmed
    assert confirm_score(claimed, claimed, "HEAD", TOLERANCES["mae"].within(0)).confirmed


def test_other_faces_and_labels():
    assert compared(AGES, ("anna,4.0", "dora,4.0")) == [
        "1 face at HEAD, and not here: anna. Expected the same test fold.",
        "1 face here, and not at HEAD: dora. Expected the same test fold.",
    ]
    assert compared(AGES, ("anna,4.0", "anna,5.0")) == [
        "1 face with another label: anna (4.0 at HEAD, 5.0 here). Expected the same labels."
    ]


def test_no_face_in_common():
    moved = [(f"{name},", f"{name}2,") for name in ("anna", "bert", "cleo")]
    assert compared(AGES, *moved)[0] == (
        "3 faces at HEAD, and not here: anna, bert, cleo. Expected the same test fold."
    )


def test_other_metrics_and_columns():
    assert compared(AGES, ('"threshold": 27, "minor_pass": 0.5, ', ""), ("low,high", "low,std")) == [
        "metrics/metrics.json has threshold, minor_pass at HEAD, and not here. Expected the same names.",
        "metrics/predictions.csv has high at HEAD, and not here. Expected the same names.",
        "metrics/predictions.csv has std here, and not at HEAD. Expected the same names.",
    ]


def test_another_target():
    verdict = confirm_score(result(AGES), result(GENDERS), "HEAD", TOLERANCES["accuracy"])
    assert not verdict.confirmed
    assert verdict.sentences[:-1] == [
        "HEAD has mae and no accuracy: expected the target to be the same there and here."
    ]


def test_a_gender_may_change_with_a_probability_near_a_half():
    rounded = ("bert,male,female,0.501,0.499", "bert,male,male,0.499,0.501"), ('"accuracy": 0.5', '"accuracy": 1.0')
    assert compared(GENDERS, *rounded)[0].endswith(
        "up to rounding: accuracy is 0.5000 apart (at most 0.02 expected), no face more than 0.0020 (at most 0.1)."
    )


def test_genders_that_were_edited():
    assert compared(GENDERS, ("0.9,0.1", "0.7,0.3"), ('"log_loss": 0.7', '"log_loss": 0.6')) == [
        "log_loss is 0.7 at HEAD and 0.6 here: 0.1000 apart, expected at most 0.0200.",
        "female of 1 of 2 faces is over 0.1 apart: anna (0.9 at HEAD, 0.7 here).",
        "male of 1 of 2 faces is over 0.1 apart: anna (0.1 at HEAD, 0.3 here).",
    ]


def test_predicted_genders_that_were_edited():
    assert compared(GENDERS, ("anna,female,female", "anna,female,male")) == [
        "predicted of 1 of 2 faces is the other gender: anna."
    ]


@pytest.mark.parametrize("run", [run_of([1.0] * 10), run_of_genders([True] * 9 + [False])])
def test_each_metric_that_evaluation_writes_has_a_tolerance(run):
    found = result(run)
    labels = list(found.answers.labels.values())
    exact = {metric for metric in found.metrics if not allowed(metric, labels, TOLERANCES[found.metric])}
    assert exact == {"n_test"}


def test_what_a_face_is_called_steers_neither_a_terminal_nor_a_page():
    claimed = result(AGES, ("anna,", '"[x](y)\x1b[1m\n`a`",'))
    (sentence, *_) = confirm_score(claimed, result(AGES), "HEAD", TOLERANCES["mae"]).sentences
    assert sentence == "1 face at HEAD, and not here: ?x??y???1m??a?. Expected the same test fold."


# Trained again.


def test_two_trainings_alike():
    claimed, found = (result(run_of(errors)) for errors in ([4.0, 6.0] * 50, [6.0, 4.5] * 50))
    assert confirm_training(claimed, found, "HEAD").sentences == [
        "Trained again, the model has the mae 5.25 years, that of HEAD 5.00: 0.25 apart on the same 100 faces, where"
        " chance explains 0.58."
    ]


@pytest.mark.parametrize("better", [1, -1])
def test_a_committed_model_that_is_better_or_worse_than_its_code_gives(better):
    claimed, found = (result(run_of(errors)) for errors in ([5.0 - better, 7.0 - better] * 50, [7.0, 5.0] * 50))
    verdict = confirm_training(claimed, found, "HEAD")
    assert not verdict.confirmed
    assert verdict.sentences[0].endswith(
        "1.00 apart on the same 100 faces, where chance explains 0.66, and more once in a thousand times."
    )
    assert verdict.sentences[1].startswith("What HEAD has is not what its code, data and params give. Run `dvc repro`")


def test_chance_explains_as_much_as_the_errors_of_the_two_models_differ():
    one, other = result(run_of([1.0, 2.0, 3.0, 4.0])), result(run_of([1.0, 4.0, 3.0, 2.0]))
    assert explained_by_training(one, other) == pytest.approx(3.3 * math.sqrt(8 / 3) / 2)
    assert explained_by_training(one, one) == 0
    assert explained_by_training(result(run_of([1.0])), result(run_of([2.0]))) == 0


def test_a_metric_that_was_edited_is_found_though_the_model_is_another():
    files = run_of([4.0, 6.0] * 50)
    claimed = result(files | {METRICS: files[METRICS].replace('"mae": 5.0', '"mae": 4.8')})
    assert confirm_training(claimed, result(run_of([6.0, 4.0] * 50)), "HEAD").sentences[0] == (
        "metrics/metrics.json at HEAD has the mae 4.8, and metrics/predictions.csv there gives 5.0000."
    )


def test_training_again_changes_no_face_no_label_and_no_count():
    claimed, found = (result(run_of(errors)) for errors in ([4.0, 6.0] * 50, [6.0, 4.0] * 49 + [6.0]))
    assert confirm_training(claimed, found, "HEAD").sentences[0] == (
        "1 face at HEAD, and not here: face099. Expected the same test fold."
    )
    counted = result(AGES), result(AGES, ('"n_failed": 0', '"n_failed": 1'))
    assert confirm_training(*counted, "HEAD").sentences[0] == "n_failed is 0 at HEAD and 1 here: expected the same."


def test_training_again_may_support_another_threshold_or_none():
    found = result(AGES, ('"threshold": 27, "minor_pass": 0.5, ', ""))
    assert confirm_training(result(AGES), found, "HEAD").confirmed


def test_accuracy_of_two_trainings():
    claimed, found = (result(run_of_genders(right)) for right in ([True, False] * 50, [False, True, True, False] * 25))
    assert confirm_training(claimed, found, "HEAD").sentences == [
        "Trained again, the model has the accuracy 0.5000, that of HEAD 0.5000: 0.0000 apart on the same 100 faces,"
        " where chance explains 0.2345."
    ]


# Broken files.


def broken(files: dict[str, str | None]) -> str:
    with pytest.raises(AgelineError) as raised:
        read_result(files.get, " at main", "Mend it.")
    assert str(raised.value).endswith(" Mend it.")
    return str(raised.value)


@pytest.mark.parametrize("path", [METRICS, PREDICTIONS])
@pytest.mark.parametrize(("text", "said"), [(None, "does not exist"), ("", "is empty"), (" \n", "is empty")])
def test_a_file_that_is_missing_or_empty(path, text, said):
    assert broken(AGES | {path: text}) == f"{path} at main {said}, expected what a run left. Mend it."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n", "is not readable as JSON"),
        ("[" * 100_000, "is not readable as JSON"),
        ('{"mae": 5' + "0" * 5000 + "}", "is not readable as JSON"),
        ("[5.73]", "should hold metrics by name, received '[5.73]'"),
        ('{"mae": NaN}', "has the 'mae' 'nan', expected a number"),
        ('{"mae": 1e999}', "has the 'mae' 'inf', expected a number"),
        ('{"mae": 1' + "0" * 400 + "}", "expected a number"),
        ('{"mae": 5.0, "rmse": "6"}', "has the 'rmse' '6', expected a number"),
        ('{"mae": true}', "has the 'mae' 'True', expected a number"),
        ('{"mae": null}', "has the 'mae' 'None', expected a number"),
        ('{"rmse": 5.0}', "has neither mae nor accuracy, expected one of them"),
    ],
)
def test_broken_metrics(text, said):
    assert said in broken(AGES | {METRICS: text})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("anna,", "<<<<<<< HEAD\nanna,", "line 2: expected 5 values as in its first line, received '<<<<<<< HEAD'"),
        ("anna,", "bert,", "line 3: the face 'bert' comes twice"),
        ("6.0,1.0", "nan,1.0", "line 2: predicted should be an age in years, received 'nan'"),
        ("6.0,1.0", "6.0,nan", "line 2: low should be a number, received 'nan'"),
        ("6.0,1.0", "6.0,", "line 2: low should be a number, received ''"),
        ("11.0", "inf", "line 2: high should be a number, received 'inf'"),
        ("low,high", "low,low", "has a column twice: face_id, true, predicted, low, low"),
        ("predicted,", "guessed,", "has no column predicted"),
        ("anna,4.0,6.0,1.0,11.0", '"anna', "is not readable as CSV"),
    ],
)
def test_broken_predictions(old, new, said):
    assert said in broken(edited(AGES, (old, new)))


def test_predictions_without_a_face_or_of_another_target_than_the_metrics():
    header = AGES[PREDICTIONS].splitlines()[0]
    assert "has no face" in broken(AGES | {PREDICTIONS: header})
    assert "line 2: true should be an age in years, received 'female'" in broken(
        AGES | {PREDICTIONS: GENDERS[PREDICTIONS]}
    )


def test_of_the_metrics_that_are_shipped_counts_alone_have_to_be_the_same():
    found = read_result(lambda path: (ROOT / path).read_text(), "", "")
    labels = list(found.answers.labels.values())
    exact = {metric for metric in found.metrics if not allowed(metric, labels, TOLERANCES[found.metric])}
    assert exact == {"threshold", "n_test", "n_failed"}
