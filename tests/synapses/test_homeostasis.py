"""Thresholds that rise with each spike, and weights that add up to a total."""

import brian2
import numpy as np
import pytest
from brian2 import Network, SpikeMonitor, ms, nA

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.synapses import STDP
from spikenet.synapses.homeostasis import adaptive_threshold, normalise
from spikenet.synapses.normalisation import normalise_now
from tests.synapses.conftest import spikes_at


def test_the_threshold_rises_with_each_spike_and_decays():
    model = adaptive_threshold(sn.LIF, "2 mV", "50 ms")
    cell = model.neuron_group(1)
    cell.i_in = 0.5 * nA
    spikes = SpikeMonitor(cell, "v")
    Network(cell, spikes).run(300 * ms)
    gaps = np.diff(spikes.t / ms)
    assert (gaps[1:4] > gaps[0:3]).all()
    last = np.exp(-(299.9 - spikes.t / ms) / 50)  # the last step is that at 299.9 ms
    assert cell.theta_[0] == pytest.approx(2e-3 * last.sum(), rel=1e-9)


def synapses_of(weights="0.1 + 0.1*i + 0.2*j"):
    pre, post = spikes_at([50], 4), sn.LIF.neuron_group(3)
    return pre, post, STDP(w_max=10).connect(pre, post, weights=weights)


def test_weights_onto_each_neuron_add_up_to_the_total_in_their_ratios():
    _, _, synapses = synapses_of()
    before = np.array(synapses.w[:]).reshape(4, 3)
    normalise(synapses, [1, 2, 3])
    after = np.array(synapses.w[:]).reshape(4, 3)
    np.testing.assert_allclose(after.sum(axis=0), [1, 2, 3], rtol=1e-12)
    np.testing.assert_allclose(after / after[0], before / before[0], rtol=1e-12)


def test_weights_that_are_all_zero_stay_so():
    _, _, synapses = synapses_of("int(j > 0)*1.0")
    normalise_now(synapses, np.array(2.0), "w")
    np.testing.assert_allclose(np.array(synapses.w[:]).reshape(4, 3).sum(axis=0), [0, 2, 2])
    normalise(synapses, 3.0, every="1 ms")


def test_weights_are_scaled_again_and_again_in_a_run():
    pre, post, synapses = synapses_of()
    normalise(synapses, 5.0, every="10 ms")
    network = Network(pre, post, synapses)
    network.run(10 * ms)
    synapses.w = "1.0 + i"
    network.run(0.1 * ms)
    np.testing.assert_allclose(np.array(synapses.w[:]).reshape(4, 3), np.tile([[0.5], [1], [1.5], [2]], 3))
    assert np.bincount(synapses.j[:], weights=synapses.w[:]).tolist() == pytest.approx([5, 5, 5])


@pytest.mark.slow
def test_a_compiled_program_scales_weights_onto_a_part_of_a_group_again_and_again():
    """Sums that are not cleared would grow: as many are cleared as the part has neurons, from its start on."""

    def weights():
        cells = sn.LIF.neuron_group(9, name="cells")
        cells.i_in = np.linspace(0.2, 0.5, 9) * nA
        synapses = STDP(a_plus=0.1).connect(cells[:6], cells[5:], "i != j", weights="0.1 + 0.01*i", name="part")
        normalise(synapses, [0.5, 1, 1.5, 2], every="10 ms")
        Network(cells, synapses).run(35 * ms)
        return synapses

    with sn.device("cpp", seed=1):
        compiled = weights()
    np.testing.assert_allclose(compiled.w[:], weights().w[:], rtol=1e-9)


def test_a_threshold_of_another_name_is_found_if_it_is_named():
    with pytest.raises(InvalidValueError, match="has no parameter 'v_threshold'"):
        adaptive_threshold(sn.Izhikevich, "1 mV", "1 s")
    model = adaptive_threshold(sn.Izhikevich, "1 mV", "1 s", threshold="v_peak")
    assert model.threshold == "v >= (v_peak + theta)"
    assert model.reset.splitlines()[-1] == "theta += theta_plus"


@pytest.fixture(autouse=True)
def quiet():
    brian2.BrianLogger.suppress_name("unused_brian_object")
