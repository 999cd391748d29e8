"""A job as Brian2 objects, before any engine runs them."""

import brian2
import numpy as np
import pytest
from brian2 import SpikeMonitor, StateMonitor

from spikenet.engines.brian2_objects import build, final_variable
from spikenet.engines.runtime import RuntimeInterface
from spikenet.engines.simulate import Schedule
from spikenet.engines.standalone.substeps import Substeps
from spikenet.neurons import FHN, LIF, NeuronModel
from tests.planning import plan

KEEP = ("mean", "trace", "final", "count", "first_spike", "spikes")


def built_for(model, drive, timing, keep, **settings):
    job, drives = plan(model, drive, timing, record=keep)
    built = build(
        job,
        drive.shape[0] * drive.shape[-1],
        RuntimeInterface(drives),
        codeobj_class=brian2.NumpyCodeObject,
        **settings,
    )
    for port, array in drives.items():
        if array.ndim == 2:
            setattr(built.group, f"{port}_", array.ravel())
    return built


def test_only_what_is_kept_is_built():
    drive = np.zeros((1, 2))
    bare = built_for(FHN, drive, Schedule(1e-3, 0), "final")
    assert (bare.recorders, bare.trace, bare.spikes) == ((), None, None)
    assert not {"output_sum", "n_spikes", "first_spike"} & set(bare.group.variables)
    full = built_for(LIF, drive, Schedule(1e-3, 0), KEEP)
    assert isinstance(full.trace, StateMonitor) and isinstance(full.spikes, SpikeMonitor)
    assert len(full.recorders) == 3
    assert {"output_sum", "n_spikes", "first_spike"} <= set(full.group.variables)


def test_sums_and_times_are_doubles_and_counts_integers_whatever_the_neurons_are():
    kept = brian2.prefs.core.default_float_dtype
    brian2.prefs.core.default_float_dtype = np.float32
    try:
        variables = built_for(LIF, np.zeros((1, 2)), Schedule(1e-3, 0), KEEP).group.variables
    finally:
        brian2.prefs.core.default_float_dtype = kept
    types = {name: variables[name].dtype for name in ("v", "output_sum", "first_spike", "n_spikes")}
    assert types == {"v": np.float32, "output_sum": np.float64, "first_spike": np.float64, "n_spikes": np.int32}


def test_reductions_are_those_of_the_monitors():
    """Settled for 31 ms, then recorded: sums, counts and first spikes start with the recording."""
    drive = np.array([[0.0, 0.25e-9, 0.5e-9]])
    built = built_for(LIF, drive, Schedule(0.1, 0.031, None, 1e-3), KEEP)
    built.run()
    group, spikes = built.group, built.spikes
    np.testing.assert_allclose(group.output_sum_[:], built.trace.v_.sum(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(group.n_spikes_[:], spikes.count)
    assert spikes.t_[:].min() > 0.031
    for neuron, first in enumerate(group.first_spike_[:]):
        times = spikes.t_[:][spikes.i[:] == neuron]
        assert first == (times[0] if len(times) else -1.0)
    assert group.first_spike_[:].max() > 0 and group.first_spike_[0] == -1


def test_counting_leaves_the_reset_as_it_is():
    drive = np.array([[0.3e-9, 0.5e-9]])
    counted = built_for(LIF, drive, Schedule(0.1, 0), KEEP)
    plain = built_for(LIF, drive, Schedule(0.1, 0), "final")
    counted.run()
    plain.run()
    assert counted.group.n_spikes_[:].min() > 0
    np.testing.assert_array_equal(counted.group.v_[:], plain.group.v_[:])


def test_a_clock_of_several_substeps_samples_at_the_same_times():
    """Ten substeps a clock step; samples every 0.2 ms are every second step of the clock."""
    drive, timing, keep = np.array([[-0.3, 0.4]]), Schedule(2e-3, 1e-3, None, 2e-4), ("mean", "trace")
    plain = built_for(FHN, drive, timing, keep)
    blocked = built_for(FHN, drive, timing, keep, substeps=10, method=Substeps("rk4", 10))
    plain.run()
    blocked.run()
    assert blocked.group.dt_ == pytest.approx(1e-4)
    np.testing.assert_allclose(blocked.trace.x_, plain.trace.x_, rtol=0, atol=1e-12)
    np.testing.assert_allclose(blocked.trace.t_[:], plain.trace.t_[:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(blocked.group.output_sum_[:], plain.group.output_sum_[:], rtol=1e-12)


def test_a_changing_drive_is_fed_in_equal_steps():
    drive = np.arange(8.0).reshape(1, 8, 1) / 10
    built = built_for(FHN, drive, Schedule(3e-3, 1e-3, None, 1e-4), "trace")
    monitor = StateMonitor(
        built.group, "i_in", record=True, clock=built.group.clock, when="end", codeobj_class=brian2.NumpyCodeObject
    )
    built.network.add(monitor)
    built.run()
    np.testing.assert_array_equal(monitor.i_in_[0], np.repeat(np.arange(8) / 10, 50))


@pytest.mark.parametrize("port", ["neuron", "sample"])
def test_whatever_a_port_is_called_each_clock_has_a_name_of_its_own(port):
    """In C++ they are variables of one program."""
    leaky = NeuronModel(
        name="leaky", equations=f"dv/dt = ({port} - v)/(10*ms) : 1\n{port} : 1", ports=(port,), outputs=("v",),
        method="euler", dt="0.1 ms",
    )  # fmt: skip
    built = built_for(leaky, np.ones((1, 4, 1)), Schedule(2e-3, 0, None, 2e-4), ("trace", "mean"))
    clocks = {thing.clock for thing in built.network.objects}
    assert len({clock.name for clock in clocks}) == len(clocks) == 3


def test_an_output_that_is_worked_out_when_read_has_a_variable_for_its_last_value(wavy):
    job, _ = plan(wavy, np.zeros((1, 1)), Schedule(1e-2, 0), record="final")
    assert final_variable(job) == "output_final"
    for output in ("v", "theta"):
        job, _ = plan(wavy, np.zeros((1, 1)), Schedule(1e-2, 0), record="final", variable=output)
        assert final_variable(job) == output
