"""The part of a layer that is no Keras: drives in, what was kept out."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.layers.simulation import DrivenSimulation

Z = np.array([[0.3, -1.0], [2.0, 0.0]])
NOISY = sn.NeuronModel(
    "noisy", "dx/dt = -x/(1*ms) + i_in/(1*ms) + 0.3*xi*(1*ms)**-0.5 : 1\ni_in : 1", ("x",), method="euler"
)


CPP = sn.engines.Cpp(threads=1)


def simulation(neuron=sn.FHN, engine=CPP, **settings):
    simulated = Simulation(neuron, Schedule("10 ms", "5 ms"), engine=engine)
    return DrivenSimulation(simulated, sn.tanh_drive(-0.5), **settings)


def test_chance_draws_the_instants_and_nothing_else():
    simulated = simulation(output="instants", instants=3)
    first, again, other = (simulated(Z, draw, True) for draw in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(simulated(Z, 5, False), simulated(Z, 6, False))


def test_noise_is_drawn_anew_at_every_call():
    simulated = simulation(NOISY, sn.engines.Runtime())
    first, again, other = (simulated(Z, draw, True) for draw in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_there_are_never_more_instants_than_samples():
    assert simulation(output="instants", instants=1000)(Z, 0, True).shape == (2, 100, 2)


def test_another_neuron_takes_the_place_of_the_first():
    assert simulation().with_neuron(sn.FHN(a=0.2), "y").variable == "y"


@pytest.mark.parametrize(("engine", "tabulated"), [("cpp", False), ("runtime", False), ("response", True)])
def test_a_table_is_told_from_a_simulation(engine, tabulated):
    assert simulation(engine=engine).tabulated is tabulated
