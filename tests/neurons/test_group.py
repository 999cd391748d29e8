"""A model as plain Brian2: a group that any script of the user's can take."""

import brian2
import numpy as np
import pytest
from brian2 import Network, SpikeMonitor, StateMonitor, Synapses, ms, mV, nA
from brian2.equations.equations import Equations

from spikenet import simulate
from spikenet.neurons import FHN, LIF, MODELS, NeuronModel
from spikenet.neurons.group import neuron_group, parameter_lines


@pytest.fixture(autouse=True)
def numpy_target():
    """Plain Brian2 would compile Cython for these few steps."""
    kept = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    yield
    brian2.prefs.codegen.target = kept


@pytest.mark.parametrize("name", MODELS)
def test_every_model_runs_in_a_users_own_network_with_monitors(name):
    model = MODELS[name]
    group = model.neuron_group(3)
    monitor = StateMonitor(group, model.outputs, record=True)
    Network(group, monitor).run(5 * model.dt * brian2.second)
    assert type(group) is brian2.NeuronGroup
    assert group.dt_ == pytest.approx(model.dt)
    for output in model.outputs:
        trace = getattr(monitor, f"{output}_")
        assert trace.shape == (3, 5)
        assert np.isfinite(trace).all()
        if output in model.initial:  # the others are worked out of them
            np.testing.assert_allclose(trace[:, 0], model.initial[output], rtol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_shared_variables_with_their_units(name):
    model = MODELS[name]
    equations = Equations(parameter_lines(model))
    assert equations.names == set(model.parameters)
    assert all(equations[parameter].flags == ["constant", "shared"] for parameter in model.parameters)
    group = model.neuron_group(2)
    for parameter, value in model.parameters.items():
        assert group.variables[parameter].get_value() == value.value


def test_a_group_spikes_through_synapses_of_the_users():
    """A driven LIF neuron fires a silent one through one strong synapse."""
    group = LIF.neuron_group(2, name="pair")
    group.i_in = [0.5, 0.0] * nA
    synapses = Synapses(group, group, on_pre="v_post += 30*mV")
    synapses.connect(i=0, j=1)
    spikes = SpikeMonitor(group)
    Network(group, synapses, spikes).run(50 * ms)
    assert spikes.count[0] > 1
    assert spikes.count[1] == spikes.count[0]


def test_settings_go_to_the_group_and_override_the_models():
    group = FHN.neuron_group(2, dt=0.2 * ms, method="euler", name="mine")
    assert (group.dt_, group.name, group.method_choice) == (pytest.approx(2e-4), "mine", "euler")


def test_further_lines_may_be_added_to_the_equations():
    group = neuron_group(LIF, 2, equations="label : integer (constant)")
    group.label = [3, 4]
    assert group.label[:].tolist() == [3, 4]


def test_initial_values_of_a_layer_repeat_for_every_sample():
    group = LIF.with_initial(v=[-60, -55] * mV).neuron_group(6)
    np.testing.assert_allclose(group.v / mV, [-60, -55] * 3)


def test_names_of_the_users_do_not_leak_into_the_equations():
    tau_mem = 1 * ms  # noqa: F841 (the group has its own)
    group = LIF.neuron_group(1)
    group.v = -60 * mV
    group.i_in = 0 * nA
    Network(group).run(20 * ms, namespace={})
    assert group.v[0] / mV == pytest.approx(-70 + 10 / np.e, rel=1e-9)  # one tau_mem of 20 ms, integrated exactly


def test_a_name_with_an_underscore_behind_it_is_another_variable():
    """Brian2's ``group.tau_`` is ``tau`` in SI units, or ``tau_`` where there is such a variable."""
    model = NeuronModel(
        name="m",
        equations="dv/dt = (i_in - v)/tau : 1\ndv_/dt = -v_/tau_ : 1\ni_in : 1\ni_in_ : 1",
        outputs=("v", "v_"),
        ports=("i_in", "i_in_"),
        parameters={"tau": "1 ms", "tau_": "2 ms"},
        initial={"v": 3.0, "v_": 4.0},
        dt="0.1 ms",
        method="euler",
    )
    group = model.neuron_group(1)
    assert [group.state(name, False)[:].item() for name in ("tau", "tau_", "v", "v_")] == [1e-3, 2e-3, 3, 4]
    drive = {"i_in": [[1.0]], "i_in_": [[9.0]]}
    found = simulate(model, drive, duration="1 ms", record="final", engine="runtime").final
    assert found.item() == pytest.approx(1 + 2 * 0.9**10, rel=1e-12)
