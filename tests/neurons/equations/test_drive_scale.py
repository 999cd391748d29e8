"""The strongest drive that has a meaning: many thousand times what makes a neuron spike."""

import pytest

from spikenet.neurons import IF, LIF, MODELS, HodgkinHuxley, NeuronModel
from spikenet.neurons.equations.drive_scale import strongest_drive


def test_it_is_twenty_thousand_times_the_rheobase_of_a_leaky_neuron():
    """20 mV in a hundredth of 0.1 ms takes tau/dt*100 = 20,000 times the current that takes forever."""
    rheobase = (0.07 - 0.05) / 100e6
    assert strongest_drive(LIF, "i_in") == pytest.approx(20_000 * rheobase)


def test_charge_and_capacitance_tell_it_without_a_leak():
    assert strongest_drive(IF, "i_in") == pytest.approx(200e-12 * 15e-3 / 1e-6)


def test_it_is_found_beside_functions_that_are_not_arithmetic():
    """45 mV at 1 uF/cm^2 in a tenth of a microsecond."""
    assert strongest_drive(HodgkinHuxley, "i_in") == pytest.approx(0.045 * 0.01 / 1e-7)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_model_is_asked_without_an_error(model):
    for port in model.ports:
        strongest = strongest_drive(model, port)
        assert strongest is None or strongest > 0


def test_equations_that_do_not_tell_have_none():
    circle = NeuronModel("odd", "dv/dt = sign(i_in)/ms : 1\ni_in : 1", outputs=("v",), initial={"v": 1.0})
    assert strongest_drive(circle, "i_in") is None
