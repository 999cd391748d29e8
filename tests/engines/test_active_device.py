"""Devices come and go, and the user's stays."""

import os
import subprocess
import sys
import textwrap

import brian2
import pytest
from brian2.devices.device import get_device

from spikenet.brian2_internals import CPPStandaloneDevice
from spikenet.engines.active_device import runtime_device, standalone_device


def test_within_the_runtime_device_numbers_are_doubles_and_chance_is_put_back():
    kept = brian2.prefs.core.default_float_dtype
    with runtime_device():
        assert brian2.prefs.core.default_float_dtype is not None
        first = get_device().get_random_state()["numpy_state"][1].copy()
        brian2.seed(99)
    assert brian2.prefs.core.default_float_dtype is kept
    assert (get_device().get_random_state()["numpy_state"][1] == first).all()


def test_an_error_within_it_puts_everything_back_too():
    kept, device = brian2.prefs.core.default_float_dtype, get_device()
    with pytest.raises(ZeroDivisionError), runtime_device():
        raise ZeroDivisionError
    assert brian2.prefs.core.default_float_dtype is kept and get_device() is device


def test_names_are_given_anew_within_a_device_and_back_afterwards():
    outside = brian2.NeuronGroup(1, "v : 1")
    monitor = brian2.StateMonitor(outside, "v", record=True, dt=brian2.ms)
    with standalone_device(CPPStandaloneDevice()):
        inside = brian2.NeuronGroup(1, "v : 1")
        assert inside.name == "neurongroup"
        assert brian2.StateMonitor(inside, "v", record=True, dt=brian2.ms).clock.name == "statemonitor_clock"
        assert brian2.NeuronGroup(1, "v : 1").name == "neurongroup_1"
    assert brian2.NeuronGroup(1, "v : 1").name not in (outside.name, inside.name) and monitor.name


def test_the_same_seed_gives_the_same_noise_in_process_whatever_the_order_of_sets():
    script = textwrap.dedent(
        """
        import brian2
        from spikenet.engines.active_device import runtime_device

        brian2.prefs.codegen.target = "numpy"
        with runtime_device():
            brian2.seed(1)
            group = brian2.NeuronGroup(2, "dv/dt = (xi_a + 2*xi_b + 3*xi_c + 4*xi_d)/ms**0.5 : 1", method="euler")
            brian2.Network(group).run(brian2.ms)
            print(group.v[:].tolist())
        """
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "1234"
    }
    assert len(said) == 1


def test_what_is_made_within_the_runtime_device_runs_outside_and_nested():
    with runtime_device():
        with runtime_device():
            group = brian2.NeuronGroup(2, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler")
            network = brian2.Network(group, brian2.SpikeMonitor(group, name="within"))
        network.run(2 * brian2.ms)
    trace = brian2.StateMonitor(group, "v", record=True)
    network.add(trace)
    network.run(2 * brian2.ms)
    assert len(trace.t) == 20 and network["within"].num_spikes > 2
    assert "code_object" not in vars(get_device())
