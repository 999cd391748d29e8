"""Parameters that differ from unit to unit or from sample to sample: each neuron does what it would do alone."""

import numpy as np
import pytest
from brian2 import ms, second

from spikenet.engines.job import spec_of
from spikenet.engines.lookup.response import Response
from spikenet.engines.simulate import Schedule, simulate
from spikenet.engines.unit_parameters import split_parameters
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons import FHN, LIF, NeuronModel
from tests.planning import plan

TAU, REF, REST = [5e-3, 10e-3, 20e-3], [1e-3, 2e-3, 3e-3], [-72e-3, -70e-3, -68e-3]
DRIVE = [[0.3e-9, 0.4e-9, 0.5e-9], [0.5e-9, 0.6e-9, 0.7e-9]]
SETTINGS = {"duration": "60 ms", "record": ("trace", "count"), "engine": "runtime"}


@pytest.mark.parametrize("engine", ["runtime", "cpp"])
def test_each_unit_has_its_own_time_constant_refractory_time_and_start(engine):
    together = simulate(
        LIF(tau_mem=TAU, tau_ref=REF, v_rest=REST).with_initial(v=REST), DRIVE, **SETTINGS | {"engine": engine}
    )
    for unit in range(3):
        alone = LIF(tau_mem=TAU[unit], tau_ref=REF[unit], v_rest=REST[unit]).with_initial(v=REST[unit])
        alone = simulate(alone, np.array(DRIVE)[:, [unit]], **SETTINGS)
        np.testing.assert_array_equal(together.count[:, [unit]], alone.count)
        np.testing.assert_allclose(together.trace[..., [unit]], alone.trace, rtol=1e-12)
    assert together.count.max() > 2 * together.count.min() > 0


def test_each_sample_may_have_its_own_and_one_stands_for_all():
    drive = [[0.6e-9]]
    by_sample = simulate(LIF, drive, parameters={"tau_mem": np.array(TAU)[:, None]}, **SETTINGS)
    by_unit = simulate(LIF, drive, parameters={"tau_mem": TAU}, **SETTINGS)
    np.testing.assert_array_equal(by_sample.trace[:, :, 0], by_unit.trace[0].T)
    assert by_sample.trace.shape == (3, 60, 1) and by_unit.trace.shape == (1, 60, 3)
    single = simulate(LIF, drive, parameters={"tau_mem": "5 ms"}, **SETTINGS)
    np.testing.assert_array_equal(single.trace[0, :, 0], by_unit.trace[0, :, 0])


@pytest.mark.parametrize("method", ["euler", "rk4", "exponential_euler"])
def test_every_method_takes_them(method):
    leaky = NeuronModel(
        "leaky", "dv/dt = (i_in - v)/tau : 1\ni_in : 1", outputs=("v",), parameters={"tau": np.array(TAU) * second},
        method=method, dt=1e-5,
    )  # fmt: skip
    final = simulate(leaky, [[1.0]], duration="10 ms", record="final", engine="runtime").final[0]
    np.testing.assert_allclose(final, 1 - np.exp(-0.01 / np.array(TAU)), rtol=2e-3)


def test_the_step_is_checked_for_the_fastest_unit():
    """A time constant's largest rate is that of its smallest value."""
    rated = NeuronModel(
        "rated", "dv/dt = (i_in - v)/tau : 1\ni_in : 1", outputs=("v",), parameters={"tau": "20 ms"}, method="euler",
        fastest_rate="max(1/tau, 1/tau)", dt=1e-3,
    )  # fmt: skip
    for tau in ([20e-3, 0.4e-3, 5e-3], np.array([[20e-3, 0.4e-3], [5e-3, 5e-3]])):
        with pytest.raises(InvalidValueError, match="dt is 1 ms, too large for rated: euler is unstable beyond 800 us"):
            simulate(rated, [[0.0]], parameters={"tau": tau}, **SETTINGS | {"record": "final"})
    with pytest.raises(InvalidValueError, match=r"wanted 0 or more; check .* tau from -0.001 to 0.02"):
        simulate(rated(tau=[20e-3, -1e-3]), [[0.0]], **SETTINGS | {"record": "final"})


def test_models_of_single_numbers_keep_their_programs():
    single = plan(LIF, [[0.0]], Schedule("1 ms"))[0]
    assert single.varying == {} and single.neuron.ports == ("i_in",)
    spec = spec_of(plan(LIF(tau_mem=TAU), [[0.0]], Schedule("1 ms"))[0])
    assert spec["model"]["ports"] == ["i_in", "tau_mem"] and "tau_mem" not in spec["parameters"]
    assert spec == spec_of(plan(LIF(tau_mem=[1.0]), [[0.0]], Schedule("1 ms"))[0])


def test_a_recording_is_told_them():
    made = simulate(LIF(tau_mem=TAU), [[0.0]], **SETTINGS).provenance["parameters"]
    assert made["tau_mem"] == "1 x 3 values from 5 ms to 20 ms" and made["tau_ref"] == "2 ms"


def test_a_state_that_starts_at_a_parameter_starts_there_in_each_unit():
    model = NeuronModel(
        "started", "dv/dt = (v_rest - v + i_in*volt)/(1*ms) : volt\ni_in : 1", outputs=("v",),
        parameters={"v_rest": "-70 mV"}, starts_at={"v": "v_rest"},
    )  # fmt: skip
    trace = simulate(model(v_rest=REST), [[0.0]], **SETTINGS | {"record": "trace"}).trace
    np.testing.assert_allclose(trace, np.broadcast_to(REST, trace.shape), rtol=1e-12)
    with pytest.raises(InvalidValueError, match=r"v of started starts at v_rest, which differs from sample to sample"):
        split_parameters(model, {"v_rest": [REST, REST]})


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"tau": 1.0}, InvalidValueError, "lif has no parameter 'tau'; it has tau_mem"),
        ({"tau_mem": np.ones((1, 1, 1))}, InvalidValueError, r"shape \(1, 1, 1\), wanted one number, \(unit,\) or"),
        ({"tau_mem": np.ones((0, 3))}, InvalidValueError, r"shape \(0, 3\)"),
        ({"tau_mem": [[1.0], [1.0, 2.0]]}, InvalidTypeError, "tau_mem is"),
        ({"v_rest": [[1.0] * ms]}, UnitError, "v_rest has the unit second"),
        ({"tau_mem": TAU, "tau_ref": REF[:2]}, InvalidValueError, r"different samples or units: .* tau_mem \(1, 3\)"),
        ([1.0], InvalidTypeError, "parameters is .* wanted a mapping from names"),
    ],
)
def test_what_is_no_parameter_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        plan(LIF, [[0.0]], Schedule("1 ms"), parameters=given)


def test_a_response_table_refuses_them():
    with pytest.raises(InvalidValueError, match="tau_mem of lif differ from unit to unit; use engine='cpp'"):
        simulate(LIF(tau_mem=TAU), DRIVE, duration="10 ms", engine=Response("runtime", 3))


def test_the_unstable_fhn_of_one_unit_is_refused():
    with pytest.raises(InvalidValueError, match="too large for fhn"):
        simulate(FHN(epsilon=[0.01, 1e-6]), [[0.0]], duration="1 ms", engine="runtime")
