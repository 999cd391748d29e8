"""Neurons that receive: the state of synapses in the postsynaptic neuron."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.neurons import MODELS
from spikenet.synapses import Conductance, ExponentialCurrent
from spikenet.synapses.receptor import with_receptor

WEIGHTS = {
    "soft_reset_if": "1",  # of a current into the port i_in
    **dict.fromkeys(["fhn", "qif", "hindmarsh_rose"], "1"),
    **dict.fromkeys(["hodgkin_huxley", "eif", "morris_lecar"], "1 uA/cm**2"),
    "izhikevich": "1 V/s",
}


def test_a_current_is_added_to_the_port_that_stays():
    model = with_receptor(ExponentialCurrent, sn.LIF, "i_in", "v")
    assert "resistance*(i_in + i_syn)" in model.equations
    assert (model.ports, model.name, model.method) == (("i_in",), "lif_syn", "exact")
    assert model.outputs == ("v", "i_syn")


def test_several_receptors_fit_beside_each_other():
    model = sn.LIF.with_synapses(Conductance.named("exc"), Conductance(e_syn="-75 mV").named("inh"))
    assert model.states == ("v", "g_exc", "g_inh")
    assert str(model.parameters["e_inh"]) == "-75 mV"
    assert model.method == "rk4"  # the product of a conductance and the voltage has no exact solution


def test_the_neuron_without_spikes_is_as_before():
    drive = np.array([[0.25e-9, 0.3e-9]])
    settings = {"duration": "50 ms", "record": ("trace", "count")}
    before = sn.simulate(sn.LIF, drive, engine="runtime", **settings)
    after = sn.simulate(ExponentialCurrent.into(sn.LIF), drive, engine="runtime", **settings)
    np.testing.assert_allclose(after.trace, before.trace, rtol=1e-12)
    np.testing.assert_array_equal(after.count, before.count)


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if "i_in" in model.ports])
def test_every_neuron_with_a_current_takes_one(name):
    model = ExponentialCurrent(weight=WEIGHTS.get(name, "1 nA")).into(MODELS[name])
    assert "(i_in + i_syn)" in model.equations
    assert "i_syn" in model.states


def test_a_port_and_a_voltage_of_other_names_are_taken():
    model = Conductance(weight="1", e_syn="2").into(sn.FHN, voltage="x")
    assert "i_syn = g_syn*(e_syn - x) : 1" in model.equations
    assert "(p + i_syn)" in ExponentialCurrent(weight="1").into(sn.WilsonCowan, port="p").equations
