import keras
import numpy as np
import pytest
from heads import HEADS
from keras import ops

from ageline.model.heads import make_head

AGE_HEADS = ["regression", "distribution", "ordinal"]


def model_of(head, features: int = 3) -> keras.Model:
    keras.utils.set_random_seed(1)
    given = keras.Input((features,))
    return keras.Model(given, head.output(given))


def answers_of(head, output: object) -> dict[str, np.ndarray]:
    tensors = head.answers(ops.convert_to_tensor(output, "float32"))
    return {name: ops.convert_to_numpy(tensor) for name, tensor in tensors.items()}


@pytest.fixture
def bfloat16():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("answer", ["median", "mean"])
@pytest.mark.parametrize("name", AGE_HEADS)
def test_an_untrained_head_answers_about_the_mean_age(make_params, name, answer):
    head = make_head(make_params(HEADS[name] | {"model.top.answer": answer}), mean_age=33.4)
    output = model_of(head).predict(np.zeros((2, 3)), verbose=0)
    assert answers_of(head, output)["age"] == pytest.approx(np.full((2, 1), 33.4), abs=1)


def test_a_regression_may_start_at_zero_as_in_keras(make_params):
    head = make_head(make_params({"model.top.output_bias": "zero"}), mean_age=33.4)
    assert model_of(head).predict(np.zeros((1, 3)), verbose=0) == 0


@pytest.mark.parametrize(("activation", "lowest"), [("relu", 0), ("softplus", 0), ("linear", -np.inf)])
def test_a_regression_has_the_activation_of_params(make_params, activation, lowest):
    head = make_head(make_params({"model.top.output_activation": activation}), mean_age=1.0)
    answers = model_of(head).predict(np.linspace(-99, 99, 9).reshape(3, 3), verbose=0)
    assert answers.min() >= lowest
    assert (answers < 0).any() == (activation == "linear")


def test_years_go_from_the_lowest_to_the_highest_age_rounded_outwards(make_params):
    ages = {"ingest.ages": [0.5, 89.5]}
    assert model_of(make_head(make_params(HEADS["distribution"] | ages), 30.0)).output_shape == (None, 91)
    assert model_of(make_head(make_params(HEADS["ordinal"] | ages), 30.0)).output_shape == (None, 90)


def test_a_distribution_answers_its_years_and_an_ordinal_head_its_thresholds(make_params):
    ages = {"ingest.ages": [20, 23]}
    distribution = answers_of(make_head(make_params(HEADS["distribution"] | ages), 30.0), np.zeros((1, 4)))
    np.testing.assert_allclose(distribution["distribution"], [[0.25] * 4])
    np.testing.assert_allclose(distribution["age"], [[21.5]], atol=1e-4)
    ordinal = answers_of(make_head(make_params(HEADS["ordinal"] | ages), 30.0), [[9.0, 0, -9]])
    np.testing.assert_allclose(ordinal["exceedance"], [[0.9998766, 0.5, 0.0001234]], atol=1e-6)
    np.testing.assert_allclose(ordinal["age"], [[21.5]], atol=1e-4)


@pytest.mark.parametrize(("answer", "age"), [("median", 21.0), ("mean", 21.1)])
def test_an_ordinal_head_answers_the_median_or_the_mean(make_params, answer, age):
    head = make_head(make_params(HEADS["ordinal"] | {"ingest.ages": [20, 23], "model.top.answer": answer}), 30.0)
    # 3 of 10 are 20, 4 of 10 are 21, 2 of 10 are 22, 1 of 10 is 23: by half of them, half of those of 21 are passed.
    older = np.array([[0.7, 0.3, 0.1]])
    ages = answers_of(head, np.log(older / (1 - older)))["age"]
    np.testing.assert_allclose(ages, [[age]], atol=1e-4)


def test_classes_answer_probabilities(make_params):
    answers = answers_of(make_head(make_params(HEADS["classes"]), 30.0), [[0, np.log(3)], [500, -500]])
    np.testing.assert_allclose(answers["gender"], [[0.25, 0.75], [1, 0]])


@pytest.mark.parametrize("name", AGE_HEADS)
def test_mae_is_in_years_whatever_the_head(make_params, name):
    head = make_head(make_params(HEADS[name] | {"ingest.ages": [0, 40]}), 30.0)
    output = {
        "regression": [[30], [12]],
        "distribution": [[1000.0 * (year == age) for year in range(41)] for age in (30, 12)],
        "ordinal": [[500.0 if year < age else -500.0 for year in range(40)] for age in (30, 12)],
    }[name]
    metric = head.metric()
    metric.update_state(np.array([[33], [10.5]], np.float32), np.array(output, np.float32))
    assert metric.name == "mae"
    assert float(metric.result()) == pytest.approx((3 + 1.5) / 2, abs=1e-4)


def test_accuracy_is_the_share_of_right_classes(make_params):
    metric = make_head(make_params(HEADS["classes"]), 30.0).metric()
    metric.update_state(np.array([[0], [1], [1]], np.float32), np.array([[2, 1], [0, 3], [5, 4]], np.float32))
    assert metric.name == "accuracy"
    assert float(metric.result()) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("loss", "expected"), [("mae", 1.75), ("mse", 4.625), ("huber", (0.125 + 2.5) / 2)])
def test_a_regression_has_the_loss_of_params(make_params, loss, expected):
    head = make_head(make_params({"train.loss": loss}), 30.0)
    labels, output = np.array([[10], [20]], np.float32), np.array([[10.5], [23]], np.float32)
    assert float(head.loss()(labels, output)) == pytest.approx(expected)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_distribution_has_the_loss_of_params(make_params, weight):
    dldl = {"train.dldl": {"sigma": 1.0, "expectation_weight": weight}, "ingest.ages": [9, 11]}
    head = make_head(make_params(HEADS["distribution"] | dldl), 30.0)
    logits = np.log(np.array([[0.25, 0.25, 0.5]], np.float32))
    assert float(head.loss()(np.array([[10]], np.float32), logits)) == pytest.approx(0.12779 + 0.25 * weight, abs=1e-4)


@pytest.mark.parametrize("name", HEADS)
def test_a_head_learns(make_params, name):
    head = make_head(make_params(HEADS[name]), mean_age=40.0)
    labels = np.array([[0], [1]] * 20 if name == "classes" else [[10], [70]] * 20, np.float32)
    features = np.array([[1, 0, 0], [0, 1, 0]] * 20, np.float32)
    model = model_of(head)
    model.compile(keras.optimizers.Adam(0.3), head.loss(), metrics=[head.metric()])
    first = model.evaluate(features, labels, verbose=0, return_dict=True)
    model.fit(features, labels, epochs=40, batch_size=8, verbose=0)
    last = model.evaluate(features, labels, verbose=0, return_dict=True)
    assert last["loss"] < first["loss"] / 2
    assert last.get("accuracy") == 1 if name == "classes" else last["mae"] < 3


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.usefixtures("bfloat16")
def test_a_head_is_float32_on_top_of_a_bfloat16_network(make_params, name):
    head = make_head(make_params(HEADS[name]), mean_age=33.3)
    features = keras.Input((3,), dtype="bfloat16")
    output = head.output(features)
    answers = head.answers(output)
    assert {output.dtype, *(answer.dtype for answer in answers.values())} == {"float32"}
    assert {head.loss().dtype, head.metric().dtype} == {"float32"}
    layer = keras.Model(features, output).layers[-1]
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert layer.compute_dtype == "float32"
