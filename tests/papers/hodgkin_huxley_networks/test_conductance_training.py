"""Recipes, parts of the data, and a training that is kept."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError, TrainingError
from spikenet.experiments.experiment import Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.experiments.registry import defaults
from spikenet.layers.conductance import CWADense, balance_conductances
from spikenet.papers.hodgkin_huxley_networks import CONDUCTANCE_OPTIONS
from spikenet.papers.hodgkin_huxley_networks.architectures import VARIANTS, Architecture, ImageInput, build_cwa
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import (
    RECIPES,
    ConductanceRecipe,
    choose_recipe,
)
from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa


def setup_of(**options):
    return Setup(options={**defaults(CONDUCTANCE_OPTIONS), **options})


@pytest.mark.parametrize("data, arch", sorted(RECIPES))
def test_every_recipe_is_for_its_architecture(data, arch):
    assert choose_recipe(data, setup_of(arch=arch)).network.arch == arch


def test_affine_networks_are_trained_as_the_paper_says():
    recipe = choose_recipe("mnist", setup_of(variant="affine-bn"))
    assert recipe.rate == 1e-3
    assert (recipe.network.gain, recipe.network.wide) == (1.0, 1.0)


def test_only_potentials_that_are_small_get_wide_logits():
    wide = {variant for variant in VARIANTS if choose_recipe("mnist", setup_of(variant=variant)).network.wide > 1}
    assert wide == {"cwa", "absnorm", "lateral"}


def test_weights_of_either_sign_have_a_rate_of_their_own_and_the_options_have_the_last_word():
    rates = {variant: choose_recipe("cifar10", setup_of(variant=variant)).rate for variant in VARIANTS}
    assert rates["cwa"] == rates["cwa-bn"] == rates["lateral"] == 6e-2
    assert (rates["absnorm"], rates["affine"], rates["affine-bn"]) == (3e-3, 1e-3, 1e-3)
    decays = {variant: choose_recipe("cifar10", setup_of(variant=variant)).decay for variant in VARIANTS}
    assert {variant for variant in VARIANTS if decays[variant]} == {"cwa", "cwa-bn", "lateral"}
    adapted = choose_recipe("mnist", setup_of(recipe="decay=0.5"), lambda one: replace(one, rate=0.7, decay=0.1))
    assert (adapted.rate, adapted.decay) == (0.7, 0.5)


def test_only_networks_of_conductances_can_be_balanced():
    for variant in VARIANTS:
        recipe = choose_recipe("cifar10", setup_of(variant=variant), lambda one: replace(one, balance=32))
        assert recipe.balance == (32 if variant in ("cwa", "cwa-bn", "lateral") else 0)
    with pytest.raises(InvalidValueError, match="affine networks have no conductances to balance"):
        choose_recipe("cifar10", setup_of(variant="affine", recipe="balance=32"))
    with pytest.raises(InvalidValueError, match="balance is -1, wanted a whole number from 0"):
        choose_recipe("cifar10", setup_of(recipe="balance=-1"))


def test_options_change_a_recipe():
    recipe = choose_recipe("mnist", setup_of(epochs=3, recipe="rate=0.5 network.leak=0.25 batch=7 augment=shift"))
    assert (recipe.rate, recipe.network.leak, recipe.batch, recipe.augment, recipe.epochs) == (0.5, 0.25, 7, "shift", 3)


def test_changes_have_to_fit_together_in_whatever_order_they_are_given():
    changes = ("network.start=sparse", "network.branch=1", "rate=0.5")
    forth, back = (
        choose_recipe("cifar10", setup_of(arch="resnet18", recipe=" ".join(order)))
        for order in (changes, changes[::-1])
    )
    assert forth == back
    assert (forth.network.start, forth.network.branch, forth.rate) == ("sparse", 1, 0.5)
    with pytest.raises(InvalidValueError, match="branch is 0.001"):
        choose_recipe("cifar10", setup_of(arch="resnet18", recipe=changes[0]))


@pytest.mark.parametrize(
    "changes",
    ["rate", "speed=1", "network.speed=1", "network=1", "rate=fast", "network.leak=x", "network.variant=affine"],
)
def test_changes_that_mean_nothing_are_refused(changes):
    with pytest.raises(InvalidValueError, match="recipe has .*; wanted"):
        choose_recipe("mnist", setup_of(recipe=changes))


def test_an_unknown_architecture_is_refused():
    with pytest.raises(InvalidValueError, match="unknown arch 'mlp'; there are cnn, fcn, resnet18"):
        choose_recipe("mnist", setup_of(arch="mlp"))


@pytest.mark.parametrize("name", ["epochs", "batch"])
def test_no_training_at_all_is_refused(name):
    with pytest.raises(InvalidValueError, match=f"{name} is 0"):
        ConductanceRecipe(Architecture(), **{"rate": 0.1, "epochs": 1, name: 0})


def test_the_rate_rises_and_falls_to_a_hundredth():
    optimizer = ConductanceRecipe(Architecture(), 0.3, 10, batch=10, warmup=0.2).optimizer(100)
    rates = []
    for step in range(101):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates[0] == 0
    assert int(np.argmax(rates)) == 20
    assert max(rates) == pytest.approx(0.3)
    assert rates[-1] == pytest.approx(0.003, rel=1e-4)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.99)


def test_what_decays_are_conductances_and_weights_and_no_biases():
    """Without a gradient only the decay is left: offsets g = G - 1 go to 0, so conductances to 1."""
    layers = [
        keras.Input((8,)),
        CWADense(4),
        CWADense(6, rule="exponential"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(2),
    ]
    model = keras.Sequential(layers)
    optimizer = ConductanceRecipe(Architecture(), 0.1, 1, warmup=0.0, decay=0.5).optimizer(100)
    before = [keras.ops.convert_to_numpy(one) + 0.25 for one in model.trainable_variables]
    for one, value in zip(model.trainable_variables, before, strict=True):
        one.assign(value)
    optimizer.apply([0 * value for value in before], model.trainable_variables)
    kept = {
        one.path: keras.ops.convert_to_numpy(one) / value
        for one, value in zip(model.trainable_variables, before, strict=True)
    }
    for path, ratio in kept.items():
        decays = path.endswith(("g_exc", "g_inh", "kernel"))
        np.testing.assert_allclose(ratio, 0.95 if decays else 1.0, rtol=1e-6, err_msg=path)
    assert ConductanceRecipe(Architecture(), 0.1, 1).optimizer(100).weight_decay is None


def test_the_last_batch_of_an_epoch_may_be_small():
    """11 steps an epoch: the rate ends where the training does."""
    assert (
        ConductanceRecipe(Architecture(), 0.3, 10, batch=10, warmup=0.0).optimizer(101)._learning_rate.decay_steps
        == 110
    )


TINY = ConductanceRecipe(Architecture(width=0.02, gain=3.0, precision="mixed_bfloat16"), 3e-2, 2, 50)


def test_a_training_is_kept_with_its_curves(context):
    parts = load_splits("mnist", setup_of(images=400, held=80))
    trained = train_or_load_cwa(context, TINY, parts, seed=1)
    assert set(trained.correct) == {"held out", "test"}
    assert trained.curve("activity").shape == (2, 2)
    assert trained.correct["held out"] == pytest.approx(100 * trained.curve("validation_accuracy")[-1], abs=2)
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}
    again = train_or_load_cwa(context, TINY, parts, seed=1)
    assert again.history == trained.history
    with pytest.raises(TrainingError, match="started with cwa fcn, rate 0.03.*wanted cwa fcn, rate 0.01"):
        train_or_load_cwa(context, replace(TINY, rate=0.01), parts, seed=1)
    for one, other in zip(again.model.get_weights(), trained.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_balanced_training_starts_from_balanced_conductances(context):
    """A rate of next to nothing leaves them where they start."""
    parts = load_splits("mnist", setup_of(images=200, held=0))
    recipe = replace(TINY, network=replace(TINY.network, precision="float32"), rate=1e-30, epochs=1, balance=64)
    trained = train_or_load_cwa(context, recipe, parts, seed=1, guarded=False)
    images = ImageInput.of("mnist", parts.train.x_train, "none")
    wanted = build_cwa(recipe.network, images, 1)
    plain = wanted.get_weights()
    balance_conductances(wanted, parts.train.x_train[:64])
    assert any(np.ptp(one - other) > 0.01 for one, other in zip(plain, wanted.get_weights(), strict=True))
    for one, other in zip(wanted.get_weights(), trained.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_a_guarded_network_that_stays_silent_is_an_error_and_an_unguarded_one_a_result(context):
    """The paper's words: Glorot's conductances and e_r = -0.4 leave the second layer silent."""
    parts = load_splits("mnist", setup_of(images=200, held=0))
    dead = ConductanceRecipe(Architecture(start="glorot", leak=0.0, width=0.1), 1e-5, 1, 50)
    with pytest.raises(TrainingError, match="release_2 is silent"):
        train_or_load_cwa(context, dead, parts, seed=1)
    assert train_or_load_cwa(context, dead, parts, seed=1, key="as it is", guarded=False).curve("activity")[-1, 1] == 0


@pytest.mark.parametrize(
    "changes", ["rate=-1", "rate=nan", "warmup=2", "decay=-1", "decay=nan", "network.gain=0", "network.width=nan"]
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(InvalidValueError, match="wanted a (rate|number) (above|from) 0"):
        choose_recipe("mnist", setup_of(recipe=changes))
