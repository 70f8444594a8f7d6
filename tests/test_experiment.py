"""What `dvc exp run` is told so that it runs a recipe."""

from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from ageline.errors import AgelineError
from ageline.experiment import Wishes, plan_experiment
from ageline.overrides import as_override, flatten, with_values
from ageline.params import parse_params
from ageline.recipes import QUICK, Recipe, read_recipe, recipe_names
from ageline.yaml12 import read_yaml

FOLDER = Path(__file__).parent.parent / "recipes"
NAMES = recipe_names(FOLDER)


def plan(recipe, sections, **wishes):
    made = recipe if isinstance(recipe, Recipe) else read_recipe(recipe, FOLDER)
    return plan_experiment(made, read_recipe(QUICK, FOLDER), sections, Wishes(**wishes))


def one_of(overrides: dict[str, object]) -> Recipe:
    return Recipe("mine", "mine: a recipe of one's own.", overrides, "")


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_makes_valid_params_of_the_shipped_ones_and_of_each_others(name, shipped):
    for other in NAMES:
        after = with_values(shipped, plan(other, shipped).changes)
        params = with_values(after, plan(name, after).changes)
        parse_params(params)
        assert flatten(params) == flatten(with_values(shipped, plan(name, shipped).changes))


def test_the_words_are_those_that_dvc_takes(shipped):
    assert plan("A4+", shipped, sets=["train.seed=2"], temp=True).command() == [
        "exp", "run", "-n", "A4+", "--temp",
        "-S", "ingest.image_size=300",
        "-S", "ingest.face_crop=stretch",
        "-S", "augment.min_per_age=0",
        "-S", "model.weights=imagenet",
        "-S", "model.preprocessing=rescale",
        "-S", "model.batchnorm_momentum=0.99",
        "-S", "model.top.units=[256,64]",
        "-S", "train.loss=mse",
        "-S", "train.optimizer.name=adam",
        "-S", "train.optimizer.learning_rate=5e-05",
        "-S", "train.optimizer.weight_decay=null",
        "-S", "train.optimizer.schedule=constant",
        "-S", "train.optimizer.warmup=0",
        "-S", "train.phases.fine_tune.epochs=50",
        "-S", "train.phases.polish.epochs=10",
        "-S", "train.augmentation.flip=false",
        "-S", "train.checkpoint.use=last",
        "-S", "train.seed=2",
    ]  # fmt: skip


def test_what_params_yaml_has_already_is_not_passed(shipped):
    assert plan("quick", shipped).command() == ["exp", "run", "-n", "quick"]
    after = with_values(shipped, plan("A5", shipped).changes)
    assert plan("A6", after, queue=True).command() == [
        "exp",
        "run",
        "-n",
        "A6",
        "--queue",
        "-S",
        "ingest.image_size=224",
    ]


def test_what_stands_in_params_yaml_does_not_leak_into_a_recipe(shipped):
    odd = with_values(
        shipped, {"model.top.dropout": 0.5, "train.optimizer.ema": 0.999, "train.phases.polish.epochs": 3}
    )
    changes = plan("B", with_values(shipped, odd)).changes
    assert (changes["model.top.dropout"], changes["train.optimizer.ema"]) == (0.0, None)
    assert changes["train.phases.polish.epochs"] == 0


def test_what_is_the_users_stays(shipped):
    own = {
        "data.source": "data/raw/faces",
        "ingest.split.protocol": "official",
        "train.seed": 7,
        "train.backend": "jax",
        "train.precision": "mixed_bfloat16",
        "gate.limit": 8.0,
    }
    for name in ("A5", "C", "quick"):
        assert not own.keys() & plan(name, with_values(shipped, own)).changes.keys()


def test_the_gate_is_left_alone_unless_it_is_of_another_metric(shipped):
    gender = with_values(shipped, plan("E", shipped).changes)
    assert (gender["gate"]["metric"], gender["gate"]["limit"]) == ("accuracy", 0.9)
    strict = with_values(gender, {"gate.limit": 0.97})
    assert plan("E", strict).changes == {}
    assert plan("A5", strict).changes["gate.metric"] == "mae"
    assert plan("A5", strict).changes["gate.limit"] == 7.7


def test_an_epoch_or_a_weights_file_chosen_for_an_earlier_run_is_not_taken_over(shipped):
    chosen = with_values(shipped, {"evaluate.epoch": 6, "model.weights": "file", "model.weights_file": "a.h5"})
    changes = plan("E", chosen).changes
    assert (changes["evaluate.epoch"], changes["model.weights"], changes["model.weights_file"]) == (
        None,
        "random",
        None,
    )


def test_the_users_value_wins_over_the_recipes(shipped):
    made = plan("A5", shipped, sets=["model.weights=file", "model.weights_file=resnet50_notop.h5"])
    assert made.command()[-4:] == ["-S", "model.weights=file", "-S", "model.weights_file=resnet50_notop.h5"]
    assert "model.weights" not in made.changes


