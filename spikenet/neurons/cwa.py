"""Conductance neurons that average: Ohmic channels pull the membrane to the conductance-weighted mean of theirs.

`CWA` is the membrane alone. Brian2's exponential Euler is exact for it over any step in which the conductances stay
as they are, and a drive is such a staircase: values at the ends of steps do not depend on ``dt``. Explicit methods
are refused beyond their limit, twice `time_constant` for Euler. A drive that samples a smooth signal errs in the
first order of its own interval if it takes the signal at the interval's start, in the second if it takes it halfway.

`SpikingCWA` and `StochasticCWA` put exponential synapses before the membrane and spikes behind it. Their steps are
written out, because a release with a floor is beyond Brian2's exponential Euler: Euler's method on these lines does
an exponential step of the synapses, then one of the membrane with them, then the release, all within one step. A
spike that arrives in a step can so be answered in it, also where a step is as long as the synapses' time constant.
"""

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.units import DIMENSIONLESS, parse_unit, show, to_si

_VOLT, _SIEMENS = parse_unit("V")[0], parse_unit("S")[0]
_PARAMETERS = {
    "capacitance": "200 pF",
    "g_rest": "10 nS",
    "e_rest": "-56 mV",  # a scaled valence of -0.4, the paper's
    "e_exc": "0 mV",
    "e_inh": "-80 mV",
}
_VIEWS = """
    z = 2*(v - e_inh)/(e_exc - e_inh) - 1 : 1
    p = (z + abs(z))/2 : 1
    g_exc : siemens
    g_inh : siemens
"""
_PORTS = ("g_exc", "g_inh")
_REFERENCE = "Learning difficult perceptual tasks with Hodgkin-Huxley networks, sections 2.1 and 2.3"

CWA = NeuronModel(
    name="cwa",
    equations="dv/dt = (g_rest*(e_rest - v) + g_exc*(e_exc - v) + g_inh*(e_inh - v)) / capacitance : volt" + _VIEWS,
    outputs=("v", "z", "p"),
    ports=_PORTS,
    nonnegative=_PORTS,
    parameters=_PARAMETERS,
    starts_at={"v": "e_rest"},
    method="exponential_euler",
    dt=1e-3,
    sample_dt=1e-3,
    fastest_rate="(g_rest + g_exc + g_inh) / capacitance",
    reference=_REFERENCE,
)

# The ports are what arriving spikes ask for during a step; the synapses pass on the same mean.
_SYNAPSES_AND_MEMBRANE = """
    ds_exc/dt = (s_exc_next - s_exc) / dt : siemens
    ds_inh/dt = (s_inh_next - s_inh) / dt : siemens
    dv/dt = (v_next - v) / dt : volt
    s_exc_next = g_exc + (s_exc - g_exc)*exp(-dt/tau_syn) : siemens
    s_inh_next = g_inh + (s_inh - g_inh)*exp(-dt/tau_syn) : siemens
    g_next = g_rest + s_exc_next + s_inh_next : siemens
    v_aim = (g_rest*e_rest + s_exc_next*e_exc + s_inh_next*e_inh) / g_next : volt
    v_next = v_aim + (v - v_aim)*exp(-dt*g_next/capacitance) : volt
"""
_SPIKING = {
    "ports": _PORTS,
    "nonnegative": _PORTS,
    "parameters": {**_PARAMETERS, "tau_syn": "1 ms", "f_max": "1000 Hz"},
    "starts_at": {"v": "e_rest"},
    "peak_rate": "f_max",
    "method": "euler",
    "dt": 1e-3,
    "sample_dt": 1e-3,
    "reference": _REFERENCE,
}

