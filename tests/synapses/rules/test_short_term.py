"""Depression and facilitation against the steady states of Tsodyks and Markram's equations."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms

from spikenet.synapses.rules.short_term import ShortTermPlasticity
from tests.synapses.conftest import relay, spikes_at

RATES = (5, 20, 100)  # Hz


def delivered(model, rate: float, **settings) -> np.ndarray:
    """What each of 150 spikes lifts the voltage by, in units of the weight; the step does not matter."""
    every = 1000 / rate
    pre, post = spikes_at(every * np.arange(1, 151), dt=every / 2), relay([], dt=every / 2)
    synapses = model(weight="1 V").connect(pre, post, **settings)
    v = StateMonitor(post, "v", record=True, dt=every * ms)
    Network(pre, post, synapses, v).run(every * 152 * ms)
    return np.diff(v.v[0] / 1)[1:]


@pytest.mark.parametrize("values", [{}, {"release": 0.05, "tau_facil": "500 ms", "tau_rec": "100 ms"}])
@pytest.mark.parametrize("rate", RATES)
def test_what_arrives_in_the_long_run_is_the_steady_state(rate, values):
    model = ShortTermPlasticity(**values)
    u0, rec, facil = (model.parameters[name].value for name in ("release", "tau_rec", "tau_facil"))
    e_rec, e_facil = np.exp(-1 / rate / rec), np.exp(-1 / rate / facil)
    u = u0 / (1 - (1 - u0) * e_facil)
    resources = (1 - e_rec) / (1 - (1 - u) * e_rec)
    assert delivered(model, rate)[-1] == pytest.approx(u * resources, rel=1e-6)


def test_a_first_spike_uses_its_share_of_all_resources():
    assert delivered(ShortTermPlasticity(release=0.3), 5)[0] == pytest.approx(0.3, rel=1e-12)


def test_delays_that_differ_give_the_same():
    one = delivered(ShortTermPlasticity, 20, delay="25 ms")
    each = delivered(ShortTermPlasticity, 20, pattern=([0], [0]), delay=[25 * ms])
    np.testing.assert_allclose(each, one, rtol=1e-9)
