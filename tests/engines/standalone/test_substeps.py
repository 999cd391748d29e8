"""Substeps as an ordinary state updater of plain Brian2."""

import brian2
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, ms
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.equations.equations import Equations
from brian2.stateupdaters.base import UnsupportedEquationsException
from scipy.integrate import solve_ivp

from spikenet.engines.standalone.substeps import SCHEMES, Substeps
from spikenet.neurons import FHN

# Powers, divisions, exponentials, shared and per-neuron parameters, a subexpression, and a gain that one state has
# and the other has not.
EQUATIONS = """
    dx/dt = (x - x**3/3 - y + pull) / (epsilon*tau) : 1
    dy/dt = (x + a - y**2/(1 + y**2) + 0.1*exp(-x)*sin(y)) / tau : 1
    dz/dt = -z/tau_z : 1
    pull = gain*(1 - x)*z : 1
    a : 1
    tau_z : second
    gain : 1 (constant, shared)
    epsilon : 1 (constant, shared)
    tau : second (constant, shared)
"""
DURATION = 2.0  # ms


def end(method, steps: int, equations: str = EQUATIONS) -> np.ndarray:
    """(state, neuron) after 2 ms in so many steps of the clock."""
    dt = DURATION / steps * ms
    group = NeuronGroup(4, equations, method=method, dt=dt, codeobj_class=NumpyCodeObject)
    group.set_states({"epsilon": 0.4, "tau": 1e-3, "gain": 0.3}, units=False)
    group.set_states({"a": np.array([-0.5, 0.1, 0.3, 0.8]), "tau_z": np.array([1, 2, 3, 4]) * 1e-3}, units=False)
    group.set_states({"x": [-1, 0, 1, 2], "y": [-0.6, 0.3, 0.0, 1.0], "z": [1.0, -1.0, 0.5, 0.2]}, units=False)
    Network(group).run(DURATION * ms, namespace={})
    return np.array([getattr(group, f"{name}_")[:] for name in "xyzr" if name in group.equations])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow), 5])
def test_substeps_are_as_many_steps_of_brian2(scheme, count):
    """Horner's form, gains and products in place of powers are the same mathematics: rounding of 1e-16 a step."""
    np.testing.assert_allclose(end(Substeps(scheme, count), 200 // count), end(scheme, 200), rtol=0, atol=1e-12)


@pytest.mark.parametrize("term", ["(a % 0.3) % 0.2", "0.1*abs(r)**2.5 - (r + a)**3 + 1.5**a", "abs(a)**0.5 - r**2"])
def test_remainders_of_remainders_and_broken_powers_are_taken(term):
    equations = EQUATIONS + f"dr/dt = ({term} - r)/tau : 1"
    np.testing.assert_allclose(end(Substeps("rk4", 5), 20, equations), end("rk4", 100, equations), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("scheme", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_a_scheme_has_its_textbook_order(scheme, order):
    """Halving the substep; at 0.01 ms (Euler 0.0025) the next order adds less than 0.05."""

    def slope(_, state):
        x, y, z = state.reshape(3, 4)
        dx = (x - x**3 / 3 - y + 0.3 * (1 - x) * z) / 0.4
        dy = x + np.array([-0.5, 0.1, 0.3, 0.8]) - y**2 / (1 + y**2) + 0.1 * np.exp(-x) * np.sin(y)
        return np.concatenate([dx, dy, -z / np.array([1, 2, 3, 4])])

    start = [-1, 0, 1, 2, -0.6, 0.3, 0.0, 1.0, 1.0, -1.0, 0.5, 0.2]
    truth = solve_ivp(slope, (0, DURATION), start, "DOP853", rtol=1e-13, atol=1e-13).y[:, -1].reshape(3, 4)
    clock_steps = {"euler": 160, "rk2": 80, "rk4": 20}[scheme]
    coarse, fine = (np.abs(end(Substeps(scheme, 5), steps) - truth).max() for steps in (clock_steps, 2 * clock_steps))
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.1)


def test_a_model_takes_it_as_its_method():
    """A script of the user's: ten steps of 0.01 ms for each of 0.1 ms."""

    def run(**settings):
        group = FHN.neuron_group(3, codeobj_class=NumpyCodeObject, **settings)
        group.i_in = [-0.5, 0.0, 0.5]
        Network(group).run(1 * ms, namespace={})
        return group.x[:]

    np.testing.assert_allclose(run(method=Substeps("rk4", 10), dt=0.1 * ms), run(dt=0.01 * ms), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        ("dx/dt = -x/tau + xi/tau**0.5 : 1", "noise cannot be substepped"),
        ("dx/dt = (sin(t/tau) - x)/tau : 1", "t cannot be substepped"),
        ("dx/dt = (wave - x)/tau : 1\nwave = sin(t/tau) : 1", "t cannot be substepped"),
    ],
)
def test_what_differs_between_substeps_is_refused_as_brian2_wants_it(equations, words):
    group = NeuronGroup(1, equations + "\ntau : second (constant, shared)", method=Substeps("euler", 2), dt=1 * ms)
    with pytest.raises((UnsupportedEquationsException, brian2.BrianObjectException)) as caught:
        Network(group).run(1 * ms, namespace={})
    assert words in f"{caught.value} {caught.value.__cause__}"


def test_options_are_refused():
    with pytest.raises(UnsupportedEquationsException, match="takes no method options"):
        Substeps("euler")(Equations("dx/dt = -x/(1*ms) : 1"), {}, {"simplify": False})


def test_powers_become_products_and_repeats_are_written_out():
    equations = Equations("dx/dt = (x - x**3/3)/(1*ms) : 1")
    written, once = (Substeps("rk4", 3, repeats)(equations, {}, None).splitlines() for repeats in (None, 1))
    assert not any("**" in line for line in written)
    step = once[-(len(written) - len(once)) // 2 :]  # two more repeats
    assert written[-3 * len(step) :] == step * 3