SpikingCWA = NeuronModel(
    name="spiking_cwa",
    # The release gathers z, also where it is negative, but owes no more than one spike.
    equations=_SYNAPSES_AND_MEMBRANE
    + """
    drelease/dt = clip(f_max*dt*z_next, -1 - release, f_max*dt) / dt : 1
    z_next = 2*(v_next - e_inh)/(e_exc - e_inh) - 1 : 1"""
    + _VIEWS,
    outputs=("v", "z", "p", "release", "s_exc", "s_inh"),
    threshold="release > 1 - 1e-6",  # ten tenths fall short of 1 by rounding; what is taken too early is owed
    reset="release -= 1",
    initial={"s_exc": 0.0, "s_inh": 0.0, "release": 0.0},
    **_SPIKING,
)

StochasticCWA = NeuronModel(
    name="stochastic_cwa",
    equations=_SYNAPSES_AND_MEMBRANE.rstrip() + _VIEWS,
    outputs=("v", "z", "p", "s_exc", "s_inh"),
    threshold="rand() < p*f_max*dt",
    initial={"s_exc": 0.0, "s_inh": 0.0},
    **_SPIKING,
)


def scaled_valence(model: NeuronModel, potential) -> np.ndarray:
    """Potentials as the paper's e_j: -1 at ``e_inh``, 1 at ``e_exc``. Section 2.3.

    Errors: UnitError for what is no potential, InvalidValueError for a model without these channels.
    """
    low, high = _values(model, "e_inh", "e_exc")
    return 2 * (to_si(potential, _VOLT, "the potential") - low) / (high - low) - 1


def reversal_potential(model: NeuronModel, valence) -> np.ndarray:
    """Scaled valences as potentials in volt: what `scaled_valence` was given.

    ``CWA.with_parameters(e_rest=reversal_potential(CWA, -0.1))``. Errors: as `scaled_valence`, and InvalidValueError
    for a valence beyond -1 and 1, to which no average of these channels reaches.
    """
    low, high = _values(model, "e_inh", "e_exc")
    array = to_si(valence, DIMENSIONLESS, "the valence")
    if (np.abs(array) > 1).any():
        beyond = array[np.abs(array) > 1].flat[0]
        raise InvalidValueError(f"the valence is {beyond:g}, wanted -1 to 1, from e_inh to e_exc")
    return low + (array + 1) / 2 * (high - low)


def steady_state(model: NeuronModel, g_exc, g_inh) -> np.ndarray:
    """Where v comes to rest under these conductances, in volt: the paper's eq. 1, of the shape of the conductances.

    Errors: UnitError for what is no conductance, InvalidValueError for a negative one, for none at all, and for a
    model without these channels.
    """
    g_exc, g_inh, total = _conductances(model, g_exc, g_inh)
    g_rest, e_rest, e_exc, e_inh = _values(model, "g_rest", "e_rest", "e_exc", "e_inh")
    return (g_rest * e_rest + g_exc * e_exc + g_inh * e_inh) / total


def time_constant(model: NeuronModel, g_exc, g_inh) -> np.ndarray:
    """How fast v comes there, in s: capacitance / (g_rest + g_exc + g_inh). Errors: as `steady_state`."""
    return _values(model, "capacitance")[0] / _conductances(model, g_exc, g_inh)[-1]


def _values(model: NeuronModel, *names: str) -> list[float]:
    """Parameters in SI units."""
    missing = [name for name in names if name not in model.parameters]
    if missing:
        raise InvalidValueError(f"{model.name} has no {', '.join(missing)}; wanted a neuron such as sn.CWA")
    return [model.parameters[name].value for name in names]


def _conductances(model: NeuronModel, g_exc, g_inh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both in siemens, and their sum with the one at rest."""
    given = {name: to_si(value, _SIEMENS, name) for name, value in (("g_exc", g_exc), ("g_inh", g_inh))}
    for name, array in given.items():
        if (array < 0).any():
            raise InvalidValueError(f"{name} is {show(float(array.min()), _SIEMENS)}, wanted zero or more")
    total = _values(model, "g_rest")[0] + given["g_exc"] + given["g_inh"]
    if not (total > 0).all():
        raise InvalidValueError(f"{model.name} has no conductance at all somewhere; wanted g_rest, g_exc or g_inh")
    return given["g_exc"], given["g_inh"], total