def test_smoke_cuts_faces_copies_and_epochs_and_not_the_model(shipped):
    whole, smoke = plan("B200", shipped), plan("B200", shipped, budget="smoke")
    assert (whole.name, smoke.name) == ("B200", "B200-smoke")
    cut = {"ingest.max_faces": 100, "train.max_epochs": 1, "augment.max_copies": 1}
    assert smoke.changes == whole.changes | cut
    few = plan("B200", shipped, budget="smoke", sets=["ingest.max_faces=20"], name="tiny")
    assert (few.name, "ingest.max_faces" in few.changes) == ("tiny", False)


def test_a_recipe_is_whole_whatever_a_smoke_run_left_in_params_yaml(shipped):
    after = with_values(shipped, plan("A5", shipped, budget="smoke").changes)
    changes = plan("A5", after).changes
    assert (changes["ingest.max_faces"], changes["train.max_epochs"]) == (None, None)


def test_what_the_user_sets_is_quoted_as_hydra_wants_it(shipped):
    sets = ["data.layout=pattern", r"data.pattern=(?P<age>\d+)_.*", "model.weights_file=~", "train.seed=7"]
    assert plan("A5", shipped, sets=sets).command()[-8:] == [
        "-S", "data.layout=pattern",
        "-S", r"data.pattern='(?P<age>\d+)_.*'",
        "-S", "model.weights_file=null",
        "-S", "train.seed=7",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "a b", "A/B", "-x", "a.", "a..b"])
def test_a_name_that_dvc_would_refuse_is_refused_before(shipped, name):
    with pytest.raises(AgelineError, match="an experiment can't be named"):
        plan("A5", shipped, name=name)


PAIRS = [("B", "D"), ("E", "C"), ("D", "E"), ("A2", "quick"), ("A4+", "C"), ("B200", "A5"), ("quick", "quick")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_recipe_can_follow_another_in_a_params_yaml_that_dvc_has_rewritten(tmp_path, first, second):
    # Of an empty list in place of a longer one DVC made a file that it could not read: hence `units: null`.
    path = tmp_path / "params.yaml"
    path.write_text((FOLDER.parent / "params.yaml").read_text())
    for name in (first, second):
        changes = plan(name, read_yaml(path.read_text())).changes
        apply_overrides(str(path), [as_override(key, value) for key, value in changes.items()])
    assert plan(second, read_yaml(path.read_text())).changes == {}


def test_a_sweep_is_an_experiment_for_each_value_and_each_is_checked(shipped):
    made = plan("D", shipped, queue=True, sets=["train.seed=1,2", "train.batch_size=16,32"])
    assert (made.name, made.names) == ("D", ["D-1", "D-2", "D-3", "D-4"])
    with pytest.raises(AgelineError, match=r"train\.batch_size: should be greater than or equal to 1, received 0"):
        plan("D", shipped, queue=True, sets=["train.seed=1,2", "train.batch_size=16,0"])
    with pytest.raises(AgelineError, match="an experiment of each, which needs --queue"):
        plan("D", shipped, sets=["train.seed=1,2"])


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["train.batchsize=3"], "train.batchsize: unknown key, received 3. Did you mean batch_size?"),
        (["modle.top.units=[3]"], "modle: unknown key, received {'top': {'units': [3]}}. Did you mean model?"),
        (["+train.new=3"], "+train: unknown key, received {'new': 3}. Did you mean train?"),
        (["train.loss=dldl"], "train.loss should be mae, mse or huber with model.top.head 'regression', not 'dldl'"),
        (["target=gender"], "model.top.head should be classes with target 'gender', not 'regression'"),
        (["train.optimizer.learning_rate=fast"], "train.optimizer.learning_rate: should be a valid number, received"),
        (["gate.metric=accuracy"], "gate.metric should be mae with target 'age', not 'accuracy'"),
    ],
)
def test_params_that_could_not_be_are_refused_before_anything_runs(shipped, sets, message):
    with pytest.raises(AgelineError) as refused:
        plan("A5", shipped, sets=sets)
    first, *problems = str(refused.value).split("\n")
    assert first == "params.yaml with recipe A5 is not valid, nothing was run:"
    assert any(problem.strip().startswith(message) for problem in problems), problems


def test_a_recipe_steers_the_keys_of_quick_and_no_others(shipped):
    with pytest.raises(AgelineError) as refused:
        plan(one_of({"train.batchsize": 3}), shipped)
    assert str(refused.value) == (
        "recipes/mine.yaml sets train.batchsize, which no recipe steers: it may set the keys of recipes/quick.yaml."
        " Did you mean train.batch_size?"
    )
    with pytest.raises(AgelineError, match=r"sets data\.source.*Set it in params\.yaml, or for one run with -S"):
        plan(one_of({"data.source": "data/raw/faces"}), shipped)


def test_params_yaml_that_lacks_a_key_or_holds_no_sections(shipped):
    del shipped["train"]["weighting"]
    with pytest.raises(AgelineError, match=r"params\.yaml has no train\.weighting, expected as in the shipped"):
        plan("A5", shipped)
    with pytest.raises(AgelineError, match=r"params\.yaml should hold sections such as `train:`, received None"):
        plan("A5", None)
