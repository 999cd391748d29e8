"""Recipes, and options that change them."""

import pytest

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.experiments.registry import defaults
from spikenet.papers.gupta_naveed import EXPERIMENTS
from spikenet.papers.gupta_naveed.conventional.training_recipes import RECIPES, TrainingRecipe, choose_recipe

OPTIONS = defaults(next(one for one in EXPERIMENTS if one.name == "cnn-mnist").options)


def setup_of(**options):
    return Setup(options=OPTIONS | options)


def test_the_printed_recipes_are_the_papers():
    cnn, rnn = (choose_recipe(kind, setup_of()) for kind in ("cnn", "rnn"))
    assert str(cnn) == "adadelta 1, 12 epochs of 32"
    assert str(rnn) == "adadelta 1, 15 epochs of 32"
    assert float(cnn.make_optimizer(100).learning_rate) == 1


def test_our_own_recipes_go_on_after_the_printed_ones():
    for kind in ("cnn", "rnn"):
        assert choose_recipe(kind, setup_of(recipe="own")).after == RECIPES[kind, "printed"]


def test_options_change_the_last_training():
    recipe = choose_recipe("cnn", setup_of(recipe="own", rate=0.5, epochs=3, batch=7, views=2))
    assert (recipe.rate, recipe.epochs, recipe.batch, recipe.views) == (0.5, 3, 7, 2)
    assert recipe.after == RECIPES["cnn", "printed"]


def test_a_falling_rate_ends_at_a_hundredth():
    optimizer = TrainingRecipe("adam", 0.3, 2, 10, falling=True).make_optimizer(101)
    optimizer.iterations.assign(22)  # 11 steps an epoch: the last batch may be small
    assert float(optimizer.learning_rate) == pytest.approx(0.003, rel=1e-4)


@pytest.mark.parametrize(
    "settings", [{"optimizer": "sgd"}, {"rate": 0.0}, {"rate": float("nan")}, {"epochs": 0}, {"batch": 0}, {"views": 0}]
)
def test_settings_that_cannot_be_are_refused(settings):
    plain = {"optimizer": "adam", "rate": 0.1, "epochs": 1, "batch": 1}
    with pytest.raises(InvalidValueError, match=next(iter(settings))):
        TrainingRecipe(**plain | settings)
