"""Units that drive each other: spike for spike what a plain loop gives, and Brian2 with Synapses."""

from dataclasses import replace

import brian2
import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.job import Recurrence, job_from_spec, spec_of
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.layers.recurrent_neuron import PRE_ACTIVATION, RECURRENT, recurrent_neuron
from spikenet.progress import Progress, silent

SAMPLES, UNITS, STEPS = 5, 7, 40
DRIVE = sn.linear_drive("0.15 nA", "0.2 nA")
LIF = recurrent_neuron(sn.LIF, DRIVE)
RNG = np.random.default_rng(3)
Z = 2 + RNG.normal(size=(SAMPLES, 20, UNITS)) * 3
WEIGHTS = RNG.normal(size=(UNITS, UNITS)) * 4
ENGINES = [sn.engines.Runtime(), sn.engines.Cpp(threads=2, chunk=8), sn.engines.Cpp(threads=1)]


def run(engine, neuron=LIF, variable=None, z=Z, weights=WEIGHTS, record=("trace", "spikes")):
    simulation = Simulation(neuron, duration="40 ms", dt="1 ms", sample_dt="1 ms", engine=engine)
    job, drives = simulation.plan({PRE_ACTIVATION: z}, record)
    job = replace(job, recurrence=Recurrence(RECURRENT, variable, weights))
    return engine.run(job, drives, Progress("", silent))


def by_hand():
    """Spikes (sample, step, unit) of a loop over the exact solution of LIF, with a refractory time of two steps."""
    parameters = {name: one.value for name, one in sn.LIF.parameters.items()}
    v, spike, since = np.full((SAMPLES, UNITS), parameters["v_rest"]), np.zeros((SAMPLES, UNITS)), 1000
    spikes = []
    for step in range(STEPS):
        current = 0.2e-9 + 0.15e-9 * (Z[:, step // 2] + spike @ WEIGHTS)
        target, since = parameters["v_rest"] + parameters["resistance"] * current, since + 1
        v = np.where(since >= 2, target + (v - target) * np.exp(-1 / 20), v)
        spike = ((v > parameters["v_threshold"]) & (since >= 2)).astype(float)
        v, since = np.where(spike > 0, parameters["v_reset"], v), np.where(spike > 0, 0, since)
        spikes.append(spike)
    return np.stack(spikes, axis=1)


def as_array(spikes):
    found = np.zeros((SAMPLES, STEPS, UNITS))
    found[spikes.sample, np.rint(spikes.time / 1e-3).astype(int), spikes.unit] = 1
    return found


@pytest.mark.parametrize("engine", ENGINES, ids=["runtime", "cpp, small chunks", "cpp"])
def test_spikes_are_those_of_a_plain_loop(engine):
    wanted = by_hand()
    found = as_array(run(engine).spikes)
    np.testing.assert_array_equal(found, wanted)
    assert 50 < wanted.sum() < 0.5 * wanted.size
    assert not np.array_equal(as_array(run(engine, weights=0 * WEIGHTS).spikes), wanted)


def test_spikes_are_those_of_plain_brian2_with_synapses():
    fed = brian2.TimedArray(np.repeat(Z, 2, axis=1)[0], dt=1 * brian2.ms)
    group = LIF.neuron_group(UNITS, dt=1 * brian2.ms, codeobj_class=brian2.NumpyCodeObject)
    group.run_regularly(f"{PRE_ACTIVATION} = fed(t, i)", when="start", codeobj_class=brian2.NumpyCodeObject)
    group.run_regularly(f"{RECURRENT} = 0", when="before_synapses", codeobj_class=brian2.NumpyCodeObject)
    synapses = brian2.Synapses(
        group, group, "w : 1", on_pre=f"{RECURRENT}_post += w", codeobj_class=brian2.NumpyCodeObject
    )
    synapses.connect(i=np.repeat(np.arange(UNITS), UNITS), j=np.tile(np.arange(UNITS), UNITS))
    synapses.w = WEIGHTS.ravel()
    monitor = brian2.SpikeMonitor(group, codeobj_class=brian2.NumpyCodeObject)
    brian2.Network(group, synapses, monitor).run(STEPS * brian2.ms, namespace={"fed": fed})
    found = np.zeros((STEPS, UNITS))
    found[np.rint(monitor.t / brian2.ms).astype(int), monitor.i] = 1
    np.testing.assert_array_equal(found, by_hand()[0])


def test_a_variable_may_be_sent_in_place_of_spikes():
    fhn = recurrent_neuron(sn.FHN(tau="20 ms", epsilon=0.5), sn.tanh_drive(-0.5))
    small = WEIGHTS / 10
    runtime, cpp = (run(engine, fhn, "x", weights=small, record=("trace",)).trace for engine in ENGINES[:2])
    np.testing.assert_allclose(cpp, runtime, atol=1e-12)  # another order of the same sums
    apart = run(ENGINES[0], fhn, "x", weights=0 * small, record=("trace",)).trace
    assert np.abs(runtime - apart).max() > 0.1


def test_what_is_sent_is_part_of_the_program_and_weights_are_not():
    job = Simulation(LIF, duration="4 ms", dt="1 ms").job(("count",))
    specs = [spec_of(replace(job, recurrence=Recurrence(RECURRENT, sent, w))) for sent, w in
             [(None, WEIGHTS), (None, 2 * WEIGHTS), ("v", WEIGHTS)]]  # fmt: skip
    assert specs[0] == specs[1] != specs[2]
    assert "recurrence" not in spec_of(job)
    assert spec_of(job_from_spec(specs[2])) == specs[2]


def test_no_steps_are_taken_together_where_units_drive_each_other():
    neuron = recurrent_neuron(sn.FHN, sn.tanh_drive(-0.5))
    job = Simulation(neuron, duration="1 ms", engine="cpp").job(("final",))
    assert job.substeps == 100
    assert replace(job, recurrence=Recurrence(RECURRENT, "x", WEIGHTS)).substeps == 1


@pytest.mark.parametrize("weights", [np.zeros((7, 6)), np.full((7, 7), np.nan)])
def test_weights_are_finite_numbers_from_unit_to_unit(weights):
    with pytest.raises(InvalidValueError, match=r"wanted finite numbers \(7, 7\)"):
        Recurrence(RECURRENT, None, weights).check(7)


def test_more_units_than_a_chunk_holds_are_refused():
    with pytest.raises(InvalidValueError, match="70000 units drive each other; engine cpp takes 65536"):
        run(ENGINES[1], z=np.zeros((1, 70_000)), weights=np.zeros((1, 1)), record="count")


def test_a_response_table_cannot_represent_units_that_drive_each_other():
    with pytest.raises(InvalidValueError, match="cannot represent this: the units drive each other"):
        run(sn.engines.Response(points=11), z=np.zeros((1, 2)), record=("mean",))
