"""A simulation that leaves the finite numbers says which neuron, when, and what helps."""

import numpy as np
import pytest

from spikenet.engines.divergence import check_finite, divergence_error
from spikenet.engines.job import check_range
from spikenet.engines.simulate import Schedule, simulate
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.errors import InvalidValueError, SimulationError
from spikenet.neurons import FHN, LIF, NeuronModel
from tests.planning import plan


def model(equations: str, **settings) -> NeuronModel:
    return NeuronModel("tried", equations + "\ni_in : 1", outputs=("v",), dt=1e-3, **settings)


RELAXING = model("dv/dt = (i_in - v)/(1*ms) : 1")
RUNAWAY = "dv/dt = (v**2 + i_in)/(1*ms) : 1"


def run(neuron, drive=((1.0,),), **settings):
    return simulate(neuron, drive, **{"duration": "50 ms", "engine": "runtime", "record": "final"} | settings)


def test_where_a_smaller_step_helps_it_is_named():
    """Euler's factor is 1 - dt/tau = -9, and 0 at a tenth of the step."""
    stiff = model("dv/dt = (i_in - v)/(0.1*ms) : 1", method="euler")
    words = r"v of sample 0, unit 1, 3\d\d ms after its start; dt is 1 ms: it stays finite with 100 us, so take a sm"
    with pytest.raises(SimulationError, match=words + ".* or try method='exponential_euler'"):
        run(stiff, [[0.0, 1.0]], duration="400 ms")


def test_where_no_smaller_step_helps_a_cut_or_a_weaker_drive_is_advised():
    """dv/dt = v^2 + 1 is tan(t), which has no value after pi/2 ms."""
    words = (
        r"v of sample 0, unit 0, \d+ ms after its start; .* a smaller dt does not help, v leaves them with 100 us, too"
    )
    with pytest.raises(SimulationError, match=f"{words}: take a weaker drive, or a threshold with a reset"):
        run(model(RUNAWAY))
    spiking = model(f"{RUNAWAY}\ndw/dt = v**2/ms : 1", threshold="v > 1e300", reset="v = 0")
    with pytest.raises(SimulationError, match="w of .* or a threshold nearer to where the spike begins"):
        run(spiking)


@pytest.mark.parametrize("record", ["mean", "trace", "final"])
def test_an_output_that_is_not_finite_is_refused_though_states_are(record):
    logarithm = model("du/dt = (i_in - u)/(1*ms) : 1\nv = log(u) : 1")
    with pytest.raises(SimulationError, match=r"v of sample 0, unit 1, .* v is no state, so look at its formula"):
        run(logarithm, [[1.0, -1.0]], record=record, settle="1 ms")


def test_a_free_variable_that_a_reset_spoils_is_refused():
    counted = NeuronModel(
        "counted", "dv/dt = i_in/ms : 1\nlast : 1\ni_in : 1", outputs=("v",), method="euler",
        threshold="v > 1", reset="last = exp(1000*v)\nv = 0",
    )  # fmt: skip
    with pytest.raises(SimulationError, match="last of sample 0, unit 0"):
        run(counted)


def test_the_place_is_that_of_the_first_number_that_is_not_finite():
    job, drives = plan(FHN, np.zeros((2, 3)), Schedule("1 ms"), record="trace")
    trace = np.zeros((2, job.steps.samples, 3))
    check_finite(job, drives, {"trace": trace})
    trace[1, 7, 2] = np.nan
    with pytest.raises(SimulationError, match="x of sample 1, unit 2"):
        check_finite(job, drives, {"trace": trace})


def test_neurons_are_not_simulated_again_where_they_are_noisy_or_take_long(monkeypatch):
    monkeypatch.setattr("spikenet.engines.runtime.simulated", None)
    for neuron, duration in ((model("dv/dt = i_in/ms + xi/ms**0.5 : 1", method="euler"), 1.0), (RELAXING, 1000.0)):
        job, drives = plan(neuron, [[0.0]], Schedule(duration))
        assert str(divergence_error(job, drives, "v", 0, 0)).endswith(
            "dt is 1 ms: try a smaller one, or a weaker drive"
        )


def test_numbers_beyond_the_precision_are_refused_before_anything_is_compiled(monkeypatch):
    monkeypatch.setattr("spikenet.engines.standalone.cpp.engine.project_for", None)
    with pytest.raises(
        InvalidValueError, match=r"the drive of i_in of tried has numbers beyond 3.4e\+38, the largest of f"
    ):
        simulate(RELAXING, [[-1e39]], duration="1 ms", engine=Cpp("float32"))
    for neuron, what in ((LIF.with_initial(v=1e39), "initial v"), (LIF(resistance=1e40), "parameter resistance")):
        with pytest.raises(InvalidValueError, match=f"the {what} of lif"):
            check_range(*plan(neuron, [[0.0]], Schedule("1 ms")), "float32")
