"""Networks in the loop: what a recipe builds, and that a training is resumed and not repeated."""

from dataclasses import replace

import numpy as np
import pytest

from spikenet.data import load_dataset
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers.bogatenko2023.trained.loop_recipe import (
    Lesson,
    Recipe,
    build_loop,
    give_weights,
    keep_trained,
    sigmoids_slope,
    weights_of,
    with_sigmoid,
)
from tests.papers.conftest import SHORT

SETUP = Setup(options={"epsilon": 0.3, **SHORT})
FEW = replace(
    load_dataset("mnist", "mini"),
    x_train=load_dataset("mnist", "mini").x_train[:120],
    y_train=load_dataset("mnist", "mini").y_train[:120],
)


def test_the_papers_slope_is_the_derivative_of_two_sigmoids():
    z = np.linspace(-6, 6, 25)

    def both(z):
        return 1 / (1 + np.exp(-1 / (1 + np.exp(-z))))

    assert sigmoids_slope(z) == pytest.approx((both(z + 1e-6) - both(z - 1e-6)) / 2e-6, rel=1e-7)


def test_the_third_layer_is_an_output_of_the_neuron():
    from spikenet.engines.simulate import simulate
    from spikenet.neurons import FHN

    drive = np.array([[-0.4, 0.3]])
    settings = {"duration": "3 ms", "record": ("trace",), "engine": "runtime"}
    s, x = (simulate(with_sigmoid(FHN), drive, variable=one, **settings).trace for one in ("s", "x"))
    np.testing.assert_allclose(s, 1 / (1 + np.exp(-x)), rtol=1e-12)


@pytest.mark.parametrize(
    ("recipe", "layers"),
    [
        (Recipe(), "Rescaling Flatten Dense Population Dense"),
        (Recipe(tanh="before"), "Rescaling Flatten Activation Dense Population Dense"),
        (Recipe(jitter=1.0, votes=True, sees="instants"), "Rescaling Jitter Flatten Dense Population Dense Vote"),
    ],
)
def test_a_recipe_says_what_is_built(recipe, layers):
    model = build_loop(recipe, SETUP, seed=1, n_units=7)
    assert " ".join(type(layer).__name__ for layer in model.layers) == layers
    assert model.get_layer("hidden").kernel.shape == (784, 7)


def test_the_spread_is_that_of_the_first_weights():
    first, again, other = (build_loop(Recipe(spread=0.6), SETUP, seed).get_weights()[0] for seed in (1, 1, 2))
    assert first.std() == pytest.approx(0.6, rel=0.02)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_drive_is_bounded_wherever_the_tanh_is():
    assert Recipe(gamma=-0.5).drive.range == (-0.5, 0.5)
    assert Recipe(gamma=-0.5, tanh="before").drive.range == (-3.0, 3.0)


@pytest.mark.parametrize("changed", [{"tanh": "behind"}, {"loss": "hinge"}, {"optimizer": "newton"}])
def test_unknown_choices_are_refused(changed):
    with pytest.raises(InvalidValueError, match="unknown .*; there are"):
        Recipe(**changed)


@pytest.mark.parametrize("name", ["epochs", "batch"])
def test_no_epochs_and_empty_batches_are_refused(name):
    with pytest.raises(InvalidValueError, match=f"{name} is 0, wanted at least 1"):
        Recipe(**{name: 0})


def test_a_training_is_done_once_and_goes_on_where_it_stopped(desk, monkeypatch):
    recipe = Recipe(epochs=3, batch=40)
    lesson = Lesson(recipe, FEW, "some", seed=1)
    straight, history = keep_trained(desk, lambda: build_loop(recipe, SETUP, 1), lesson)
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]

    other = replace(lesson, key="other")
    calls = []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write(*args, **kwargs)

    from spikenet.train.checkpoints import store

    write = store.write_checkpoint
    monkeypatch.setattr(store, "write_checkpoint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep_trained(desk, lambda: build_loop(recipe, SETUP, 1), other)
    monkeypatch.setattr(store, "write_checkpoint", write)
    resumed, _ = keep_trained(desk, lambda: build_loop(recipe, SETUP, 1), other)
    for name, weights in weights_of(straight).items():
        for one, same in zip(weights, weights_of(resumed)[name], strict=True):
            np.testing.assert_array_equal(one, same)

    monkeypatch.setattr("spikenet.papers.bogatenko2023.trained.loop_recipe.Trainer", None)  # whoever trains again fails
    found, _ = keep_trained(desk, lambda: build_loop(recipe, SETUP, 1), lesson)
    np.testing.assert_array_equal(found.get_weights()[0], straight.get_weights()[0])


def test_weights_go_from_one_network_to_another():
    one, other = (build_loop(Recipe(), SETUP, seed, n_units=4) for seed in (1, 2))
    give_weights(other, weights_of(one))
    np.testing.assert_array_equal(one.get_layer("readout").kernel, other.get_layer("readout").kernel)


def test_a_network_may_start_with_the_weights_of_another():
    one, other = (build_loop(Recipe(), SETUP, seed, n_units=4) for seed in (1, 2))
    again = build_loop(Recipe(), SETUP, 2, n_units=4, weights=weights_of(one))
    np.testing.assert_array_equal(again.get_layer("hidden").kernel, one.get_layer("hidden").kernel)
    assert not np.array_equal(again.get_layer("hidden").kernel, other.get_layer("hidden").kernel)
