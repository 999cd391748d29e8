"""Brian2 in process: the oracle, and a good guest in the user's own script."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import brian2
import numpy as np
import pytest
from brian2.devices.device import get_device

from spikenet.engines.runtime import Runtime
from spikenet.engines.simulate import simulate
from spikenet.neurons import FHN, LIF

DRIVE = [[-0.4, 0.3]]


def test_final_is_the_state_after_the_last_step():
    """The first sample is the initial state, so what follows 50 steps is sample 50 of a longer run."""
    settings = {"sample_dt": FHN.dt, "record": ("trace", "final"), "engine": "runtime"}
    short, long = (simulate(FHN, DRIVE, duration=steps * FHN.dt, **settings) for steps in (50, 60))
    np.testing.assert_array_equal(short.trace[0, 0], [-1.0, -1.0])
    np.testing.assert_array_equal(short.trace, long.trace[:, :50])
    np.testing.assert_array_equal(short.final, long.trace[:, 50])


def test_settling_is_recording_that_is_thrown_away():
    settings = {"sample_dt": "0.1 ms", "record": ("trace", "mean"), "engine": "runtime"}
    whole = simulate(FHN, DRIVE, duration="3 ms", **settings)
    settled = simulate(FHN, DRIVE, settle="1 ms", duration="2 ms", **settings)
    np.testing.assert_array_equal(settled.trace, whole.trace[:, 10:])
    np.testing.assert_allclose(settled.mean, whole.trace[:, 10:].mean(axis=1), rtol=1e-12)


def test_spikes_of_the_settling_time_do_not_count():
    drive = [[0.5e-9, 0.3e-9]]
    settings = {"record": ("spikes", "count", "first_spike"), "engine": "runtime"}
    whole = simulate(LIF, drive, duration="100 ms", **settings)
    settled = simulate(LIF, drive, settle="40 ms", duration="60 ms", **settings)
    for unit in range(2):
        later = whole.spikes.times_of(0, unit)
        later = later[later > 0.04 - 1e-9] - 0.04
        np.testing.assert_allclose(settled.spikes.times_of(0, unit), later, rtol=0, atol=1e-12)
        assert settled.count[0, unit] == len(later) > 0
        assert settled.first_spike[0, unit] == pytest.approx(later[0], abs=1e-12)


def test_every_neuron_is_one_of_its_own():
    """A population does what its neurons do one by one."""
    drive = np.array([[-0.6, 0.2, 0.4], [0.0, 0.7, -0.3]])
    together = simulate(FHN, drive, duration="1 ms", record="final", engine="runtime").final
    alone = [
        simulate(FHN, [[one]], duration="1 ms", record="final", engine="runtime").final[0, 0] for one in drive.ravel()
    ]
    np.testing.assert_allclose(together.ravel(), alone, rtol=1e-14)


def test_a_trace_outlives_its_monitor():
    """With one sample its memory was the monitor's own, and went with it."""
    settings = {"duration": "2 ms", "sample_dt": "10 us", "record": "trace", "engine": "runtime"}
    traces = [simulate(FHN, [[0.2, 0.4]], **settings).trace for _ in range(3)]
    assert all(trace.base is None and trace.flags.c_contiguous for trace in traces)
    np.testing.assert_array_equal(traces[0], traces[2])
    assert np.abs(traces[0]).max() < 3


def test_the_users_seed_precision_and_device_stay_as_they_are(ornstein_uhlenbeck):
    legacy = np.random.RandomState(0)  # noqa: NPY002 (what Brian2 uses)
    state = np.random.get_state()  # noqa: NPY002
    kept = brian2.prefs.core.default_float_dtype
    try:
        np.random.set_state(legacy.get_state())  # noqa: NPY002
        brian2.prefs.core.default_float_dtype = np.float32
        device = get_device()
        recording = simulate(ornstein_uhlenbeck, DRIVE, duration="5 ms", record="final", engine="runtime")
        assert recording.final.dtype == np.float64
        assert brian2.prefs.core.default_float_dtype is np.float32
        assert get_device() is device
        assert np.random.random() == legacy.random_sample()  # noqa: NPY002
    finally:
        brian2.prefs.core.default_float_dtype = kept
        np.random.set_state(state)  # noqa: NPY002


def test_a_users_own_network_neither_sees_nor_disturbs_it():
    """A magic ``run()`` collects the user's objects and none of ours; a standalone script stays one."""
    script = textwrap.dedent(
        """
        import numpy as np
        from brian2 import *
        from spikenet.engines.simulate import simulate
        from spikenet.neurons import FHN

        prefs.codegen.target = "numpy"
        tau, neurons = 3*ms, NeuronGroup(2, "dx/dt = -x/tau : 1", method="exact", name="neurons")
        neurons.x = 1
        before = simulate(FHN, [[0.3]], duration=1*ms, record="final", engine="runtime").final
        run(3*ms)
        assert abs(neurons.x[0] - exp(-1)) < 1e-9, neurons.x
        assert abs(defaultclock.t - 3*ms) < 1*us

        set_device("cpp_standalone", build_on_run=False, directory="never")
        after = simulate(FHN, [[0.3]], duration=1*ms, record="final", engine="runtime").final
        assert (before == after).all()
        assert get_device() is all_devices["cpp_standalone"]
        assert not get_device().build_on_run and get_device().build_options == {"directory": "never"}
        print("good")
        """
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout.strip() == "good", run.stderr


def test_two_runtimes_are_the_same_engine():
    assert Runtime() == Runtime()


def test_the_engine_runs_off_the_main_thread_from_the_first_import_on():
    """Brian2 sets a handler of Ctrl-C when it is imported, which Python allows on the main thread only."""
    script = """
        import signal, sys, threading
        import spikenet as sn

        counts, set_handler = [], signal.signal
        def run():
            settings = {"duration": "50 ms", "record": "count", "engine": "runtime"}
            counts.append(sn.simulate(sn.LIF, [[0.6e-9]], **settings).count[0, 0])
        assert "brian2" not in sys.modules
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert signal.signal is set_handler
        print(counts)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert "6" in run.stdout, run.stderr


def test_threads_beside_each_other_get_their_own_noise_and_precision(ornstein_uhlenbeck):
    """Brian2 has one device, one generator of random numbers and one precision for the whole process."""

    def run(seed):
        drive = np.zeros((1, 3))
        return simulate(ornstein_uhlenbeck, drive, duration="3 ms", record="trace", engine="runtime", seed=seed).trace

    alone = [run(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        beside = list(pool.map(run, range(6)))
    np.testing.assert_array_equal(beside, alone)
