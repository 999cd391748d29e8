"""Functions of the C library for several numbers at once, in single precision."""

import brian2
import numpy as np
import pytest

import spikenet as sn

EQUATIONS = """
    dv/dt = (-v + g*(3 - v))/(10*ms) : 1 (unless refractory)
    dg/dt = -g/(5*ms) : 1
    x = exp(-v) + log(2 + v) + sin(v)*cos(g) : 1
    dy/dt = (x - y)/ms : 1
"""


@pytest.mark.slow
def test_single_precision_is_the_same_with_functions_for_vectors():
    found = []
    for fast in (True, False):
        with sn.device("cpp", seed=1, precision="float32", fast=fast):
            cells = brian2.NeuronGroup(
                333, EQUATIONS, threshold="v > 1", reset="v = 0", refractory="2*ms", method="exponential_euler"
            )
            cells.run_regularly("g = 0.5 + sin(100*i)**2", dt=5 * brian2.ms)
            spikes = brian2.SpikeMonitor(cells)
            brian2.run(300 * brian2.ms)
        found.append((spikes.num_spikes, cells.v[:], cells.y[:]))
    (n, *states), (expected, *others) = found
    assert n == expected > 1000
    for one, other in zip(states, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6)  # a few last bits; most are equal
        assert (one == other).mean() > 0.9


def _any_float32(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return numbers with any bits: of every size, with denormal ones, infinite ones and NaN among them."""
    return rng.integers(0, 2**32, n, dtype=np.uint32).view(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_exp_and_division_in_single_precision_are_the_rounded_ones_of_double_precision(fast):
    """Over the whole range; only a division by a constant, which is a multiplication, is off by more: 1.5 last bits.

    Infinite results, NaN, overflow and denormal numbers are those of double precision, too.
    """
    rng, n = np.random.default_rng(1), 10_007
    borders = np.float32([0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 88.72, 88.73, -87.3, -87.4, -103, -104])
    x = np.concatenate([borders, rng.uniform(-110, 95, 5000).astype(np.float32), _any_float32(rng, n - 5013)])
    y = rng.permutation(np.concatenate([borders, _any_float32(rng, n - 13)]))
    with sn.device("cpp", seed=1, precision="float32", fast=fast):
        cells = brian2.NeuronGroup(n, "top : 1\nbottom : 1\nexponential : 1\nquotient : 1\nscaled : 1")
        cells.top, cells.bottom = x, y
        cells.run_regularly("exponential = exp(top)\nquotient = top/bottom\nscaled = top/3.7")
        brian2.run(0.1 * brian2.ms)
    x, y = x.astype(float), y.astype(float)
    wanted = {"exponential": (np.exp(x), 0.51), "quotient": (x / y, 0.51), "scaled": (x / 3.7, 1.5)}
    for name, (exact, bound) in wanted.items():
        found, nearest = cells.state(name)[:], exact.astype(np.float32)
        finite = np.isfinite(nearest)
        np.testing.assert_array_equal(found[~finite], nearest[~finite], err_msg=name)
        last_bit = np.spacing(np.abs(nearest[finite])).astype(float)
        assert (np.abs(found[finite] - exact[finite]) / last_bit).max() <= bound, name
