"""A network of groups and synapses against its layers, simulated one after the other."""

import brian2
import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.circuit import CircuitLayer, Interneurons, build_circuit
from spikenet.neurons import CWA, SpikingCWA

RNG = np.random.default_rng(8)
STEPS, DT = 20, 1e-3
SIZES = (7, 5, 4)


def layers_of(neuron):
    """Half of the inputs excite; a third of the channels are closed. Potentials at rest differ."""
    made = []
    for place, (inputs, units) in enumerate(zip(SIZES[:-1], SIZES[1:], strict=True)):
        total = RNG.uniform(-10, 20, (inputs, units)).clip(0) * 1e-9
        excites = np.arange(inputs)[:, None] < inputs // 2 + 1
        own = neuron.with_parameters(e_rest=f"{-30 - 3 * place} mV")
        made.append(CircuitLayer(f"layer {place}", own, 2 * total * excites, total * ~excites))
    return made


def drives(layer, sent):
    """Of one sample, by what was sent (unit,) or (time, unit)."""
    return {"g_exc": (sent @ layer.g_exc)[None], "g_inh": (sent @ layer.g_inh)[None]}


def layer_after_layer(layer, sent, keep):
    return simulate(
        layer.neuron,
        drives(layer, sent),
        duration=STEPS * DT,
        dt=DT,
        record=keep,
        variable="z",
        engine="runtime",
    )


def test_potentials_flow_as_from_layer_to_layer():
    layers, p = layers_of(CWA), RNG.uniform(0, 1, 7)
    found = build_circuit(layers, p, STEPS, DT).run()
    for layer in layers:
        alone = layer_after_layer(layer, p, ("trace",))
        assert np.ptp(alone.trace) > 0.1
        np.testing.assert_allclose(found[layer.name].trace, alone.trace, rtol=0, atol=1e-12)
        p = alone.trace[0].clip(0)


def test_spikes_are_answered_in_the_step_in_which_they_are_sent():
    layers, sent = layers_of(SpikingCWA), (RNG.uniform(0, 1, (STEPS, 7)) < 0.7).astype(float)
    found = build_circuit(layers, sent, STEPS, DT).run()
    for layer in layers:
        alone = layer_after_layer(layer, sent, ("trace", "spikes"))
        own = found[layer.name]
        np.testing.assert_allclose(own.trace, alone.trace, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(own.spikes.unit, alone.spikes.unit)
        np.testing.assert_allclose(own.spikes.time, alone.spikes.time, atol=1e-9)
        assert len(own.spikes) > 3
        sent = np.zeros((STEPS, len(layer.g_exc[0])))
        sent[np.rint(alone.spikes.time / DT).astype(int), alone.spikes.unit] = 1


def test_pixels_may_release_at_neurons_that_spike():
    (layer, _), p = layers_of(SpikingCWA), RNG.uniform(0, 1, 7)
    own = build_circuit([layer], p, STEPS, DT).run()["layer 0"]
    np.testing.assert_allclose(own.trace, layer_after_layer(layer, p, ("trace",)).trace, rtol=0, atol=1e-12)


def test_it_is_made_of_plain_brian2_objects():
    circuit = build_circuit(layers_of(SpikingCWA), np.ones((STEPS, 7)), STEPS, DT)
    assert isinstance(circuit.network, brian2.Network)
    assert isinstance(circuit.groups["layer 1"], brian2.NeuronGroup)
    assert isinstance(circuit.spikes["layer 1"], brian2.SpikeMonitor)
    assert isinstance(circuit.traces["layer 1"], brian2.StateMonitor)
    weights = circuit.synapses["layer 1"]
    assert 0 < len(weights) < 20
    assert weights.w_exc[0] + weights.w_inh[0] > 0 * brian2.siemens
    assert circuit.spikes["layer 1"].num_spikes == 0


HALF = np.ones((7, 2))
WRONG = {
    "shapes": (lambda: CircuitLayer("a", CWA, HALF, HALF.T), r"the conductances of a have the shapes \(7, 2\) and"),
    "sign": (lambda: CircuitLayer("a", CWA, HALF, -HALF), "a conductance of a is negative or no number, wanted zero"),
    "lateral": (
        lambda: CircuitLayer("a", SpikingCWA, HALF, HALF, Interneurons(HALF.T, HALF.T, HALF)),
        "a has interneurons and spiking_cwa spikes; wanted a graded neuron such as sn.CWA",
    ),
    "inputs": (
        lambda: build_circuit([CircuitLayer("a", CWA, HALF, HALF)], np.ones(3), STEPS, DT),
        "a has 7 inputs, and the image has 3 units",
    ),
    "layers": (
        lambda: build_circuit([CircuitLayer(name, CWA, HALF, HALF) for name in "ab"], np.ones(7), STEPS, DT),
        "b has 7 inputs, and a has 2 units",
    ),
    "steps": (
        lambda: build_circuit([CircuitLayer("a", SpikingCWA, HALF, HALF)], np.ones((3, 7)), STEPS, DT),
        "the input spikes are for 3 steps, wanted 20",
    ),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_together_is_refused(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()
