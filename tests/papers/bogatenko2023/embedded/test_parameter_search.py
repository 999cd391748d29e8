import numpy as np
import pytest

from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.bogatenko2023.embedded.parameter_search import RANDOM, RECIPES, STARTS, NeuronSettings, _recipes
from tests.papers.conftest import SHORT


def test_a_case_is_a_neuron():
    neuron = NeuronSettings(0.2, "(1, 2/3)").neuron(5)
    assert neuron.parameters["epsilon"].value == 0.2
    assert (neuron.initial["x"], neuron.initial["y"]) == (1.0, 2 / 3)


def test_random_starts_differ_from_unit_to_unit_and_need_an_engine_without_tables():
    case = NeuronSettings(0.05, RANDOM)
    neuron = case.neuron(50)
    assert np.unique(neuron.initial["x"]).size == 50
    assert np.abs(neuron.initial["x"]).max() <= 2
    np.testing.assert_array_equal(neuron.initial["x"], case.neuron(50).initial["x"])
    assert case.engine == "cpp" and NeuronSettings(0.05).engine is None


@pytest.mark.parametrize("epsilon", load_experiment("fhn-search").options["epsilons"].default)
def test_the_step_is_stable_at_every_epsilon(epsilon):
    """RK4 is stable up to 2.785 over the fastest rate, 3 / (epsilon tau); half of it is left as room."""
    case = NeuronSettings(epsilon)
    dt = float(case.dt.removesuffix(" ms"))
    assert dt * 3 / epsilon < 2.785 * 0.6


def test_recipes_differ_in_what_they_name():
    setup = load_experiment("fhn-search").complete(Setup(data="full"))
    recipes = _recipes(setup)
    assert len({str(recipe) for recipe in recipes}) == len(RECIPES), "a name each, as pieces are kept by it"
    assert {recipe.epochs for recipe in recipes} == {25}
    assert {recipe.optimizer for recipe in recipes} == {"adam", "sgd"}


@pytest.fixture(scope="module")
def ran(quick_run):
    small = {"images": 300, "epochs": 1, "sample": 50, "recipes": 2, "epsilons": [0.1, 0.5]}
    return quick_run("fhn-search", seeds=(1, 2), **small, **SHORT)


@pytest.mark.slow
def test_everything_is_tried_and_the_closest_comes_first(ran):
    result, folder = ran
    candidates = result["metrics"]["candidates"]
    assert len(candidates) == 2 * 2 + (len(STARTS) - 1) + 1
    distances = [one["distance"] for one in candidates]
    assert distances == sorted(distances)
    assert {one["start"] for one in candidates} == {*STARTS, RANDOM}
    assert f"{distances[0]:.1f} points" in result["notes"][0]
    assert (folder / "distance.png").is_file()


@pytest.mark.slow
def test_networks_are_judged_by_images_they_were_not_trained_on(ran):
    result, _ = ran
    networks = result["metrics"]["networks"]
    assert [(one["seed"]) for one in networks] == [1, 2, 1, 2]
    assert all(0 < one["held_out"] <= 100 for one in networks)
