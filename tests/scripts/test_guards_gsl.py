"""Integrators of the GNU Scientific Library."""

import os

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, ms, run

import spikenet as sn
from spikenet.errors import DeviceError, ToolchainError
from spikenet.scripts import guards

pytestmark = pytest.mark.filterwarnings("ignore:'parseAll' argument is deprecated")


def decaying(method: str = "gsl_rkf45") -> NeuronGroup:
    return NeuronGroup(3, "dv/dt = (drive - v)/(10*ms) : 1\ndrive : 1", method=method, name="cells")


def has_library() -> bool:
    folder = os.environ.get("SPIKENET_TEST_GSL")  # of a copy that is not installed: its headers
    if folder:
        brian2.prefs.GSL.directory = folder
    return guards.compiles_with_gsl([folder] if folder else [])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["gsl_rkf45", "gsl_rk8pd"])
def test_they_work_where_the_library_is(method):
    if not has_library():
        pytest.skip("no GNU Scientific Library here (libgsl-dev)")
    with sn.device("cpp"):
        cells = decaying(method)
        cells.v, cells.drive = 1, [0, 1, 2]
        run(10 * ms)
    np.testing.assert_allclose(cells.v[:], cells.drive[:] + (1 - cells.drive[:]) * np.exp(-1), rtol=1e-5)


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(guards, "_GSL", "gsl/of_nobody.h")
    with pytest.raises(ToolchainError, match="does not find gsl/of_nobody.h; install libgsl-dev, name its folder"):
        with sn.device("cpp"):
            cells = decaying()
            run(1 * ms)
            assert cells.name


@pytest.mark.brian2cuda
def test_they_are_not_there_on_cuda(emulator):
    with pytest.raises(DeviceError, match="method='gsl_rkf45' is of .*no code for CUDA; choose another"):
        with sn.device("cuda"):
            cells = decaying()
            run(1 * ms)
            assert cells.name
