"""Wilson and Cowan's populations rest or oscillate, as the eigenvalues at their fixed point say."""

import numpy as np
import pytest
from scipy.optimize import fsolve

from spikenet.engines.simulate import simulate
from spikenet.neurons import WilsonCowan


def sigmoid(x: float, slope: float, theta: float) -> float:
    return 1 / (1 + np.exp(-slope * (x - theta))) - 1 / (1 + np.exp(slope * theta))


def change(state, p: float) -> np.ndarray:
    exc, inh = state
    k_exc, k_inh = 1 - 1 / (1 + np.exp(1.3 * 4)), 1 - 1 / (1 + np.exp(2 * 3.7))
    return np.array(
        [
            -exc + (k_exc - exc) * sigmoid(16 * exc - 12 * inh + p, 1.3, 4.0),
            -inh + (k_inh - inh) * sigmoid(15 * exc - 3 * inh, 2.0, 3.7),
        ]
    )


def largest_growth(state, p: float) -> float:
    steps = 1e-6 * np.eye(2)
    jacobian = np.stack([(change(state + one, p) - change(state - one, p)) / 2e-6 for one in steps], axis=1)
    return np.linalg.eigvals(jacobian).real.max()


def run(p, **settings):
    drive = {"p": [p], "q": [[0.0] * len(p)]}
    return simulate(WilsonCowan, drive, settle="0.4 s", duration="0.3 s", engine="runtime", **settings)


def test_they_oscillate_at_the_input_of_figure_11():
    """The one fixed point there is unstable; without inputs both rest at zero, and with strong ones elsewhere."""
    p = [0.0, 1.25, 4.0]
    trace = run(p, record="trace").trace[0]
    assert np.ptp(trace[:, 0]) == 0 == trace[0, 0]
    fixed = fsolve(change, [0.15, 0.1], args=(1.25,))
    assert largest_growth(fixed, 1.25) > 0
    assert np.ptp(trace[:, 1]) > 0.15
    rest = fsolve(change, [trace[-1, 2], 0.3], args=(4.0,))
    assert largest_growth(rest, 4.0) < 0
    assert np.ptp(trace[:, 2]) < 1e-6 and trace[-1, 2] == pytest.approx(rest[0], abs=1e-6)
