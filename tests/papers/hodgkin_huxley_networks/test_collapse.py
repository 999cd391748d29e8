"""Activity at the start, of networks of the paper's size: what is dead and what is not."""

from dataclasses import replace

import pytest

from spikenet.data import load_dataset
from spikenet.papers.hodgkin_huxley_networks.collapse import LITERAL, STEPS, measure_activity


@pytest.fixture(scope="module")
def images():
    return load_dataset("mnist", "mini").x_train[:100]


def test_the_papers_words_leave_the_second_layer_silent(images):
    start = measure_activity(LITERAL, images, seed=1)
    assert start.active[0] > 0.01
    assert start.active[1] == 0


@pytest.mark.parametrize("change", [{"e_rest": 0.0}, {"start": "even"}])
def test_other_starts_leave_it_alive(images, change):
    assert measure_activity(replace(LITERAL, **change), images, seed=1).active[1] > 0.01


def test_balance_keeps_the_papers_words_alive(images):
    assert measure_activity(LITERAL, images, seed=1, balanced=True).active[1] > 0.2


def test_wider_conductances_tell_images_apart(images):
    starts = (replace(LITERAL, start=start) for start in ("glorot", "even"))
    literal, even = (measure_activity(start, images, seed=1).spread[0] for start in starts)
    assert even > 10 * literal


def test_each_step_changes_one_thing():
    recipes = list(STEPS.values())
    assert all(recipe.network.arch == "fcn" for recipe in recipes)
    assert len(set(recipes)) == len(recipes)


@pytest.mark.slow
def test_the_experiment_runs(quick_run):
    result, folder = quick_run("cwa-collapse", seeds=(1,), images=300, epochs=1, shown=50)
    assert result["claims"][0]["measured"] == 0  # of the second layer; of the first one some neurons release
    assert (folder / "start.png").is_file()
