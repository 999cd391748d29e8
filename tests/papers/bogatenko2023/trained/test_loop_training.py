"""Networks in the loop: what a recipe builds, and that a training is resumed and not repeated."""

from dataclasses import replace

import numpy as np
import pytest

from spikenet.data import load_dataset
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers.bogatenko2023.trained.loop_training import (
    LoopRecipe,
    LoopTrainingJob,
    build_loop,
    dense_weights,
    set_dense_weights,
    train_or_load_loop,
    two_sigmoids_derivative,
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

    assert two_sigmoids_derivative(z) == pytest.approx((both(z + 1e-6) - both(z - 1e-6)) / 2e-6, rel=1e-7)


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
        (LoopRecipe(), "Rescaling Flatten Dense Population Dense"),
        (LoopRecipe(tanh="before"), "Rescaling Flatten Activation Dense Population Dense"),
        (LoopRecipe(jitter=1.0, votes=True, output="instants"), "Rescaling Jitter Flatten Dense Population Dense Vote"),
    ],
)
def test_a_recipe_says_what_is_built(recipe, layers):
    model = build_loop(recipe, SETUP, seed=1, n_units=7)
    assert " ".join(type(layer).__name__ for layer in model.layers) == layers
    assert model.get_layer("hidden").kernel.shape == (784, 7)


def test_the_spread_is_that_of_the_first_weights():
    first, again, other = (build_loop(LoopRecipe(spread=0.6), SETUP, seed).get_weights()[0] for seed in (1, 1, 2))
    assert first.std() == pytest.approx(0.6, rel=0.02)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_drive_is_bounded_wherever_the_tanh_is():
    assert LoopRecipe(gamma=-0.5).drive.range == (-0.5, 0.5)
    assert LoopRecipe(gamma=-0.5, tanh="before").drive.range == (-3.0, 3.0)


@pytest.mark.parametrize("changed", [{"tanh": "behind"}, {"loss": "hinge"}, {"optimizer": "newton"}])
def test_unknown_choices_are_refused(changed):
    with pytest.raises(InvalidValueError, match="unknown .*; there are"):
        LoopRecipe(**changed)


@pytest.mark.parametrize("name", ["epochs", "batch"])
def test_no_epochs_and_empty_batches_are_refused(name):
    with pytest.raises(InvalidValueError, match=f"{name} is 0, wanted a whole number from 1"):
        LoopRecipe(**{name: 0})


def test_a_training_is_done_once_and_goes_on_where_it_stopped(context, monkeypatch):
    recipe = LoopRecipe(epochs=3, batch=40)
    job = LoopTrainingJob(recipe, FEW, "some", seed=1)
    straight, history = train_or_load_loop(context, lambda: build_loop(recipe, SETUP, 1), job)
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]

    other = replace(job, key="other")
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
        train_or_load_loop(context, lambda: build_loop(recipe, SETUP, 1), other)
    monkeypatch.setattr(store, "write_checkpoint", write)
    resumed, _ = train_or_load_loop(context, lambda: build_loop(recipe, SETUP, 1), other)
    for name, weights in dense_weights(straight).items():
        for one, same in zip(weights, dense_weights(resumed)[name], strict=True):
            np.testing.assert_array_equal(one, same)

    monkeypatch.setattr(
        "spikenet.papers.bogatenko2023.trained.loop_training.Trainer", None
    )  # a second training would fail
    found, _ = train_or_load_loop(context, lambda: build_loop(recipe, SETUP, 1), job)
    np.testing.assert_array_equal(found.get_weights()[0], straight.get_weights()[0])


def test_weights_go_from_one_network_to_another():
    one, other = (build_loop(LoopRecipe(), SETUP, seed, n_units=4) for seed in (1, 2))
    set_dense_weights(other, dense_weights(one))
    np.testing.assert_array_equal(one.get_layer("readout").kernel, other.get_layer("readout").kernel)


def test_a_network_may_start_with_the_dense_weights_another():
    one, other = (build_loop(LoopRecipe(), SETUP, seed, n_units=4) for seed in (1, 2))
    again = build_loop(LoopRecipe(), SETUP, 2, n_units=4, weights=dense_weights(one))
    np.testing.assert_array_equal(again.get_layer("hidden").kernel, one.get_layer("hidden").kernel)
    assert not np.array_equal(again.get_layer("hidden").kernel, other.get_layer("hidden").kernel)
