"""Settings are real or fixed, in every public layer and initializer."""

import keras
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError

LAYERS = sn.layers
POPULATION = sn.Population(sn.LIF, drive=sn.linear_drive(1e-10, 0, 0, 1e-9), duration="10 ms", output="count")
MADE = {
    POPULATION: {"surrogate": "response", "neuron": sn.FHN, "duration": 1.0, "output": "mean", "seed": 3},
    LAYERS.Crops(2): {"shift": 3, "flip": True},
    LAYERS.Jitter(1.0): {"shift": 2.0},
    LAYERS.Vote(): {"steepness": 2.0},
    LAYERS.Release(): {"leak": 0.5, "failure": 0.1},
    LAYERS.CWADense(4): {"units": 5, "g_rest": 2.0, "rule": "scaled"},
    LAYERS.CWAConv2D(4, 3): {"filters": 5, "padding": "valid"},
    LAYERS.AbsNormDense(4): {"units": 5},
    LAYERS.AbsNormConv2D(4, 3): {"strides": 2},
    LAYERS.LateralInhibition(LAYERS.CWADense(4), 2): {"steps": 3},
    LAYERS.SparseConductance(0.2): {"open": 0.5},
    LAYERS.LogNormalConductance(): {"spread": 1.0},
}


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_a_setting_is_fixed_once_a_layer_is_made(made):
    for name, value in MADE[made].items():
        with pytest.raises(
            InvalidTypeError, match=rf"(?s){name} of .*; make another {type(made).__name__}\({name}=...\)"
        ):
            setattr(made, name, value)
    if isinstance(made, keras.Layer):
        made.trainable = False  # Keras' own


def test_no_public_layer_is_left_out():
    public = [getattr(LAYERS, name) for name in LAYERS.__all__]
    kinds = {one for one in public if isinstance(one, type) and issubclass(one, keras.layers.Layer)}
    assert kinds - {type(made) for made in MADE} == {LAYERS.Doubled, LAYERS.ValenceLayer}  # no settings; a base


def test_a_setting_that_works_at_any_time_can_be_set():
    POPULATION.engine = "cpp"
    assert POPULATION.engine == sn.engines.Cpp()


def test_a_layer_of_your_own_sets_what_it_likes_when_it_is_made():
    class Own(LAYERS.Vote):
        def __init__(self, more: int, **settings):
            super().__init__(**settings)
            self.more = more

    own = Own(3)
    own.other = 4
    with pytest.raises(InvalidTypeError, match="more of"):
        own.more = 5
