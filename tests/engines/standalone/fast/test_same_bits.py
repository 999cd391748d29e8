"""With our templates and with Brian2's, every number is the same, bit for bit, whatever the connections."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, defaultclock, ms, prefs

import spikenet as sn

pytestmark = pytest.mark.slow
_N = 40


def _groups() -> tuple:
    defaultclock.dt = 0.1 * ms
    steps = np.arange(900)
    inputs = SpikeGeneratorGroup(_N, steps * 17 % _N, steps // 3 * 0.1 * ms, name="inputs")
    cells = NeuronGroup(
        _N,
        """dv/dt = (0.2 - v + g*(4 - v) - h*(v + 1))/(10*ms) : 1 (unless refractory)
           dg/dt = -g/(2*ms) : 1
           dh/dt = -h/(3*ms) : 1
           drecent/dt = -recent/(20*ms) : 1
           total : 1
           count : 1""",
        threshold="v > 1", reset="v = 0; recent = 1", refractory=1 * ms, method="euler", name="cells",
    )  # fmt: skip
    before = NeuronGroup(
        _N, "drecent/dt = -recent/(15*ms) : 1\nu : 1\ncount : 1", threshold="u > 0.5", reset="u = 0; recent += 1",
        method="exact", name="before",
    )  # fmt: skip
    cells.v = "0.9*i/N"
    relay = Synapses(inputs, before, on_pre="u_post = 1", name="relay")
    relay.connect(j="i")
    return before, cells, [relay]


def stdp() -> None:
    """All to all, with effects on weights of spikes on both sides, and traces of the neurons; sums of weights."""
    before, cells, links = _groups()
    learn = Synapses(
        before, cells, "w : 1",
        on_pre="g_post += w\nw = clip(w - 0.01*recent_post, 0, 1)",
        on_post="w = clip(w + 0.02*recent_pre, 0, 1)", name="learn",
    )  # fmt: skip
    learn.connect()
    learn.w = "0.05*rand()"
    cells.run_regularly("total = 0", dt=5 * ms, when="start", order=0)
    learn.run_regularly("total_post += w", dt=5 * ms, when="start", order=1)
    learn.run_regularly("w *= 1/total_post\nw += 1e-3*recent_pre", dt=5 * ms, when="start", order=2)
    lateral = Synapses(cells, cells, on_pre="h_post += 0.2", delay=0.3 * ms, name="lateral")
    lateral.connect("i != j")
    _run(before, cells, [*links, learn, lateral])


def conductances() -> None:
    """Some of all pairs, one to one, lists in any order, several synapses a pair, parts of groups; and all delays."""
    before, cells, links = _groups()
    rng = np.random.default_rng(1)
    some = Synapses(before, cells, "w : 1", on_pre="g_post += w", delay=0.7 * ms, name="some")
    some.connect(p=0.3)
    some.w = "0.2*rand()"
    late = Synapses(before, cells, "w : 1", on_pre="g_post += w", name="late")
    late.connect(p=0.5)
    late.w, late.delay = "0.1*rand()", "2*ms*rand()"
    listed = Synapses(
        cells, cells, "w : 1", on_pre="v_post += 0.1*w*v_pre\ncount_pre += w", multisynaptic_index="k", name="listed"
    )
    listed.connect(i=rng.integers(0, _N, 300), j=rng.integers(0, _N, 300))
    listed.connect(j="i", n=2)
    listed.w = "0.01*(k + 1)"
    parts = Synapses(before[5:20], cells[10:], "w : 1", on_pre="h_post += 0.02*w*(i + j)", name="parts")
    parts.connect()
    parts.w = "rand()"
    band = Synapses(cells[20:], before[:25], "w : 1", on_post="count_post += 1\nw += recent_pre", name="band")
    band.connect(j="k for k in range(i, i + 10)", skip_if_invalid=True)
    _run(before, cells, [*links, some, late, listed, parts, band])


def pathways() -> None:
    """Several effects of a spike, a sum in every step, traces that are worked out when spikes come."""
    before, cells, links = _groups()
    many = Synapses(
        before, cells,
        """w : 1
           dx/dt = -x/(20*ms) : 1 (event-driven)
           total_post = w : 1 (summed)""",
        on_pre={"now": "g_post += w\nx += 0.1", "later": "h_post += x"}, on_post={"back": "w += 0.01*x"},
        delay={"later": 1.5 * ms}, name="many",
    )  # fmt: skip
    many.connect(p=0.4)
    many.w = "0.1*rand()"
    _run(before, cells, [*links, many])


def several_runs() -> None:
    """Delays and synapses that change while spikes are on their way; states that are restored."""
    before, cells, links = _groups()
    learn = Synapses(before, cells, "w : 1", on_pre="g_post += w\nw *= 0.99", name="learn")
    learn.connect()
    learn.w, learn.delay = 0.03, 1 * ms
    net = Network(before, cells, *links, learn, links[0].source)
    net.run(5 * ms)
    learn.delay = "1*ms + 0.5*ms*int(i > 20)"
    net.run(5 * ms)
    net.store()
    learn.delay = 0.4 * ms
    net.run(2 * ms)
    net.restore()
    net.run(3 * ms)
    learn.connect(i=[1, 2, 3], j=[5, 5, 6])
    net.run(5 * ms)
    _results(before, cells, [*links, learn])


def _run(before, cells, links) -> None:
    Network(before, cells, *links, links[0].source).run(30 * ms)
    _results(before, cells, links)


_kept: dict = {}


def _results(before, cells, links) -> None:
    _kept.update(before=before, cells=cells, links=links)


def _numbers() -> dict[str, np.ndarray]:
    groups = [_kept["before"], _kept["cells"], *_kept["links"]]
    return {
        f"{group.name}.{name}": np.array(getattr(group, name + "_"))
        for group in groups
        for name in ("v", "g", "h", "recent", "total", "count", "u", "w", "x")
        if name in group.variables
    }


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # Brian2 compares float32 numbers with 1e50
@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("network", [stdp, conductances, pathways, several_runs])
def test_every_number_is_that_of_brian2(network, precision, threads):
    if threads and (precision == "float32" or network is not conductances):
        pytest.skip("with threads, the templates are Brian2's")
    found, before = {}, prefs.devices.cpp_standalone.openmp_threads
    prefs.devices.cpp_standalone.openmp_threads = threads
    try:
        for fast in (True, False):
            with sn.device("cpp", seed=1, precision=precision, fast=fast):
                network()
            found[fast] = _numbers()
    finally:
        prefs.devices.cpp_standalone.openmp_threads = before
    assert max(abs(found[True]["cells.g"])) > 0
    different = {name: abs(found[True][name] - theirs).max() for name, theirs in found[False].items()
                 if not np.array_equal(found[True][name], theirs)}  # fmt: skip
    assert different == {}
