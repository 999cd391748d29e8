"""What neurons in the place of a layer are fed."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.graph import Step
from spikenet.hybrid.conductance.membranes import Membranes, check_neuron, in_siemens, neuron_of
from spikenet.layers.conductance import CWADense
from spikenet.neurons import reversal_potential

LAYER = CWADense(2, g_rest=0.5, e_rest=-0.25, name="neurons")
STEP = Step(LAYER, "neurons", lambda values: ((), {}), (), (), (2,))


def test_conductances_are_in_units_of_that_at_rest():
    """10 nS are 0.5, so 3 are 60 nS; what rounding put below zero is closed."""
    np.testing.assert_allclose(in_siemens(sn.CWA, LAYER, np.array([3.0, -1e-7])), [60e-9, 0.0])


def test_neurons_rest_where_the_layer_does():
    assert neuron_of(sn.CWA, LAYER).parameters["e_rest"].value == reversal_potential(sn.CWA, -0.25) == -0.05
    assert neuron_of(sn.CWA, LAYER).initial["v"] == -0.05


def test_one_simulation_is_eq_1_and_knows_its_output():
    membranes = Membranes(Simulation(sn.CWA, Schedule(0.8, 0.0, 0.8, 0.8), engine="runtime"), "z")
    drives = {"g_exc": np.array([[60e-9, 0.0]]), "g_inh": np.array([[10e-9, 30e-9]])}
    wanted = [[(3 - 0.5 - 0.125) / 4, (-1.5 - 0.125) / 2]]
    np.testing.assert_allclose(membranes.run(STEP, drives, ("final",)).final, wanted, atol=1e-12)
    assert membranes.job(("final",)).steps.samples == 1


def test_chance_differs_from_layer_to_layer_and_not_from_run_to_run():
    schedule = Schedule(0.05, 0.0, 1e-3, 1e-3)
    membranes = Membranes(Simulation(sn.neurons.StochasticCWA, schedule, engine="runtime", seed=3), "p")
    drives = {"g_exc": np.full((1, 20), 30e-9)}
    once, again, other = (
        membranes.run(STEP, drives, ("count",), chance=chance).count for chance in ((0, 0), (0, 0), (1, 0))
    )
    assert (once == again).all() and (once != other).any()


@pytest.mark.parametrize(
    ("neuron", "spiking", "error", "message"),
    [
        ("CWA", False, InvalidTypeError, "the neuron is str, wanted a NeuronModel"),
        (sn.FHN, False, InvalidValueError, "the neuron fhn has no capacitance, g_rest, .*; wanted one such as sn.CWA"),
        (
            sn.neurons.SpikingCWA,
            False,
            InvalidValueError,
            "spiking_cwa sends spikes; wanted one such as sn.CWA for this mode",
        ),
        (
            sn.CWA,
            True,
            InvalidValueError,
            "cwa has no f_max; wanted one such as sn.neurons.SpikingCWA or sn.neurons.StochasticCWA",
        ),
    ],
)
def test_other_neurons_are_refused(neuron, spiking, error, message):
    with pytest.raises(error, match=message):
        check_neuron(neuron, spiking=spiking)


@pytest.mark.parametrize("wrong", [{"g_rest": "0 nS"}, {"e_exc": "-80 mV"}, {"e_exc": "-90 mV"}])
def test_neurons_without_a_range_or_a_conductance_of_their_own_are_refused(wrong):
    with pytest.raises(InvalidValueError, match="wanted a conductance above 0, and e_exc above e_inh"):
        check_neuron(sn.CWA.with_parameters(**wrong), spiking=False)
